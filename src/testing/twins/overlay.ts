/** The name space in plain TypeScript: the oracle of `wasm/overlay`, slow and obvious. */
import { type JoinWindow, type NameColumns, type NameSpace, SKIP } from '../../codec/names.ts';

export class PlainNames implements NameSpace {
  readonly upcase: Uint16Array;
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #window: JoinWindow;

  /** @param entries size of the join window: small ones make tests reach its edges */
  constructor(upcase: Uint16Array, entries = 65_536, groups = 8192) {
    this.upcase = upcase;
    this.#window = {
      entries: new Uint32Array(entries),
      unique: new Uint32Array(entries),
      groups: new Uint32Array(groups),
    };
  }

  get count(): number {
    return this.#texts.length;
  }

  id(name: string): number {
    const folded = name
      .split('')
      .map((unit) => String.fromCharCode(this.upcase[unit.charCodeAt(0)]!))
      .join('');
    const known = this.#ids.get(folded);
    if (known !== undefined) return known;
    this.#ids.set(folded, this.#texts.length);
    return this.#texts.push(folded) - 1;
  }

  fold({ names, nameOffset, nameLength }: NameColumns): Uint32Array {
    return Uint32Array.from(nameOffset, (offset, row) => {
      let name = '';
      for (let i = 0; i < nameLength[row]!; i++) name += String.fromCharCode(names[offset + i]!);
      return this.id(name);
    });
  }

  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** JavaScript compares strings by UTF-16 units, which is the order wanted. */
  compare(a: number, b: number): number {
    const [x, y] = [this.text(a), this.text(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }

  window(): JoinWindow {
    return this.#window;
  }

  join(groups: number): void {
    const { entries, unique, groups: sizes } = this.#window;
    let at = 0;
    let out = 0;
    for (let g = 0; g < groups; g++) {
      const ids = entries.slice(at, at + sizes[g]!);
      const distinct = [...new Set(ids)].filter((id) => id !== SKIP).sort((a, b) => this.compare(a, b));
      const place = new Map(distinct.map((id, i) => [id, i]));
      ids.forEach((id, i) => {
        if (id !== SKIP) entries[at + i] = place.get(id)!;
      });
      unique.set(distinct, out);
      at += sizes[g]!;
      out += distinct.length;
      sizes[g] = distinct.length;
    }
  }

  search(text: string): Uint8Array {
    const needle = [...text.split('')].map((u) => String.fromCharCode(this.upcase[u.charCodeAt(0)]!)).join('');
    return Uint8Array.from(this.#texts, (name) => (name.includes(needle) ? 1 : 0));
  }
}
