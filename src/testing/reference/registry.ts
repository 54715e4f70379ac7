/** The merge of keys as a person would write it down (merge-semantics 0.2); see `files.ts`. */

export type RefKind = 'merge' | 'tombstone' | 'local' | 'tree';
export interface RefKey {
  readonly kind: RefKind;
  readonly inherit: boolean;
  /** Class name, null for none. */
  readonly cls: string | null;
  /** Value name -> data, null for a tombstone value. */
  readonly values: { readonly [name: string]: string | null };
  readonly keys: { readonly [name: string]: RefKey };
}
export interface RefKeyView {
  readonly cls: string | null;
  readonly values: { [name: string]: string };
  readonly keys: { [name: string]: RefKeyView };
}

/** @param stack versions of one key, top first, null where a layer has none (merge-unbacked) */
export function viewKeys(stack: readonly (RefKey | null)[]): RefKeyView | null {
  const content: RefKey[] = [];
  const children: RefKey[] = [];
  let open = true;
  for (const key of stack) {
    if (key === null) continue;
    if (key.kind === 'tombstone') break;
    if (open) content.push(key);
    children.push(key);
    if (key.kind === 'tree') break;
    if (key.kind === 'local') open = false;
  }
  if (children.length === 0) return null;
  const values: { [name: string]: string } = {};
  const dead = new Set<string>();
  for (const key of content)
    for (const [name, data] of Object.entries(key.values)) {
      if (name in values || dead.has(name)) continue;
      if (data === null) dead.add(name);
      else values[name] = data;
    }
  const keys: { [name: string]: RefKeyView } = {};
  for (const name of [...new Set(children.flatMap((key) => Object.keys(key.keys)))].sort()) {
    const view = viewKeys(children.map((key) => key.keys[name] ?? null));
    if (view !== null) keys[name] = view;
  }
  return { cls: content.find((key) => !key.inherit)?.cls ?? null, values, keys };
}

/** What is left of a key when nothing of the layers below is seen in it: no tombstones, keys that all supersede. */
function closeKeys(key: RefKey | null): RefKey | null {
  if (key === null || key.kind === 'tombstone') return null;
  return {
    kind: 'tree',
    inherit: false,
    cls: key.inherit ? null : key.cls,
    values: Object.fromEntries(Object.entries(key.values).filter(([, data]) => data !== null)),
    keys: subkeys(Object.keys(key.keys), (name) => closeKeys(key.keys[name]!)),
  };
}

function subkeys(names: Iterable<string>, of: (name: string) => RefKey | null): { [name: string]: RefKey } {
  const keys: { [name: string]: RefKey } = {};
  for (const name of [...new Set(names)].sort()) {
    const key = of(name);
    if (key !== null) keys[name] = key;
  }
  return keys;
}

/** The same key without what says nothing: tombstones inside superseding trees. */
export function tidyKeys(key: RefKey | null): RefKey | null {
  if (key === null || key.kind === 'tombstone') return key;
  if (key.kind === 'tree') return closeKeys(key);
  return { ...key, keys: subkeys(Object.keys(key.keys), (name) => tidyKeys(key.keys[name]!)) };
}

/** Two adjacent layers as one (merge-semantics 0.4). */
export function squashKeys(upper: RefKey | null, lower: RefKey | null): RefKey | null {
  if (upper === null) return lower;
  if (upper.kind === 'tombstone') return upper;
  if (upper.kind === 'tree') return closeKeys(upper);
  if (lower === null) return upper;
  if (lower.kind === 'tombstone') return closeKeys(upper);
  const keys = subkeys([...Object.keys(upper.keys), ...Object.keys(lower.keys)], (name) =>
    squashKeys(upper.keys[name] ?? null, lower.keys[name] ?? null),
  );
  const both: RefKey =
    upper.kind === 'local'
      ? { ...upper, keys }
      : {
          kind: lower.kind,
          inherit: upper.inherit ? lower.inherit : false,
          cls: upper.inherit ? lower.cls : upper.cls,
          values: { ...lower.values, ...upper.values },
          keys,
        };
  return lower.kind === 'tree' ? closeKeys(both) : both;
}

/** Every small key of one layer: each kind, with a value or a value tombstone, with a sub-key of each kind. */
export function allKeys(layer: number): (RefKey | null)[] {
  const key = (kind: RefKind, inherit = false, cls: string | null = null): RefKey => ({
    kind,
    inherit,
    cls: inherit ? null : cls,
    values: {},
    keys: {},
  });
  const kinds = ['merge', 'local', 'tree'] as const;
  const leaves: (RefKey | null)[] = [null, key('tombstone')];
  for (const kind of kinds) for (const inherit of [false, true]) leaves.push(key(kind, inherit, `c${layer}`));
  const all: (RefKey | null)[] = [null, key('tombstone')];
  for (const kind of kinds)
    for (const inherit of [false, true])
      for (const value of [undefined, null, `d${layer}`])
        for (const kid of leaves) {
          // A superseding tree holds nothing but superseding keys and tombstones.
          if (kind === 'tree' && kid !== null && kid.kind !== 'tree' && kid.kind !== 'tombstone') continue;
          all.push({
            ...key(kind, inherit, `C${layer}`),
            values: value === undefined ? {} : { v: value },
            keys: kid === null ? {} : { k: kid },
          });
        }
  return all;
}
