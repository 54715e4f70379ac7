/**
 * Segments back to groups of records, one line at a time in the order of the manifest. A group that was cut at the end
 * of a segment is put together again. Nothing is trusted: schema, order and names are checked while reading.
 */
import * as v from 'valibot';
import { fail } from '../base/errors.ts';
import {
  compareNames,
  comparePaths,
  fieldText,
  isAddressable,
  isKeyName,
  type PlanPath,
  splitPlanPath,
} from './encode.ts';
import type { Plan } from './plan.ts';
import { FileGroup, type FileRecord, RegistryGroup, type RegistryRecord } from './spec.ts';

export interface FileEntries {
  readonly path: PlanPath;
  readonly entries: readonly { readonly name: string; readonly record: FileRecord }[];
}

export interface KeyEntries {
  readonly path: PlanPath;
  /** `name` null: the record of the key itself. */
  readonly entries: readonly { readonly name: string | null; readonly record: RegistryRecord }[];
}

interface Group<R> {
  readonly path: PlanPath;
  readonly entries: { readonly name: string | null; readonly record: R }[];
}

const LINE_FEED = 10;

/** Lines of a segment; every line, the last one too, must end with a line feed. */
function* lines(plan: Plan, path: string): Generator<{ text: string; at: number }> {
  const bytes = plan.segments.get(path);
  if (bytes === undefined) fail('MissingPart', path, null, 'the segment that the manifest names', 'nothing');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at);
    if (end < 0) fail('UnexpectedEnd', path, at, 'a line that ends', 'the end of the segment');
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(at, end));
    } catch {
      fail('InvalidData', path, at, 'UTF-8 text', 'other bytes');
    }
    yield { text, at };
    at = end + 1;
  }
}

function parseLine<S extends v.GenericSchema>(schema: S, text: string, path: string, at: number): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    fail('InvalidData', path, at, 'a line of JSON', JSON.stringify(text.slice(0, 60)));
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    fail('InvalidData', path, at, `a record of the schema`, `${v.getDotPath(issue) ?? 'line'}: ${issue.message}`);
  }
  return result.output;
}

/** Puts cut groups together and checks that paths grow. */
function* joined<R>(parts: Iterable<Group<R> & { where: string; at: number }>, upcase: Uint16Array | null) {
  let open: Group<R> | null = null;
  for (const part of parts) {
    if (open !== null) {
      const order = upcase === null ? 1 : comparePaths(part.path, open.path, upcase);
      const same = open.path.length === part.path.length && open.path.every((name, i) => name === part.path[i]);
      if (order < 0 || (order === 0 && !same))
        fail('InvalidData', part.where, part.at, 'groups in path order', JSON.stringify(part.path.join('\\')));
      if (same) {
        open.entries.push(...part.entries);
        continue;
      }
      yield open;
    }
    open = { path: part.path, entries: [...part.entries] };
  }
  if (open !== null) yield open;
}

function checkNames<R>(group: Group<R>, upcase: Uint16Array | null, where: string): void {
  for (let i = 1; i < group.entries.length; i++) {
    const a = group.entries[i - 1]!.name;
    const b = group.entries[i]!.name;
    const order = b === null ? 0 : a === null ? -1 : upcase === null ? (a === b ? 0 : -1) : compareNames(a, b, upcase);
    if (order >= 0)
      fail('InvalidData', where, null, 'each name once and in order', JSON.stringify([group.path.join('\\'), a, b]));
  }
}

function groupPath(object: { readonly [key: string]: unknown }, field: 'd' | 'k', where: string, at: number): PlanPath {
  const text = fieldText(object, field);
  if (text === null) fail('InvalidData', where, at, `a group with ${field}`, 'none');
  return splitPlanPath(text, field === 'k' ? isKeyName : isAddressable);
}

/**
 * Groups of the file segments.
 * @param upcase the table the plan was ordered by; null when it is not at hand: then only repetitions are noticed
 * @throws FormatError for whatever is not as the specification says
 */
export function* fileGroups(plan: Plan, upcase: Uint16Array | null): Generator<FileEntries> {
  function* parts() {
    for (const { path } of plan.manifest.segments) {
      if (!path.startsWith('files/')) continue;
      for (const { text, at } of lines(plan, path)) {
        const group = parseLine(FileGroup, text, path, at);
        const entries = group.e.map((record) => {
          const name = fieldText(record, 'n');
          if (name === null || !isAddressable(name)) fail('InvalidName', path, at, 'a name', JSON.stringify(name));
          return { name, record };
        });
        yield { path: groupPath(group, 'd', path, at), entries, where: path, at };
      }
    }
  }
  for (const group of joined<FileRecord>(parts(), upcase)) {
    checkNames(group, upcase, 'files');
    yield group as FileEntries;
  }
}

/** Groups of the registry segments. @param upcase case table of keys @throws FormatError */
export function* keyGroups(plan: Plan, upcase: Uint16Array | null): Generator<KeyEntries> {
  function* parts() {
    for (const { path } of plan.manifest.segments) {
      if (!path.startsWith('registry/')) continue;
      for (const { text, at } of lines(plan, path)) {
        const group = parseLine(RegistryGroup, text, path, at);
        const entries = group.e.map((record) => ({ name: fieldText(record, 'v'), record }));
        yield { path: groupPath(group, 'k', path, at), entries, where: path, at };
      }
    }
  }
  for (const group of joined<RegistryRecord>(parts(), upcase)) {
    checkNames(group, upcase, 'registry');
    yield group;
  }
}
