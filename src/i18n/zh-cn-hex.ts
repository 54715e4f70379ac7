/** 简体中文: 十六进制视图的查找与数据解释。 */
import type { HexWords } from './en-hex.ts';

export const zhHex: HexWords = {
  hex: {
    find: '查找十六进制或文本',
    findHint: '成对的十六进制数字按字节查找；其他内容或引号中的内容按文本查找（UTF-8 和 UTF-16）。',
    next: '下一个匹配',
    previous: '上一个匹配',
    stop: '停止查找',
    none: '未找到',
    inspector: '数据解释',
    at: (offset) => `${offset} 处的数据`,
    bigEndian: '大端序',
    kinds: {
      int8: '8 位整数',
      int16: '16 位整数',
      int32: '32 位整数',
      int64: '64 位整数',
      float32: '单精度浮点',
      float64: '双精度浮点',
      filetime: 'FILETIME',
      unixTime: 'Unix 时间',
      dosTime: 'DOS 时间',
      guid: 'GUID',
      ansi: '文本',
      utf16: 'UTF-16',
    },
  },
};
