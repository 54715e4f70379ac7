/** `markers.ndjson`: lines of JSON, each checked by itself; see `index.ts` for the records. */

import type { Finding } from '../../../base/findings.ts';
import { MAX_DEPTH } from '../../../base/limits.ts';

export interface JournalRecord {
  readonly op: 'wh' | 'opq' | 'org' | 'clr';
  readonly path: readonly string[];
  /** Old path of `org`, empty else. */
  readonly from: readonly string[];
  readonly generation: number;
}

const OPS: ReadonlySet<unknown> = new Set(['wh', 'opq', 'org', 'clr']);
const NEWLINE = 10;
/** Findings for broken lines; a journal that is noise throughout says so once for each of these. */
const MAX_REPORTED = 20;

/** All readable records in file order. */
export function readJournal(bytes: Uint8Array, source: string, findings: Finding[]): JournalRecord[] {
  const records: JournalRecord[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let reported = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const record = readLine(decoder, bytes.subarray(start, end));
    if (record !== null) records.push(record);
    else if (newline < 0)
      findings.push(
        finding('journalTorn', 'info', 'The last line of the marker journal is incomplete; it is ignored.', start),
      );
    else if (end > start && reported++ < MAX_REPORTED)
      findings.push(
        finding('journalInvalid', 'error', 'A line of the marker journal cannot be read; it is ignored.', start),
      );
    start = end + 1;
  }
  return records;

  function finding(code: string, severity: Finding['severity'], message: string, offset: number): Finding {
    return { code, severity, where: { source: `${source} markers.ndjson`, offset }, message };
  }
}

function readLine(decoder: TextDecoder, line: Uint8Array): JournalRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoder.decode(line));
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { op, p, p16, o, o16, g } = parsed as Record<string, unknown>;
  const path = readPath(p, p16);
  const from = op === 'org' ? readPath(o, o16) : [];
  if (!OPS.has(op) || path === null || from === null || path.length === 0) return null;
  if (typeof g !== 'number' || !Number.isSafeInteger(g) || g < 0) return null;
  return { op: op as JournalRecord['op'], path, from, generation: g };
}

/** Components of a volume-relative path; null when there is none or it leaves its volume. */
function readPath(text: unknown, units: unknown): string[] | null {
  const path = typeof text === 'string' ? text : typeof units === 'string' ? decodeUnits(units) : null;
  if (path === null) return null;
  const parts = path.split('\\');
  if (parts.length > MAX_DEPTH) return null;
  return parts.some((part) => part === '' || part === '.' || part === '..') ? null : parts;
}

/** base64url of UTF-16LE, as plans write names that JSON cannot carry. */
export function decodeUnits(text: string): string | null {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) return null;
  let binary: string;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return null;
  }
  if (binary.length % 2 !== 0) return null;
  let out = '';
  for (let i = 0; i < binary.length; i += 2)
    out += String.fromCharCode(binary.charCodeAt(i) | (binary.charCodeAt(i + 1) << 8));
  return out;
}
