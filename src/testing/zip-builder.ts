/** ZIP archives for tests: stored or deflated, plain or ZIP64, with bytes before them or a comment behind. */
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipItem {
  /** `/` between names; a directory ends in `/`. Bytes for names that are no UTF-8. */
  readonly name: string | Uint8Array;
  readonly data?: Uint8Array;
  readonly store?: boolean;
  /** External attributes and the host whose they are (default DOS). */
  readonly external?: number;
  readonly host?: number;
  readonly flags?: number;
  readonly extra?: Uint8Array;
  /** Seconds since 1980-01-01, even; default 2020-01-02 03:04:06. */
  readonly dos?: { readonly date: number; readonly time: number };
  readonly method?: number;
}

export interface ZipOptions {
  readonly zip64?: boolean;
  readonly prefix?: Uint8Array;
  readonly comment?: string;
}

export interface BuiltZip {
  readonly bytes: Uint8Array;
  /** Offsets by number of the entry. */
  readonly local: readonly number[];
  readonly central: readonly number[];
  readonly end: number;
}

const UTF8 = 1 << 11;
const DATE = { date: (40 << 9) | (1 << 5) | 2, time: (3 << 11) | (4 << 5) | 3 };

function record(fields: readonly (readonly [size: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) bytes.writeUInt16LE(value, at);
    else if (size === 4) bytes.writeUInt32LE(value, at);
    else bytes.writeBigUInt64LE(BigInt(value), at);
    at += size;
  }
  return bytes;
}

export function buildZip(items: readonly ZipItem[], options: ZipOptions = {}): BuiltZip {
  const { zip64 = false, prefix = new Uint8Array(0), comment = '' } = options;
  const parts: Uint8Array[] = [prefix];
  let size = prefix.length;
  const push = (...bytes: Uint8Array[]) => {
    parts.push(...bytes);
    for (const one of bytes) size += one.length;
  };
  const headers: { central: Uint8Array[]; local: number }[] = [];
  for (const item of items) {
    const { data = new Uint8Array(0), store = false, external = 0, host = 0, flags = 0, dos = DATE } = item;
    const name = typeof item.name === 'string' ? Buffer.from(item.name) : item.name;
    const packed = store || data.length === 0 ? data : deflateRawSync(data);
    const method = item.method ?? (packed === data ? 0 : 8);
    const bits = flags | (typeof item.name === 'string' ? UTF8 : 0);
    const local = size;
    const wide = zip64
      ? record([
          [2, 1],
          [2, 24],
          [8, data.length],
          [8, packed.length],
          [8, local - prefix.length],
        ])
      : Buffer.alloc(0);
    const extra = Buffer.concat([wide, item.extra ?? new Uint8Array(0)]);
    const common: [2 | 4 | 8, number][] = [
      [2, bits],
      [2, method],
      [2, dos.time],
      [2, dos.date],
      [4, crc32(data)],
      [4, zip64 ? 0xffff_ffff : packed.length],
      [4, zip64 ? 0xffff_ffff : data.length],
      [2, name.length],
      [2, extra.length],
    ];
    push(record([[4, 0x0403_4b50], [2, zip64 ? 45 : 20], ...common]), name, extra, packed);
    const central = record([
      [4, 0x0201_4b50],
      [2, (host << 8) | 45],
      [2, zip64 ? 45 : 20],
      ...common,
      [2, 0],
      [2, 0],
      [2, 0],
      [4, external >>> 0],
      [4, zip64 ? 0xffff_ffff : local - prefix.length],
    ]);
    headers.push({ central: [central, name, extra], local });
  }
  const start = size;
  const central = headers.map(({ central: bytes }) => {
    const at = size;
    push(...bytes);
    return at;
  });
  const length = size - start;
  if (zip64) {
    const end64 = size - prefix.length;
    push(
      record([
        [4, 0x0606_4b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, items.length],
        [8, items.length],
        [8, length],
        [8, start - prefix.length],
      ]),
      record([
        [4, 0x0706_4b50],
        [4, 0],
        [8, end64],
        [4, 1],
      ]),
    );
  }
  const end = size;
  push(
    record([
      [4, 0x0605_4b50],
      [2, 0],
      [2, 0],
      [2, zip64 ? 0xffff : items.length],
      [2, zip64 ? 0xffff : items.length],
      [4, zip64 ? 0xffff_ffff : length],
      [4, zip64 ? 0xffff_ffff : start - prefix.length],
      [2, comment.length],
    ]),
    Buffer.from(comment),
  );
  return { bytes: new Uint8Array(Buffer.concat(parts)), local: headers.map(({ local }) => local), central, end };
}

const BLOCK = 65_536;

/** The block map of files by their Windows names. */
export function blockMap(files: readonly { readonly name: string; readonly data: Uint8Array }[]): Uint8Array {
  const file = ({ name, data }: { name: string; data: Uint8Array }) => {
    const blocks: string[] = [];
    for (let at = 0; at < data.length; at += BLOCK) {
      const hash = createHash('sha256')
        .update(data.subarray(at, at + BLOCK))
        .digest('base64');
      blocks.push(`<Block Hash="${hash}"/>`);
    }
    return `<File Name="${name.replaceAll('&', '&amp;')}" Size="${data.length}" LfhSize="30">${blocks.join('')}</File>`;
  };
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">${files.map(file).join('')}</BlockMap>`,
  );
}

/** A package: its files, with the parts that every package has. */
export function buildPackage(
  files: readonly { readonly name: string; readonly data: Uint8Array }[],
  options: ZipOptions = {},
): BuiltZip {
  const part = (name: string) => name.split('\\').map(encodeURIComponent).join('/');
  return buildZip(
    [
      ...files.map(({ name, data }) => ({ name: part(name), data })),
      { name: 'AppxBlockMap.xml', data: blockMap(files) },
      { name: '[Content_Types].xml', data: new TextEncoder().encode('<Types/>') },
    ],
    options,
  );
}
