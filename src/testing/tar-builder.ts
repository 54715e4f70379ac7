/** tar archives for tests: ustar headers, and a pax record for what has no room there. */

export interface TarEntry {
  /** `/` between names. */
  readonly path: string;
  readonly data?: Uint8Array;
  /** Type flag; a file, or a directory when the path ends in `/`. */
  readonly type?: string;
  readonly link?: string;
  /** Seconds since 1970. */
  readonly mtime?: number;
  readonly mode?: number;
  readonly pax?: Readonly<Record<string, string>>;
}

const BLOCK = 512;
const encoder = new TextEncoder();

function header(path: string, size: number, type: string, link: string, mtime: number, mode: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  const octal = (at: number, digits: number, value: number) => put(at, `${value.toString(8).padStart(digits, '0')}\0`);
  block.set(encoder.encode(path).subarray(0, 100), 0);
  octal(100, 7, mode);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, size);
  octal(136, 11, mtime);
  put(148, '        ');
  put(156, type);
  block.set(encoder.encode(link).subarray(0, 100), 157);
  put(257, 'ustar\x0000');
  octal(329, 7, 0);
  octal(337, 7, 0);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

function padded(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(data.length / BLOCK) * BLOCK);
  bytes.set(data);
  return bytes;
}

function paxRecords(values: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(values).map(([key, value]) => {
    const body = encoder.encode(` ${key}=${value}\n`).length;
    let length = body;
    while (String(length).length + body !== length) length = String(length).length + body;
    return `${length} ${key}=${value}\n`;
  });
  return encoder.encode(lines.join(''));
}

export interface TarImage {
  readonly bytes: Uint8Array;
  /** Offset of the header by path. */
  readonly headerAt: ReadonlyMap<string, number>;
}

export function buildTar(entries: readonly TarEntry[]): TarImage {
  const parts: Uint8Array[] = [];
  const headerAt = new Map<string, number>();
  let size = 0;
  const push = (bytes: Uint8Array) => {
    parts.push(bytes);
    size += bytes.length;
  };
  for (const {
    path,
    data = new Uint8Array(0),
    link = '',
    mtime = 1_577_934_245,
    mode,
    pax = {},
    ...entry
  } of entries) {
    const directory = path.endsWith('/');
    const type = entry.type ?? (directory ? '5' : '0');
    const long = encoder.encode(path).length > 100;
    const records = { ...pax, ...(long ? { path } : {}), ...(link.length > 100 ? { linkpath: link } : {}) };
    if (Object.keys(records).length > 0) {
      const body = paxRecords(records);
      push(header('pax', body.length, 'x', '', mtime, 0o644));
      push(padded(body));
    }
    headerAt.set(path, size);
    push(header(path, data.length, type, link, mtime, mode ?? (directory ? 0o755 : 0o644)));
    push(padded(data));
  }
  push(new Uint8Array(BLOCK * 2));
  return { bytes: new Uint8Array(Buffer.concat(parts)), headerAt };
}
