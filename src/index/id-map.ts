/**
 * Local ids (record numbers, dentry offsets, cell offsets: any 32-bit number) -> item numbers, in typed arrays:
 * a plain array where the ids are dense, open addressing where they are not.
 */
export class IdMap {
  readonly #dense: Uint32Array | null;
  readonly #keys: Uint32Array;
  readonly #values: Uint32Array;
  readonly #mask: number;

  /** @param max largest id that will be set; @param count how many at most */
  constructor(max: number, count: number) {
    const dense = max <= count * 4 + 65_536;
    this.#dense = dense ? new Uint32Array(max + 1) : null;
    let size = 16;
    if (!dense) while (size < count * 2) size *= 2;
    this.#keys = new Uint32Array(dense ? 0 : size);
    this.#values = new Uint32Array(dense ? 0 : size);
    this.#mask = size - 1;
  }

  #slot(id: number): number {
    let slot = (Math.imul(id, 0x9e37_79b1) >>> 7) & this.#mask;
    while (this.#values[slot] !== 0 && this.#keys[slot] !== id) slot = (slot + 1) & this.#mask;
    return slot;
  }

  /** @param item not 0 */
  set(id: number, item: number): void {
    if (this.#dense !== null) {
      this.#dense[id] = item;
      return;
    }
    const slot = this.#slot(id);
    this.#keys[slot] = id;
    this.#values[slot] = item;
  }

  /** Items of many ids, 0 where there is none. */
  getAll(ids: Uint32Array): Uint32Array {
    const items = new Uint32Array(ids.length);
    const dense = this.#dense;
    if (dense === null) for (let i = 0; i < ids.length; i++) items[i] = this.get(ids[i]!);
    else
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        if (id < dense.length) items[i] = dense[id]!;
      }
    return items;
  }

  /** Item of an id, 0 when there is none. */
  get(id: number): number {
    if (this.#dense !== null) return id < this.#dense.length ? this.#dense[id]! : 0;
    return this.#values[this.#slot(id)]!;
  }
}
