/** What `reg` lists: keys and values of one hive, in key order, values in stored order. */
import type { ByteWriter } from '../base/byte-writer.ts';
import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import type { Style } from '../base/text-bytes.ts';
import { putValueText, TEXT_LIMIT, TEXT_SPARE, valueTypeName } from '../content/registry-value.ts';
import { KeyFlag, ValueFlag } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import { SortedWalk } from '../index/order.ts';
import { lookup, pathOf, splitPath } from '../index/path.ts';
import { PathBytes } from '../index/path-bytes.ts';
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

/** One hive, read to its end. */
export class RegListing {
  readonly table: KeyTable;
  readonly findings: readonly Finding[];
  /** Path of the key it begins with. */
  readonly base: string;
  /** That key, and those below it in key order. */
  readonly walk: SortedWalk;
  readonly #image: Image;
  readonly #hive: string;
  readonly #units = new Uint16Array(TEXT_LIMIT + TEXT_SPARE);

  constructor(
    image: Image,
    hive: string,
    table: KeyTable,
    findings: readonly Finding[],
    base: string,
    walk: SortedWalk,
  ) {
    this.#image = image;
    this.#hive = hive;
    this.table = table;
    this.findings = findings;
    this.base = base;
    this.walk = walk;
  }

  /** Everything about a key but its path. */
  key(row: number): Omit<KeyEntry, 'key'> {
    const d = this.table.data;
    const hasClass = (d.flags[row]! & KeyFlag.hasClass) !== 0;
    return {
      lastWrite: filetimeIso(d.lastWriteLo[row]!, d.lastWriteHi[row]!),
      class: hasClass ? this.#image.hiveDescribe(this.#hive, d.ref[row]!).className : null,
      values: d.valueStart[row + 1]! - d.valueStart[row]!,
      subkeys: d.childStart[row + 1]! - d.childStart[row]!,
      layerKind: d.layerKind[row]!,
    };
  }

  /** Data of a value row, to be used at once; null when they cannot be read. */
  data(value: number): Uint8Array | null {
    return this.#image.hiveDataView(this.#hive, this.table.data.values.ref[value]!);
  }

  typeName(value: number): string {
    return valueTypeName(this.table.data.values.type[value]!);
  }

  /** Writes data in words. @param limit most units of them */
  writeText(value: number, data: Uint8Array, out: ByteWriter, style: Style, limit = TEXT_LIMIT): void {
    const units = this.#units;
    const length = putValueText(units, this.table.data.values.type[value]!, data);
    out.units(units, 0, Math.min(length, limit), style);
  }

  /** Path of the row where the walk is, as bytes. */
  path(style: Style): PathBytes {
    return new PathBytes(this.table, this.base, style);
  }

  isTombstone(value: number): boolean {
    return (this.table.data.values.flags[value]! & ValueFlag.tombstone) !== 0;
  }
}

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
  const base = [prefix, pathOf(table, start)].filter((part) => part !== '').join('\\');
  return new RegListing(image, hive.id, table, findings, base, new SortedWalk(table, start, upcase, deep, true));
}
