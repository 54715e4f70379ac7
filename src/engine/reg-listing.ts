/** What `reg` lists: keys and values of one hive, in key order, values in stored order. */
import type { ItemRef } from '../base/brand.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import type { Style } from '../base/text-bytes.ts';
import { elementCode, readElement } from '../content/bcd.ts';
import { numberOf, putValueText, TEXT_LIMIT, TEXT_SPARE, valueTypeName } from '../content/registry-value.ts';
import { KeyFlag, ValueFlag } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import { SortedWalk } from '../index/order.ts';
import { childOf, lookup, pathOf, splitPath } from '../index/path.ts';
import { PathBytes } from '../index/path-bytes.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import { controlSetOf, guessMount, valueRow } from '../layer/hive-facts.ts';
import type { Image } from './image.ts';
import { orNull } from './or-null.ts';
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
  /** Where the hive would stand in a registry, `HKLM/SYSTEM`: known for hives of an image, guessed for one by itself. */
  readonly mount: string;
  /** The paths of the listing begin with the mount. */
  readonly prefixed: boolean;
  readonly #image: Image;
  readonly #hive: string;
  /** Kinds of application of the objects of a boot store by row; undefined until it is known whether this is one. */
  #store: Map<number, number> | null | undefined;
  readonly #descriptors = new Map<number, Uint8Array | null>();
  readonly #units = new Uint16Array(TEXT_LIMIT + TEXT_SPARE);

  constructor(
    image: Image,
    hive: string,
    table: KeyTable,
    findings: readonly Finding[],
    base: string,
    walk: SortedWalk,
    mount: string,
    prefixed: boolean,
  ) {
    this.#image = image;
    this.#hive = hive;
    this.table = table;
    this.findings = findings;
    this.base = base;
    this.walk = walk;
    this.mount = mount;
    this.prefixed = prefixed;
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

  /** Self-relative security descriptor of a key; keys that share a cell share the bytes. */
  security(row: number): Uint8Array | null {
    const cell = this.table.data.security[row]!;
    let bytes = this.#descriptors.get(cell);
    if (bytes === undefined) {
      bytes = this.#image.hiveDescribe(this.#hive, this.table.data.ref[row]!).security;
      this.#descriptors.set(cell, bytes);
    }
    return bytes;
  }

  /** Data of a value row, to be used at once; null when they cannot be read. */
  data(value: number): Uint8Array | null {
    const ref = this.table.data.values.ref[value]! as ItemRef;
    return orNull(() => this.#image.hives.get(this.#hive).dataView(ref));
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

  /** A value of the boot store in the words of bcdedit; null in other hives and for other values. */
  words(row: number, value: number, data: Uint8Array): { readonly name: string; readonly text: string } | null {
    if (this.#store === undefined) this.#store = isBootStore(this.table) ? new Map() : null;
    return this.#store === null ? null : elementWords(this, this.#store, row, value, data);
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
    readonly logs: readonly number[] | null;
    readonly name: string;
  },
  prefix: string,
  path: string,
  deep: boolean,
  control: ReadControl = {},
): Promise<RegListing> {
  const { table, findings, info } = await readHive(image, hive.id, hive.mount, hive.ref, hive.logs, hive.name, control);
  const upcase = windowsUpcase();
  const parts = splitPath(path);
  let start = lookup(table, parts, upcase);
  if (start < 0 && foldText(parts[0] ?? '', upcase) === 'CURRENTCONTROLSET') {
    // the link that the running system makes: the set that Select names
    const read = (value: number) => image.hiveData(hive.id, [table.data.values.ref[value]!], 4)[0] ?? null;
    const set = controlSetOf(table, read);
    if (set !== null) start = lookup(table, [`ControlSet${String(set).padStart(3, '0')}`, ...parts.slice(1)], upcase);
  }
  if (start < 0) fail('MissingItem', hive.name, null, `the key ${path}`, 'no such key');
  const base = [prefix, pathOf(table, start)].filter((part) => part !== '').join('\\');
  const stated = info.facts['fileName'];
  const file = hive.name.slice(Math.max(hive.name.lastIndexOf('\\'), hive.name.lastIndexOf('/')) + 1);
  const mount =
    prefix === '' ? guessMount(file, typeof stated === 'string' ? stated : '', table) : prefix.replace('\\', '/');
  const walk = new SortedWalk(table, start, upcase, deep, true);
  return new RegListing(image, hive.id, table, findings, base, walk, mount, prefix !== '');
}

function isBootStore(table: KeyTable): boolean {
  const upcase = windowsUpcase();
  return childOf(table, 0, 'Objects', upcase) >= 0 && childOf(table, 0, 'Description', upcase) >= 0;
}

/** @param row key `Objects\{guid}\Elements\XXXXXXXX` */
function elementWords(
  listing: RegListing,
  store: Map<number, number>,
  row: number,
  value: number,
  data: Uint8Array,
): { readonly name: string; readonly text: string } | null {
  const { table } = listing;
  const code = elementCode(table.name(row));
  if (code === null || table.valueName(value) !== 'Element') return null;
  // reading the object's type may move what `data` looks at
  const own = data.slice();
  const object = table.data.parent[table.data.parent[row]!]!;
  let application = store.get(object);
  if (application === undefined) {
    const description = childOf(table, object, 'Description', windowsUpcase());
    const type = description < 0 ? -1 : valueRow(table, description, 'Type');
    const number = type < 0 ? null : numberOf(table.data.values.type[type]!, listing.data(type) ?? new Uint8Array(0));
    application = Number((number ?? 0n) & 0xf_ffffn);
    store.set(object, application);
  }
  return readElement(code, application, own);
}
