/**
 * tar archives, entry by entry: ustar headers, and a pax record before each entry for what has no room in them.
 *
 *     pax 'x' header | records, padded | ustar header | data, padded to 512 | ... | two blocks of zeros
 *
 * Windows metadata stand in the keys that Windows container layers use (go-winio's backuptar): `MSWINDOWS.fileattr`,
 * `MSWINDOWS.rawsd`, `MSWINDOWS.mountpoint`, `LIBARCHIVE.creationtime`; an alternate stream is an entry `file:stream`
 * behind its file. Directories where case counts have the attribute by which Windows Subsystem for Linux shows it. Times are
 * pax decimals with all seven digits.
 */
import { fail } from '../base/errors.ts';

export interface TarEntryHead {
  /** `/` between names, no `/` at the ends. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  /** Bytes of data that follow; 0 but for files. */
  readonly size: number;
  /** Of symbolic links as it is stored; of hard links the path of an entry before. */
  readonly target?: string;
  /** FILETIME ticks, 0n for none. */
  readonly created?: bigint;
  /** Every entry has one: 0n is written as 1601, which is what it stands for. */
  readonly modified?: bigint;
  readonly changed?: bigint;
  readonly accessed?: bigint;
  /** FILE_ATTRIBUTE_* */
  readonly attributes?: number;
  /** Self-relative security descriptor. */
  readonly security?: Uint8Array | null;
  /** A junction, not a symbolic link. */
  readonly mountPoint?: boolean;
  /** A directory where case counts. */
  readonly caseSensitive?: boolean;
}

const BLOCK = 512;
/** Eleven octal digits. */
const MAX_OCTAL = 0o77777777777;
const UNIX_EPOCH = 116_444_736_000_000_000n;
const TYPES = { file: '0', link: '1', symlink: '2', directory: '5' } as const;
const encoder = new TextEncoder();
const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text);

/** What ends an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

/** Zeros between the data of an entry and the next header. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Header of an entry with the pax record before it; the data and their padding follow. @throws FormatError InvalidName */
export function tarHead(entry: TarEntryHead): Uint8Array {
  const { path, type, size, target = '', modified = 0n } = entry;
  if (path === '' || path.includes('\0') || target.includes('\0'))
    fail('InvalidName', 'new archive', null, 'names without U+0000', JSON.stringify(path));
  const name = type === 'directory' ? `${path}/` : path;
  const records: [string, string][] = [];
  if (!isAscii(name) || name.length > 100) records.push(['path', name]);
  if (!isAscii(target) || target.length > 100) records.push(['linkpath', target]);
  if (size > MAX_OCTAL) records.push(['size', String(size)]);
  for (const [key, ticks] of [
    ['mtime', modified],
    ['atime', entry.accessed ?? 0n],
    ['ctime', entry.changed ?? 0n],
    ['LIBARCHIVE.creationtime', entry.created ?? 0n],
  ] as const)
    if (ticks > 0n || (key === 'mtime' && entry.modified !== undefined)) records.push([key, seconds(ticks)]);
  if (entry.attributes !== undefined) records.push(['MSWINDOWS.fileattr', String(entry.attributes >>> 0)]);
  if (entry.mountPoint === true) records.push(['MSWINDOWS.mountpoint', '1']);
  if (entry.caseSensitive === true) records.push(['SCHILY.xattr.system.wsl_case_sensitive', '1']);
  if (entry.security != null) records.push(['MSWINDOWS.rawsd', base64(entry.security)]);
  const whole = Number((modified - UNIX_EPOCH) / 10_000_000n);
  const mtime = modified > UNIX_EPOCH && whole <= MAX_OCTAL ? whole : 0;
  const head = header(name, target, type, Math.min(size, MAX_OCTAL), mtime);
  if (records.length === 0) return head;
  const lines = records.map(([key, value]) => paxLine(key, value));
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  const parts = [header('pax', '', 'pax', length, mtime), ...lines, tarPadding(length), head];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Seconds since 1970 with their ticks; of times before that the whole seconds, whose fraction readers take two ways. */
function seconds(ticks: bigint): string {
  const since = ticks - UNIX_EPOCH;
  if (since < 0n) return String((since - 9_999_999n) / 10_000_000n);
  return `${since / 10_000_000n}.${String(since % 10_000_000n).padStart(7, '0')}`;
}

/** `length key=value\n`, the length counting itself. */
function paxLine(key: string, value: string): Uint8Array {
  const body = encoder.encode(` ${key}=${value}\n`);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  const line = new Uint8Array(length);
  line.set(encoder.encode(String(length)));
  line.set(body, length - body.length);
  return line;
}

function header(
  name: string,
  target: string,
  type: keyof typeof TYPES | 'pax',
  size: number,
  mtime: number,
): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string, most: number) => {
    block.set(encoder.encode(text).subarray(0, most), at);
  };
  const octal = (at: number, digits: number, value: number) => put(at, value.toString(8).padStart(digits, '0'), digits);
  put(0, name, 100);
  octal(100, 7, type === 'directory' ? 0o755 : 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, size);
  octal(136, 11, mtime);
  put(148, '        ', 8);
  put(156, type === 'pax' ? 'x' : TYPES[type], 1);
  put(157, target, 100);
  put(257, 'ustar\x0000', 8);
  octal(329, 7, 0);
  octal(337, 7, 0);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `, 8);
  return block;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
