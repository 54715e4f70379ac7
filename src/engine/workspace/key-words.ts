/** Keys of hives with a meaning of their own, in words: objects of the boot store, records of Amcache. */
import { amcacheLine, isAmcacheKind } from '../../content/amcache.ts';
import { elementCode, objectAlias, objectGuid, objectTitle, readElement } from '../../content/bcd.ts';
import { numberOf } from '../../content/registry-value.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { type MergedValue, NO_LAYER, STATE_NAMES } from '../../overlay/types.ts';
import type { KeyWords } from '../api.ts';
import type { Contents } from './contents.ts';
import type { Merge } from './merge.ts';

/** Data of an element that words can need: a RAM disk's path is its longest part. */
const ELEMENT_BYTES = 4096;
/** Objects or elements that are told of one key; a real store has some twenty. */
const MAX_LINES = 500;

/** @returns null for keys that mean no more than their values say. */
export async function keyWords(merge: Merge, contents: Contents, node: number): Promise<KeyWords | null> {
  const path = merge.registry.path(node);
  const [root = '', mount = ''] = path.map((part) => foldText(part, windowsUpcase()));
  if (root !== 'HKLM') return null;
  const reader = new Reader(merge, contents);
  if (/^BCD0{7}\d/.test(mount)) return bcdWords(reader, node, path.slice(2));
  return mount === 'AMCACHE' ? amcacheWords(reader, node, path.slice(2)) : null;
}

class Reader {
  readonly #merge: Merge;
  readonly #contents: Contents;

  constructor(merge: Merge, contents: Contents) {
    this.#merge = merge;
    this.#contents = contents;
  }

  children(node: number): number[] {
    const { union, resolution } = this.#merge.registry;
    const found: number[] = [];
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++)
      if (resolution.winner[child] !== NO_LAYER) found.push(child);
    return found;
  }

  child(node: number, name: string): number {
    const wanted = foldText(name, windowsUpcase());
    return this.children(node).find((key) => foldText(this.name(key), windowsUpcase()) === wanted) ?? -1;
  }

  name(node: number): string {
    return this.#merge.registry.name(node);
  }

  above(node: number, levels: number): number {
    let at = node;
    for (let i = 0; i < levels; i++) at = this.#merge.registry.union.parent[at]!;
    return at;
  }

  values(node: number): MergedValue[] {
    return this.#merge.registry.values(node).filter((value) => STATE_NAMES[value.state] !== 'hidden');
  }

  value(node: number, name: string): MergedValue | null {
    const wanted = foldText(name, windowsUpcase());
    return this.values(node).find((value) => foldText(value.name, windowsUpcase()) === wanted) ?? null;
  }

  /** Data of values in one message; null for values that are not there. */
  async data(values: readonly (MergedValue | null)[]): Promise<(Uint8Array | null)[]> {
    const there = values.filter((value) => value !== null);
    const data = await this.#contents.valueData(there, ELEMENT_BYTES);
    let next = 0;
    return values.map((value) => (value === null ? null : (data[next++] ?? null)));
  }
}

/* ------------------------------------------------------------ boot store */

/** @param below names below the mount */
async function bcdWords(reader: Reader, node: number, below: readonly string[]): Promise<KeyWords | null> {
  if (below.length === 0) return objects(reader, reader.child(node, 'Objects'));
  if (foldText(below[0]!, windowsUpcase()) !== 'OBJECTS') return null;
  if (below.length === 1) return objects(reader, node);
  const code = below.length === 4 ? elementCode(below[3]!) : null;
  const words = await object(reader, reader.above(node, below.length - 2));
  if (words === null || code === null) return words;
  const at = reader.children(reader.above(node, 1)).indexOf(node);
  const line = words.lines[at];
  return line === undefined ? null : { ...words, lines: [line] };
}

async function typesOf(reader: Reader, keys: readonly number[]): Promise<number[]> {
  const values = keys.map((key) => {
    const description = reader.child(key, 'Description');
    return description < 0 ? null : reader.value(description, 'Type');
  });
  const data = await reader.data(values);
  return data.map((bytes, i) => Number((bytes === null ? null : numberOf(values[i]!.type, bytes)) ?? 0n));
}

/** The list of objects: what each is, and its description. */
async function objects(reader: Reader, node: number): Promise<KeyWords | null> {
  if (node < 0) return null;
  const keys = reader.children(node).slice(0, MAX_LINES);
  const descriptions = keys.map((key) => {
    const elements = reader.child(key, 'Elements');
    const element = elements < 0 ? -1 : reader.child(elements, '12000004');
    return element < 0 ? null : reader.value(element, 'Element');
  });
  const [types, data] = await Promise.all([typesOf(reader, keys), reader.data(descriptions)]);
  const lines = keys.map((key, i) => {
    const guid = objectGuid(reader.name(key));
    const title = objectTitle(guid ?? '', types[i]!);
    const bytes = data[i];
    const more = bytes == null ? '' : readElement(0x12000004, 0, bytes).text;
    return {
      name: guid === null ? reader.name(key) : objectAlias(guid),
      text: more === '' || more === title ? title : `${title}: ${more}`,
    };
  });
  return { kind: 'bcd', title: 'BCD', lines };
}

async function object(reader: Reader, key: number): Promise<KeyWords | null> {
  const guid = objectGuid(reader.name(key));
  if (guid === null) return null;
  const elements = reader.child(key, 'Elements');
  const keys = elements < 0 ? [] : reader.children(elements).slice(0, MAX_LINES);
  const [[type = 0], data] = await Promise.all([
    typesOf(reader, [key]),
    reader.data(keys.map((element) => reader.value(element, 'Element'))),
  ]);
  const application = type >>> 28 === 1 || type >>> 28 === 2 ? type & 0xf_ffff : 0;
  const alias = objectAlias(guid);
  const title = objectTitle(guid, type);
  return {
    kind: 'bcd',
    title: alias === `{${guid}}` ? title : `${title} ${alias}`,
    lines: keys.map((element, i) => {
      const name = reader.name(element);
      const code = elementCode(name);
      const bytes = data[i] ?? null;
      if (code === null || bytes === null) return { name, text: '' };
      const words = readElement(code, application, bytes);
      return { name: words.name, text: words.text };
    }),
  };
}

/* --------------------------------------------------------------- Amcache */

/** Records stand at `Root\File\<volume>\<id>` and `Root\<other kind>\<id>`. */
async function amcacheWords(reader: Reader, node: number, below: readonly string[]): Promise<KeyWords | null> {
  const [root, kind = ''] = below.map((part) => foldText(part, windowsUpcase()));
  if (root !== 'ROOT' || !isAmcacheKind(kind) || below.length !== (kind === 'FILE' ? 4 : 3)) return null;
  const values = reader.values(node);
  const data = await reader.data(values);
  const lines = values.flatMap((value, i) => {
    const bytes = data[i] ?? null;
    const line = bytes === null ? null : amcacheLine(kind, value.name, value.type, bytes);
    return line === null ? [] : [line];
  });
  return lines.length === 0 ? null : { kind: 'amcache', title: below[1]!, lines };
}
