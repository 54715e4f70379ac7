/**
 * Stratascope's own layer store (merge-semantics 3.9): what an in-guest driver writes into the data volume.
 *
 *     \.layer\store.json        {"format": 1, "id": ..., "base": {...}}
 *     \.layer\markers.ndjson    journal, one record a line, only ever appended to
 *     \files\...                payload, paths relative to the volume it covers
 *     \hives\HKLM_SOFTWARE.dat  regf 1.6 layered hives, named by mount with "/" as "_"
 *
 *     {"op": "wh", "p": "Windows\\old.dll", "g": 7}             whiteout
 *     {"op": "opq", "p": "ProgramData\\App", "g": 8}            opaque directory
 *     {"op": "org", "p": "New", "o": "Old", "g": 9}             renamed from
 *     {"op": "clr", "p": "Windows\\old.dll", "g": 10}           no mark any more
 *
 * Marks are in a journal and not in the file system, so that the store works on NTFS, in a WIM and in a plain folder, and
 * survives a copy. `g` only grows; for one path the record with the highest `g` counts, of equal ones the later line. `p16`
 * and `o16` (base64url of UTF-16LE) stand in for `p` and `o` when a name has an unpaired surrogate or U+0000.
 * A writer that died in the middle leaves a torn last line: it is ignored with a finding. A broken line elsewhere is damage.
 */
import type { Facts, Finding, Severity } from '../../../base/findings.ts';
import { isWellFormed } from '../../../base/utf16.ts';
import { childOf, lookup, pathOf } from '../../../index/path.ts';
import { foldText } from '../../../index/upcase.ts';
import { MarkerSet, type PathKey, pathKeys } from '../../markers.ts';
import type { StoreAdapter, StoreHive, StoreNeed } from '../types.ts';
import { type JournalRecord, readJournal } from './journal.ts';

const FOLDER = '.layer';
const STORE = `${FOLDER}\\store.json`;
const JOURNAL = `${FOLDER}\\markers.ndjson`;
const FORMAT = 1;
/** store.json is a few hundred bytes. */
const STORE_LIMIT = 1 << 20;
/** A million records of 200 bytes: far beyond any guest, and held in memory at once. */
const JOURNAL_LIMIT = 256 << 20;

export const ownStore: StoreAdapter = {
  id: 'own',
  title: 'Stratascope layer store',

  detect(table, upcase) {
    const row = lookup(table, STORE, upcase);
    return row > 0 && !table.isDirectory(row);
  },

  needs(table, upcase) {
    const needs: StoreNeed[] = [];
    for (const [path, limit] of [
      [STORE, STORE_LIMIT],
      [JOURNAL, JOURNAL_LIMIT],
    ] as const) {
      const row = lookup(table, path, upcase);
      if (row > 0 && !table.isDirectory(row))
        needs.push({ ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit });
    }
    return needs;
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const report = (code: string, severity: Severity, message: string, facts: Facts = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const facts = readStore(bytes[0] ?? null, report);
    const needed = ownStore.needs(table, upcase);
    const files = childOf(table, 0, 'files', upcase);
    const keyOf = pathKeys(table, files > 0 ? files : 0, upcase);
    const set = new MarkerSet(keyOf);
    if (needed.length > 1) {
      const journal = bytes[1] ?? null;
      if (journal === null)
        report('storeJournalMissing', 'error', 'The marker journal could not be read: deletions are unknown.');
      else applyJournal(readJournal(journal, source, findings), set, keyOf);
    }
    const hives = childOf(table, 0, 'hives', upcase);
    const internal: number[] = [];
    // The payload is below \files; what else lies on the data volume is not part of the covered volume.
    const root = files > 0 && table.isFolder(files) ? files : 0;
    if (root === 0) {
      report('storePayloadMissing', 'info', 'The store has no \\files directory: the layer holds marks only.');
      for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) internal.push(row);
    }
    return { root, internal, markers: set.list(), hives: storeHives(hives), facts, findings };

    function storeHives(folder: number): StoreHive[] {
      if (folder <= 0) return [];
      const found: StoreHive[] = [];
      for (let row = table.data.childStart[folder]!; row < table.data.childStart[folder + 1]!; row++) {
        const mount = mountOfFile(table.name(row), upcase);
        if (mount !== null && !table.isDirectory(row)) found.push({ mount, row, path: pathOf(table, row) });
      }
      return found;
    }
  },
};

type Report = (code: string, severity: Severity, message: string, facts?: Facts) => void;

function readStore(bytes: Uint8Array | null, report: Report): Facts {
  if (bytes === null) {
    report('storeHeaderMissing', 'error', 'store.json could not be read.');
    return {};
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    parsed = null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    report('storeHeaderInvalid', 'error', 'store.json is not a JSON object.');
    return {};
  }
  const { format } = parsed as { format?: unknown };
  if (format !== FORMAT)
    report('storeFormatUnknown', 'warning', 'store.json states a format that this version does not know.', {
      format: typeof format === 'number' || typeof format === 'string' ? format : null,
      known: FORMAT,
    });
  return parsed as Facts;
}

/** The record with the highest generation rules its path; markers are then set in order of generation. */
function applyJournal(records: readonly JournalRecord[], set: MarkerSet, keyOf: PathKey): void {
  const last = new Map<string, JournalRecord>();
  for (const record of records) {
    const key = keyOf(record.path);
    const known = last.get(key);
    if (known === undefined || record.generation >= known.generation) last.set(key, record);
  }
  for (const { op, path, from } of last.values()) {
    if (op === 'wh') set.add({ kind: 'whiteout', path });
    else if (op === 'opq') set.add({ kind: 'opaque', path });
    else if (op === 'org') set.add({ kind: 'origin', path, from });
  }
}

/** `HKLM_SOFTWARE.dat` -> `HKLM/SOFTWARE`: the first `_` is the `/`, a SID or folder name may hold more of them. */
export function mountOfFile(name: string, upcase: Uint16Array): string | null {
  if (!isWellFormed(name) || foldText(name.slice(-4), upcase) !== '.DAT') return null;
  const match = /^(HKLM|HKU)_(.+)$/i.exec(name.slice(0, -4));
  return match === null ? null : `${match[1]!.toUpperCase()}/${match[2]}`;
}
