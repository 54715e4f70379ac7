/** 简体中文: 比较页。 */
import type { CompareWords } from './en-compare.ts';

export const zhCompare: CompareWords = {
  compare: {
    before: '之前',
    after: '之后',
    choose: '选择一个目录树',
    swap: '交换两侧',
    run: '比较',
    cancel: '取消',
    busy: '正在比较',
    title: '差异',
    nothing: '选择两个目录树进行比较',
    nothingWhy: '任意两层，或同一文件中的两个映像：名称、内容哈希、大小和时间。',
    equal: '没有差异',
    equalWhy: '两个目录树的名称和内容都相同。',
    noneOfKind: '所选类别中没有差异',
    filter: '按路径筛选',
    changes: { added: '新增', removed: '移除', changed: '已更改', metadata: '仅元数据', same: '相同' },
    evidence: {
      type: '类型不同',
      reparse: '链接类型不同',
      hash: '哈希不同',
      size: '大小不同',
      time: '时间不同',
      sizeTime: '大小和时间相同',
      attributes: '属性不同',
      times: '时间戳不同',
    },
    columns: { path: '路径', before: '之前', after: '之后', how: '依据' },
    shared: (blobs, _one, bytes) => `双方共有 ${blobs} 份内容（${bytes}）`,
    same: (_count, text) => `${text} 项相同`,
    show: '在合并视图中显示',
    kinds: { file: '文件', dir: '文件夹', link: '链接' },
    hash: 'SHA-1 开头',
    absent: '不存在',
  },
};
