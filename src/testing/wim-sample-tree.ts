/** A tree with everything a WIM can hold, for the tests of the reader and of the builder. */
import { utf16leBytes } from '../base/utf16.ts';
import { Random } from './damage.ts';
import type { WimEntry } from './wim-metadata.ts';

export const SYMLINK = 0xa000_000c;
export const CLOUD_1 = 0x9000_101a;

const text = (value: string) => new TextEncoder().encode(value);

/** A symbolic link's reparse data without its header. */
export function symlinkData(substitute: string, print: string): Uint8Array {
  const [a, b] = [utf16leBytes(substitute), utf16leBytes(print)];
  const data = new Uint8Array(12 + a.length + b.length);
  const view = new DataView(data.buffer);
  view.setUint16(2, a.length, true);
  view.setUint16(4, a.length, true);
  view.setUint16(6, b.length, true);
  data.set(a, 12);
  data.set(b, 12 + a.length);
  return data;
}

/** A self-relative descriptor with an owner and nothing else. */
export function descriptor(rid: number): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 0, 4, 0x80]);
  view.setUint32(4, 20, true);
  bytes.set([1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0], 20);
  view.setUint32(32, rid, true);
  return bytes;
}

/** Data that packs well in places and not at all in others. */
export function mixedData(size: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  const data = new Uint8Array(size);
  for (let at = 0; at < size; at += 1024) {
    const kind = random.below(3);
    for (let i = at; i < Math.min(size, at + 1024); i++)
      data[i] = kind === 0 ? random.below(256) : kind === 1 ? i & 15 : text('the quick brown fox ')[i % 20]!;
  }
  return data;
}

const TIME = 132_000_000_000_000_000n;

/** What tests count on: names, sizes and relations are stated in `wim.test.ts`. */
export function sampleTree(): WimEntry {
  const big = mixedData(300_000);
  return {
    name: '',
    security: descriptor(544),
    created: TIME,
    dir: [
      {
        name: 'Windows',
        security: descriptor(545),
        attributes: 0x1,
        created: TIME + 1n,
        dir: [
          { name: 'empty.txt', attributes: 0x20 },
          { name: 'big.bin', data: big, created: TIME, modified: TIME + 10_000_000n, accessed: TIME + 20_000_000n },
          { name: 'also big.bin', shortName: 'ALSOBI~1.BIN', data: big },
          { name: 'System32', dir: [{ name: 'config', dir: [] }] },
        ],
      },
      { name: 'one.txt', data: text('one file'), link: 'a', security: descriptor(545) },
      { name: 'same.txt', data: text('one file'), link: 'a', security: descriptor(545) },
      {
        name: 'streams.txt',
        data: text('main'),
        streams: [
          { name: 'Zone.Identifier', data: text('[ZoneTransfer]\r\nZoneId=3\r\n') },
          { name: 'none', data: new Uint8Array(0) },
        ],
      },
      { name: 'only stream', streams: [{ name: 's', data: text('named') }] },
      { name: 'link', reparse: { tag: SYMLINK, data: symlinkData('\\??\\C:\\Windows', 'C:\\Windows') } },
      {
        name: 'dirlink',
        dir: [],
        reparse: { tag: SYMLINK, data: symlinkData('\\??\\C:\\Users', 'C:\\Users') },
      },
      { name: 'cloud.txt', reparse: { tag: CLOUD_1, data: text('where it is') }, data: text('both here') },
      { name: 'secret.txt', attributes: 0x4000, data: text('raw EFS stream') },
      { name: '\u{1F680} \u4e2d\u6587 \ud800', data: text('odd name') },
      {
        name: 'tagged',
        objectId: Uint8Array.from({ length: 16 }, (_, i) => i),
        streams: [{ name: 'on a directory', data: text('x') }],
        dir: [{ name: 'child', data: text('one file') }],
      },
    ],
  };
}
