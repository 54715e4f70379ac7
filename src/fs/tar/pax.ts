/**
 * Extended headers (POSIX): `length key=value\n` one after another. Only the records that mean something here are taken,
 * and of those only attributes and security are kept: most files of a layer share a handful of them.
 */

const decoder = new TextDecoder();
const latin1 = new TextDecoder('latin1');

export type PaxRecords = ReadonlyMap<string, Uint8Array>;

/** Read once, when the entry is listed. */
const USED: ReadonlySet<string> = new Set([
  'path',
  'linkpath',
  'size',
  'mtime',
  'atime',
  'ctime',
  'LIBARCHIVE.creationtime',
  'MSWINDOWS.fileattr',
  'GNU.sparse.major',
  'GNU.sparse.name',
  'GNU.sparse.size',
  'GNU.sparse.realsize',
  'GNU.sparse.map',
]);
const KEPT = /^(?:MSWINDOWS\.(?:rawsd|mountpoint|xattr\.)|SCHILY\.xattr\.|LIBARCHIVE\.xattr\.)/;
/** Bytes of kept records, each set of them once: a whole Windows has some thousand sets of some hundred bytes. */
const MAX_KEPT = 64 << 20;
const NONE: PaxRecords = new Map();

/** What does not hold ends the list. Values stay bytes: attributes may be anything. */
export function parsePax(bytes: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  // version 0.0 of sparse files repeats two keys; 0.1 has the same numbers in one
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    if (blank < 0 || blank - at > 10) break;
    const length = Number(decoder.decode(bytes.subarray(at, blank)));
    const end = at + length;
    if (!Number.isInteger(length) || length < blank - at + 3 || end > bytes.length || bytes[end - 1] !== 0x0a) break;
    const equals = bytes.indexOf(0x3d, blank);
    if (equals < 0 || equals >= end) break;
    const key = decoder.decode(bytes.subarray(blank + 1, equals));
    const value = bytes.subarray(equals + 1, end - 1);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') pieces.push(decoder.decode(value));
    else if (USED.has(key) || KEPT.test(key)) found.set(key, value);
    at = end;
  }
  if (pieces.length > 0) found.set('GNU.sparse.map', new TextEncoder().encode(pieces.join(',')));
  return found;
}

/** The records of files that are looked at later, each set of them held once. */
export class PaxStore {
  /** True when there were more than can be held; those of later files are left out. */
  full = false;
  readonly #sets = new Map<string, PaxRecords>();
  #bytes = 0;

  /** The kept ones of an entry and of the global headers before it; an entry's own prevail. */
  keep(own: PaxRecords, global: PaxRecords): PaxRecords {
    let text = '';
    const kept = new Map<string, Uint8Array>();
    for (const records of [global, own])
      for (const [key, value] of records) {
        if (!KEPT.test(key)) continue;
        kept.set(key, value);
        // how long, for a value may read like the record after it
        text += `${key}=${value.length} ${latin1.decode(value)}\n`;
      }
    if (text === '') return NONE;
    const hit = this.#sets.get(text);
    if (hit !== undefined) return hit;
    this.#bytes += text.length * 3;
    if (this.#bytes > MAX_KEPT) {
      this.full = true;
      return NONE;
    }
    for (const [key, value] of kept) kept.set(key, value.slice());
    this.#sets.set(text, kept);
    return kept;
  }
}

/** Seconds with a fraction, `1699999999.1234567`, in FILETIME ticks; 0n when it is none. */
export function paxTime(value: string): bigint {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(value);
  if (match === null) return 0n;
  const since = BigInt(match[2]! + `${match[3] ?? ''}0000000`.slice(0, 7));
  const ticks = 116_444_736_000_000_000n + (match[1] === '' ? since : -since);
  return ticks > 0n ? ticks : 0n;
}
