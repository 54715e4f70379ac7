/** 简体中文: 将两层合为一层。 */
import type { SquashWords } from './en-squash.ts';

export const zhSquash: SquashWords = {
  squash: {
    action: '与下面一层合为一层',
    done: (upper, lower) => `${upper} 与 ${lower} 已合为一层。原来的两层已停用，重新启用即可撤销。`,
    without: (text, count) => `一层无法表达两层的全部内容（${count} 类）：${text}`,
  },
};
