/** 简体中文: 卷中已删除的文件。 */
import type { DeletedWords } from './en-deleted.ts';

export const zhDeleted: DeletedWords = {
  deletedFiles: {
    open: '已删除的文件',
    title: (layer) => `${layer} 中已删除的文件`,
    why: '读自文件表中不再使用的条目，从不进入合并视图。',
    filter: '按路径筛选',
    list: '已删除的文件',
    deleted: '已删除',
    columns: { path: '路径', size: '大小', modified: '修改时间', left: '剩余内容' },
    folder: '文件夹',
    lost: '（名称未知）',
    left: {
      none: '无内容',
      resident: '完整，在条目中',
      free: '簇未被占用',
      partly: '部分被重新占用',
      used: '已被其他文件占用',
      unknown: '未知',
    },
    about: {
      none: '它没有内容。',
      resident: '内容就在条目中，即文件本身。',
      free: '目前没有文件占用它的簇。期间可能有另一个已删除的文件写入过，请查看所保存的内容。',
      partly: '其他文件占用了它的部分簇。无法保存，否则会混入其他文件的内容。',
      used: '其他文件占用了它的簇，内容已不复存在。',
      unknown: '已无法得知它的簇。',
      folder: '文件夹没有可保存的内容。',
    },
    busy: '正在查找已删除的文件',
    stop: '停止',
    stopped: '未查找到末尾即停止。',
    none: '没有已删除的文件',
    noneWhy: '此卷的空闲条目均已清除或重新使用。',
    count: (shown, total) => `列出 ${total} 条中的 ${shown} 条`,
    found: (count) => `找到 ${count} 个`,
    save: '另存副本',
    close: '关闭',
  },
};
