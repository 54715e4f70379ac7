/** The two directories the kernel's window does not take: case-sensitive ones, and ones with more children than it holds. */
import { type NameSpace, SKIP } from '../codec/names.ts';

export interface Joined {
  /** Distinct name ids in order. */
  readonly unique: Uint32Array;
  /** Place of each child in `unique`, SKIP for those that take no part. */
  readonly places: Uint32Array;
}

/** Names are one only if they are spelled alike; order is by folded name, then by spelling. */
export function joinExact(names: NameSpace, ids: Uint32Array, spelled: readonly string[]): Joined {
  const first = new Map<string, number>();
  spelled.forEach((name, i) => {
    if (ids[i] !== SKIP && !first.has(name)) first.set(name, ids[i]!);
  });
  const distinct = [...first].sort(([a, idA], [b, idB]) => names.compare(idA, idB) || (a < b ? -1 : a > b ? 1 : 0));
  const place = new Map(distinct.map(([name], k) => [name, k]));
  return {
    unique: Uint32Array.from(distinct, ([, id]) => id),
    places: Uint32Array.from(spelled, (name, i) => (ids[i] === SKIP ? SKIP : place.get(name)!)),
  };
}

/** Window-sized pieces through the kernel, then merged two by two. */
export function mergePieces(names: NameSpace, ids: Uint32Array): Joined {
  const { entries, unique, groups } = names.window();
  let lists: Uint32Array[] = [];
  for (let from = 0; from < ids.length; from += entries.length) {
    const piece = ids.subarray(from, from + entries.length);
    entries.set(piece);
    groups[0] = piece.length;
    names.join(1);
    lists.push(unique.slice(0, groups[0]));
  }
  while (lists.length > 1) {
    const next: Uint32Array[] = [];
    for (let i = 0; i < lists.length; i += 2)
      next.push(i + 1 < lists.length ? mergeLists(names, lists[i]!, lists[i + 1]!) : lists[i]!);
    lists = next;
  }
  const distinct = lists[0] ?? new Uint32Array(0);
  const place = new Uint32Array(names.count);
  for (let k = 0; k < distinct.length; k++) place[distinct[k]!] = k;
  return { unique: distinct, places: ids.map((id) => (id === SKIP ? SKIP : place[id]!)) };
}

function mergeLists(names: NameSpace, a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  let i = 0;
  let k = 0;
  let n = 0;
  while (i < a.length || k < b.length) {
    const order = i >= a.length ? 1 : k >= b.length ? -1 : names.compare(a[i]!, b[k]!);
    out[n++] = order <= 0 ? a[i]! : b[k]!;
    if (order <= 0) i++;
    if (order >= 0) k++;
  }
  return out.slice(0, n);
}
