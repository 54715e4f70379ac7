/** Access masks of files and keys in words and in the letters of SDDL ([MS-DTYP] 2.4.3 and 2.5.1). */

type Right = readonly [mask: number, word: string, sddl: string];

/** Whole masks that have a name, most telling first. */
const WHOLE: Record<'file' | 'key', readonly Right[]> = {
  file: [
    [0x1f01ff, 'full control', 'FA'],
    [0x1301bf, 'modify', ''],
    [0x1200a9, 'read and execute', ''],
    [0x120089, 'read', 'FR'],
    [0x120116, 'write', 'FW'],
    [0x1200a0, 'execute', 'FX'],
  ],
  key: [
    [0xf003f, 'full control', 'KA'],
    [0x20019, 'read', 'KR'],
    [0x20006, 'write', 'KW'],
  ],
};

/** Single bits. The specific ones have the letters SDDL borrows from directory objects. */
const SPECIFIC: Record<'file' | 'key', readonly Right[]> = {
  file: [
    [0x1, 'read data', 'CC'],
    [0x2, 'write data', 'DC'],
    [0x4, 'append data', 'LC'],
    [0x8, 'read attributes (EA)', 'SW'],
    [0x10, 'write attributes (EA)', 'RP'],
    [0x20, 'execute', 'WP'],
    [0x40, 'delete children', 'DT'],
    [0x80, 'read attributes', 'LO'],
    [0x100, 'write attributes', 'CR'],
  ],
  key: [
    [0x1, 'query values', 'CC'],
    [0x2, 'set values', 'DC'],
    [0x4, 'create sub-keys', 'LC'],
    [0x8, 'enumerate sub-keys', 'SW'],
    [0x10, 'notify', 'RP'],
    [0x20, 'create links', 'WP'],
    [0x40, '0x40', 'DT'],
    [0x80, '0x80', 'LO'],
    [0x100, '64-bit view', 'CR'],
  ],
};

const STANDARD: readonly Right[] = [
  [0x10000, 'delete', 'SD'],
  [0x20000, 'read permissions', 'RC'],
  [0x40000, 'change permissions', 'WD'],
  [0x80000, 'take ownership', 'WO'],
  [0x100000, 'synchronize', ''],
  [0x1000000, 'access system security', ''],
  [0x2000000, 'maximum allowed', ''],
  [0x10000000, 'generic all', 'GA'],
  [0x20000000, 'generic execute', 'GX'],
  [0x40000000, 'generic write', 'GW'],
  [0x80000000, 'generic read', 'GR'],
];

/** Of a mandatory label the bits mean what lower levels may not do. */
const LABEL: readonly Right[] = [
  [0x1, 'no write up', 'NW'],
  [0x2, 'no read up', 'NR'],
  [0x4, 'no execute up', 'NX'],
];

/** Rights in words, the rest of the bits in hexadecimal. */
export function rightsWords(mask: number, kind: 'file' | 'key', label = false): string[] {
  if (label) return words(mask, LABEL);
  const whole = WHOLE[kind].find(([bits]) => bits === mask >>> 0);
  if (whole !== undefined) return [whole[1]];
  return words(mask, [...SPECIFIC[kind], ...STANDARD]);
}

function words(mask: number, rights: readonly Right[]): string[] {
  let rest = mask >>> 0;
  const found: string[] = [];
  for (const [bits, word] of rights) {
    if ((rest & bits) === 0) continue;
    found.push(word);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) found.push(`0x${rest.toString(16)}`);
  return found;
}

/** Rights as SDDL has them: a name for the whole, letters for each bit, or the number when a bit has no letters. */
export function rightsText(mask: number, kind: 'file' | 'key', label = false): string {
  const number = mask >>> 0;
  const whole = label ? undefined : WHOLE[kind].find(([bits, , letters]) => bits === number && letters !== '');
  if (whole !== undefined) return whole[2];
  const rights = label ? LABEL : [...SPECIFIC[kind], ...STANDARD];
  let rest = number;
  let text = '';
  for (const [bits, , letters] of rights) {
    if ((rest & bits) === 0) continue;
    if (letters === '') return `0x${number.toString(16)}`;
    text += letters;
    rest = (rest & ~bits) >>> 0;
  }
  return rest === 0 ? text : `0x${number.toString(16)}`;
}
