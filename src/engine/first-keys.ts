/** The keys of a hive that were asked for while it is being read, as a table that grows with each question. */

import type { KeyChunk, ValueChunk } from '../hive/types.ts';
import { KeyTable, Unread } from '../index/key-table.ts';
import { KeyTableBuilder } from '../index/key-table-builder.ts';
import type { ImageApi } from './api-image.ts';

/** Values of sub-keys that come along with a key, so that going through them with the arrow keys waits for nothing. */
const MAX_ALONG = 64;

export class FirstKeys {
  readonly #image: ImageApi;
  readonly #hive: string;
  readonly #name: string;
  readonly #root: number;
  readonly #keys: KeyChunk[];
  readonly #values: ValueChunk[] = [];
  /** What has been asked for, by key: Unread bits. */
  readonly #asked = new Map<number, number>();

  /** @param hive id under which the image opens it. @param root row of its root key */
  constructor(image: ImageApi, hive: string, name: string, root: KeyChunk) {
    this.#image = image;
    this.#hive = hive;
    this.#name = name;
    this.#root = root.id[0]!;
    this.#keys = [root];
  }

  get root(): number {
    return this.#root;
  }

  /** Asks for the sub-keys and values of a key, and the values of its first sub-keys. @returns false when they are there */
  async load(key: number): Promise<boolean> {
    const keys = this.#claim(key, Unread.keys);
    const values = this.#claim(key, Unread.values);
    if (!keys && !values) return false;
    if (values) this.#values.push(await this.#image.hiveValues(this.#hive, key));
    if (!keys) return true;
    const chunk = await this.#image.hiveList(this.#hive, key);
    this.#keys.push(chunk);
    const along = [...chunk.id.subarray(0, MAX_ALONG)].filter(
      (id, i) => chunk.values[i] !== 0 && this.#claim(id, Unread.values),
    );
    this.#values.push(...(await Promise.all(along.map(async (id) => this.#image.hiveValues(this.#hive, id)))));
    return true;
  }

  #claim(key: number, what: number): boolean {
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked | what);
    return (asked & what) === 0;
  }

  /** What is there so far; rows say what is missing of them. */
  table(): KeyTable {
    const builder = new KeyTableBuilder(this.#name, this.#root);
    const counts = new Map<number, number>();
    for (const chunk of this.#keys) {
      builder.keys(chunk);
      for (let i = 0; i < chunk.count; i++)
        counts.set(
          chunk.id[i]!,
          (chunk.subkeys[i] !== 0 ? Unread.keys : 0) | (chunk.values[i] !== 0 ? Unread.values : 0),
        );
    }
    for (const chunk of this.#values) builder.values(chunk);
    const { data } = builder.seal().table;
    const unread = new Uint8Array(data.count);
    for (let row = 0; row < data.count; row++) {
      const key = data.ref[row]!;
      unread[row] = (counts.get(key) ?? 0) & ~(this.#asked.get(key) ?? 0);
    }
    return new KeyTable({ ...data, unread });
  }
}
