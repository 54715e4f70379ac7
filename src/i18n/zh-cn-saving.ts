/** 简体中文: 从视图中保存文件。 */
import type { SavingWords } from './en-saving.ts';

export const zhSaving: SavingWords = {
  saving: {
    menu: { details: '详细信息', expand: '展开全部下级', copyName: '复制名称' },
    saveFile: '保存此副本',
    saveStream: (name) => `保存数据流 ${name}`,
    saveFolder: '将此处显示的内容保存为 ZIP 压缩包',
    busy: (name) => `正在保存 ${name}`,
    cancel: '取消',
    saved: (name) => `已保存 ${name}`,
    without: (name, count) =>
      count === 1 ? `已略过 ${name}：此处没有它的数据` : `已略过 ${count} 项（首项为 ${name}）：此处没有它们的数据`,
  },
};
