/** 简体中文: 校验映像的哈希。 */
import type { VerifyWords } from './en-verify.ts';

export const zhVerify: VerifyWords = {
  verify: {
    action: '校验哈希与校验和',
    busy: (name) => `正在校验 ${name}`,
    cancel: '取消',
    title: (name) => `${name} 的校验结果`,
    holds: '所有哈希与校验和均正确。',
    unsupported: '该格式不含可校验的内容。',
    damaged: (_count, text) => `${text} 个文件已损坏。`,
    damagedPlaces: (_count, text) => `${text} 处已损坏。`,
    close: '关闭',
    at: '位于',
  },
};
