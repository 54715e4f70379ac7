/** English for the hex view: find, data inspector. */
export const enHex = {
  hex: {
    find: 'Find hex or text',
    findHint: 'Pairs of hex digits are bytes; anything else, or what stands in quotes, is text (UTF-8 and UTF-16).',
    next: 'Next match',
    previous: 'Previous match',
    stop: 'Stop the search',
    none: 'Not found',
    inspector: 'Data inspector',
    at: (offset: string) => `Data at ${offset}`,
    bigEndian: 'Big-endian',
    kinds: {
      int8: '8-bit',
      int16: '16-bit',
      int32: '32-bit',
      int64: '64-bit',
      float32: 'Float',
      float64: 'Double',
      filetime: 'FILETIME',
      unixTime: 'Unix time',
      dosTime: 'DOS time',
      guid: 'GUID',
      ansi: 'Text',
      utf16: 'UTF-16',
    },
  },
};
export type HexWords = typeof enHex;
