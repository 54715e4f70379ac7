/**
 * Segments: the records of a plan as lines of JSON, grouped by directory or key.
 *
 *     files/00000.ndjson      {"d":"Windows\\System32","e":[{"a":"redirect","l":"app1","n":"x.dll"}, ...]}
 *     registry/00000.ndjson   {"e":[{"a":"override","d":"AQAAAA==","l":"user","t":4,"v":"Start"}, ...],"k":"HKLM/..."}
 *     conflicts/00000.ndjson  {"code":"typeConflict", ...}
 *
 * Lines are canonical JSON in path order. A segment ends before it has more records or bytes than the limits; a group
 * that reaches over the end continues with the same directory in the next segment.
 */
import { canonical } from './canonical.ts';
import { joinPath, type PlanPath, textField } from './encode.ts';

export interface SegmentLimits {
  readonly records: number;
  readonly bytes: number;
}

/** Small enough to map and check at once in the guest. */
export const SEGMENT_LIMITS: SegmentLimits = { records: 65_536, bytes: 8 * 1024 * 1024 };

export interface Segment {
  readonly path: string;
  readonly records: number;
  /** Paths of the first and last record. */
  readonly first: string;
  readonly last: string;
  readonly bytes: Uint8Array;
}

export type SegmentFolder = 'files' | 'registry' | 'conflicts';

const encoder = new TextEncoder();

/** Takes records in order, gives finished segments to `done`. */
export class SegmentWriter {
  records = 0;
  readonly #folder: SegmentFolder;
  readonly #limits: SegmentLimits;
  readonly #done: (segment: Segment) => void;
  #count = 0;
  #inSegment = 0;
  #bytes = 0;
  #text: string[] = [];
  /** Opening and closing text of the line being written; null between lines. */
  #group: { readonly path: string; readonly open: string; readonly close: string } | null = null;
  #lineIsNew = true;
  #first = '';
  #last = '';

  constructor(folder: SegmentFolder, limits: SegmentLimits, done: (segment: Segment) => void) {
    this.#folder = folder;
    this.#limits = limits;
    this.#done = done;
  }

  /** Records added until the next call belong to this directory or key. */
  group(path: PlanPath): void {
    this.#closeLine();
    const joined = joinPath(path);
    const files = this.#folder === 'files';
    const field = canonical(textField(files ? 'd' : 'k', joined)).slice(1, -1);
    this.#group = files
      ? { path: joined, open: `{${field},"e":[`, close: ']}\n' }
      : { path: joined, open: '{"e":[', close: `],${field}}\n` };
  }

  /** @param name last component of the record's path, for the table of contents; null for the group's own path */
  add(record: object, name: string | null): void {
    const group = this.#group;
    const line = canonical(record);
    const path = group === null ? (name ?? '') : name === null ? group.path : joinName(group.path, name);
    const size = utf8Length(line) + 1;
    const frame = group === null ? 0 : utf8Length(group.open) + utf8Length(group.close);
    const full = this.#inSegment >= this.#limits.records || this.#bytes + size + frame > this.#limits.bytes;
    if (full && this.#inSegment > 0) this.#flush();
    if (group === null) this.#put(`${line}\n`);
    else if (this.#lineIsNew) this.#put(group.open + line);
    else this.#put(`,${line}`);
    this.#lineIsNew = group === null;
    if (this.#inSegment === 0) this.#first = path;
    this.#last = path;
    this.#inSegment++;
    this.records++;
  }

  end(): void {
    this.#flush();
  }

  #put(text: string): void {
    this.#text.push(text);
    this.#bytes += utf8Length(text);
  }

  #closeLine(): void {
    if (!this.#lineIsNew && this.#group !== null) this.#put(this.#group.close);
    this.#lineIsNew = true;
  }

  #flush(): void {
    this.#closeLine();
    if (this.#inSegment === 0) return;
    this.#done({
      path: `${this.#folder}/${String(this.#count++).padStart(5, '0')}.ndjson`,
      records: this.#inSegment,
      first: this.#first,
      last: this.#last,
      bytes: encoder.encode(this.#text.join('')),
    });
    this.#text = [];
    this.#bytes = 0;
    this.#inSegment = 0;
  }
}

export function joinName(directory: string, name: string): string {
  return directory === '' ? name : `${directory}\\${name}`;
}

/** Bytes of well-formed text in UTF-8. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair takes four bytes for two units, which is one more for each of its halves.
    if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
