/** 简体中文: 由多个文件组成的映像：差分链、分卷、缺少的文件。 */
import type { ChainWords } from './en-chain.ts';

const n = (count: number) => count.toLocaleString('zh-CN');

export const zhChain: ChainWords = {
  chain: {
    title: (name) => `${name} 的文件`,
    open: (name) => `查看 ${name} 的文件`,
    label: (name) => `${name} 的文件链`,
    files: (count) => `${n(count)} 个文件`,
    missing: (count) => `缺少 ${n(count)} 个文件`,
    kinds: { parent: '父盘', extent: '数据文件', part: '分卷', blobs: '提供数据' },
    unnamed: {
      parent: '父盘',
      extent: (number) => `数据文件 ${number}`,
      part: (number) => `第 ${number} 个分卷`,
      blobs: '此增量映像所基于的 WIM',
    },
    more: (count) => `另有 ${n(count)} 个均已找到`,
    self: '映像本身',
    renamed: (name) => `原名 ${name}`,
    notHere: '未找到。',
    needed: '没有它就无法显示任何内容。',
    partly: '其中的内容无法显示。',
    identity: (text) => `所需文件的标识为 ${text}。`,
    between: '',
    differs: (file, fact, actual) => `${file} 在此，但其 ${fact} 为 ${actual}。`,
    picked: (fact, expected, actual) => `由您指定。其 ${fact} 为 ${actual}，应为 ${expected}：读到的内容可能有误。`,
    ambiguous: '有多个文件符合，请指定其中一个。',
    loop: '文件链又回到了其中已有的文件。',
    use: (file) => `使用 ${file}`,
    useAnyway: (file) => `仍然使用 ${file}`,
    choose: '选择文件…',
    chooseOther: '选择其他文件…',
    chooseFor: (name) => `为 ${name} 选择文件`,
    dropHint: '将缺少的文件拖放到窗口任意处，即会归位。',
    points: '这些磁盘的早先状态',
    pointsHint: '勾选一项，即可打开磁盘在该时间点的状态。',
    point: (name) => `位于 ${name} 之下`,
    close: '关闭',
  },
};
