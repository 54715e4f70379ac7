/** 简体中文: 状态栏与通知。 */
import type { StatusWords } from './en-status.ts';

const n = (count: number) => count.toLocaleString('zh-CN');

export const zhStatus: StatusWords = {
  status: {
    files: (count) => `${n(count)} 个文件`,
    keys: (count) => `${n(count)} 个项`,
    values: (count) => `${n(count)} 个值`,
    valuesHere: (count) => `此项有 ${n(count)} 个值`,
    fromLayer: (count, layer) => `${n(count)} 个来自 ${layer}`,
    hidden: (count) => `${n(count)} 个被遮蔽`,
    shown: (count) => `显示 ${n(count)} 行`,
    selected: (count) => `已选 ${n(count)} 项`,
    rules: (count) => `${n(count)} 条规则`,
    withoutEffect: (count) => `${n(count)} 条无效果`,
    merged: (ms) => `合并用时 ${ms} 毫秒`,
    busy: '正在合并',
    local: '本地时间',
    utc: 'UTC',
    switchTime: '切换本地时间与 UTC',
    safe: (requests) => `未有任何数据离开本标签页 · ${n(requests)} 次请求`,
    unsafe: (requests) => `有 ${n(requests)} 次请求离开了本标签页`,
  },

  notices: {
    copied: (text) => `已复制 ${text}`,
    notFound: (text) => `所显示的各层中没有 ${text}。`,
    notAnAddress: (text) => `“${text}”既不是路径，也不是注册表项。`,
    noMatch: (text) => `没有名称含“${text}”的行。`,
    layerMoved: (name, place, of) => `${name} 现为自上而下第 ${place} 层，共 ${of} 层。`,
    layerRemoved: (name) => `已移除 ${name}，文件本身未作任何改动。`,
    layerShown: (name) => `${name} 已重新纳入视图。`,
    layerHidden: (name) => `${name} 已从视图中去掉。`,
    planSaved: (name) => `${name} 已交给浏览器下载。`,
    nothingToOpen: '其中没有可以作为层的文件。',
    noPermission: (name) => `无法再次读取 ${name} 的文件，请重新拖入。`,
    imageRenewed: (name) => `已用新加入的文件重新读取 ${name}。`,
    restarted: (name) => `${name || '映像'} 的读取程序已重新启动。`,
    dismiss: '关闭',
    showDetails: '复制详情',
  },
};
