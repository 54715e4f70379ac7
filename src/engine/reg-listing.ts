/** The rows of `reg`: keys and values of one hive, in key order, values in stored order. */
import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import { hex } from '../base/guid.ts';
import { valueText, valueTypeName } from '../content/registry-value.ts';
import { KeyFlag, ValueFlag } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import { walkSorted } from '../index/order.ts';
import { lookup, pathOf, splitPath } from '../index/path.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Image } from './image.ts';
import { type ReadControl, readHive } from './read-tree.ts';

export interface KeyEntry {
  readonly key: string;
  readonly lastWrite: string | null;
  readonly class: string | null;
  readonly values: number;
  readonly subkeys: number;
  readonly layerKind: number;
}

export interface ValueEntry {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly typeCode: number;
  readonly size: number;
  /** Hexadecimal; null when the data cannot be read. */
  readonly data: string | null;
  readonly text: string | null;
  readonly tombstone?: true;
}

export interface RegListing {
  readonly findings: readonly Finding[];
  /** Key by key: its entry and its values. */
  entries(): Generator<{ key: KeyEntry; values: ValueEntry[] }>;
}

const MAX_DATA = 0x7fff_ffff;

/**
 * @param prefix put before every path (`HKLM\SYSTEM`), empty for a hive by itself
 * @param path key to begin with, relative to the hive's root
 */
export async function openRegListing(
  image: Image,
  hive: {
    readonly id: string;
    readonly mount: string;
    readonly ref: number | null;
    readonly logs: readonly number[];
    readonly name: string;
  },
  prefix: string,
  path: string,
  deep: boolean,
  control: ReadControl = {},
): Promise<RegListing> {
  const { table, findings } = await readHive(image, hive.id, hive.mount, hive.ref, hive.logs, hive.name, control);
  const upcase = windowsUpcase();
  const start = lookup(table, splitPath(path), upcase);
  if (start < 0) fail('MissingItem', hive.name, null, `the key ${path}`, 'no such key');
  const join = (a: string, b: string) => (a === '' ? b : b === '' ? a : `${a}\\${b}`);
  function* entries() {
    const clean = pathOf(table, start);
    yield keyEntries(image, hive.id, table, start, join(prefix, clean));
    for (const { row, path: at } of walkSorted(table, start, clean, upcase, deep))
      yield keyEntries(image, hive.id, table, row, join(prefix, at));
  }
  return { findings, entries };
}

function keyEntries(
  image: Image,
  hive: string,
  table: KeyTable,
  row: number,
  path: string,
): { key: KeyEntry; values: ValueEntry[] } {
  const d = table.data;
  const v = d.values;
  const first = d.valueStart[row]!;
  const count = d.valueStart[row + 1]! - first;
  const hasClass = (d.flags[row]! & KeyFlag.hasClass) !== 0;
  const key: KeyEntry = {
    key: path,
    lastWrite: filetimeIso(d.lastWriteLo[row]!, d.lastWriteHi[row]!),
    class: hasClass ? image.hiveDescribe(hive, d.ref[row]!).className : null,
    values: count,
    subkeys: d.childStart[row + 1]! - d.childStart[row]!,
    layerKind: d.layerKind[row]!,
  };
  const data = count === 0 ? [] : image.hiveData(hive, [...v.ref.subarray(first, first + count)], MAX_DATA);
  const values = data.map((bytes, i): ValueEntry => {
    const at = first + i;
    const type = v.type[at]!;
    const tombstone = (v.flags[at]! & ValueFlag.tombstone) !== 0;
    return {
      key: path,
      name: table.valueName(at),
      type: valueTypeName(type),
      typeCode: type,
      size: v.size[at]!,
      data: bytes === null ? null : hex(bytes),
      text: bytes === null ? null : valueText(type, bytes),
      ...(tombstone ? { tombstone } : {}),
    };
  });
  return { key, values };
}
