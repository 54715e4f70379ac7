/** The records of a plan one by one, in the order of the plan: for listings, comparisons and scripts. */
import { joinPath } from './encode.ts';
import type { Plan } from './plan.ts';
import { fileGroups, keyGroups } from './read-segments.ts';
import { joinName } from './segments.ts';
import type { FileRecord, RegistryRecord } from './spec.ts';

export interface FlatRecord {
  readonly target: 'file' | 'key';
  /** As the plan writes it: below the volume's root, or `HKLM/SOFTWARE\...`. */
  readonly path: string;
  /** Name of the value a record is about; null for files and for keys themselves. */
  readonly value: string | null;
  readonly record: FileRecord | RegistryRecord;
}

/** @throws FormatError for whatever is not as the specification says */
export function* flatRecords(plan: Plan): Generator<FlatRecord> {
  for (const { path, entries } of fileGroups(plan, null))
    for (const { name, record } of entries)
      yield { target: 'file', path: joinName(joinPath(path), name), value: null, record };
  for (const { path, entries } of keyGroups(plan, null))
    for (const { name, record } of entries) yield { target: 'key', path: joinPath(path), value: name, record };
}
