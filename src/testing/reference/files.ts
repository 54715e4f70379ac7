/**
 * The merge of files as a person would write it down (merge-semantics 0.1): recursion over small trees, nothing else. The
 * overlay is compared with it; it shares no code with the overlay.
 */

export type RefNode =
  | { readonly type: 'whiteout' }
  | { readonly type: 'file'; readonly id: string }
  | { readonly type: 'dir'; readonly opaque: boolean; readonly meta: string; readonly kids: RefKids };
export interface RefKids {
  readonly [name: string]: RefNode;
}
/** A file's id, or a directory's metadata with what the merged view shows in it. */
export type RefView = { readonly file: string } | { readonly meta: string; readonly kids: { [name: string]: RefView } };

/** @param stack versions of one name, top first, null where a layer has none */
export function viewFiles(stack: readonly (RefNode | null)[]): RefView | null {
  const dirs: Extract<RefNode, { type: 'dir' }>[] = [];
  for (const node of stack) {
    if (node === null) continue;
    if (node.type === 'whiteout') break;
    if (node.type === 'file') {
      if (dirs.length === 0) return { file: node.id };
      break;
    }
    dirs.push(node);
    if (node.opaque) break;
  }
  if (dirs.length === 0) return null;
  const kids: { [name: string]: RefView } = {};
  for (const name of [...new Set(dirs.flatMap((dir) => Object.keys(dir.kids)))].sort()) {
    const view = viewFiles(dirs.map((dir) => dir.kids[name] ?? null));
    if (view !== null) kids[name] = view;
  }
  return { meta: dirs[0]!.meta, kids };
}

/** What is left of a tree when nothing of the layers below is seen in it: no marks, directories that all close. */
function closeFiles(node: RefNode | null): RefNode | null {
  if (node === null || node.type === 'whiteout') return null;
  if (node.type === 'file') return node;
  return { ...node, opaque: true, kids: kidsOf(Object.keys(node.kids), (name) => closeFiles(node.kids[name]!)) };
}

function kidsOf(names: Iterable<string>, of: (name: string) => RefNode | null): RefKids {
  const kids: Record<string, RefNode> = {};
  for (const name of [...new Set(names)].sort()) {
    const kid = of(name);
    if (kid !== null) kids[name] = kid;
  }
  return kids;
}

/** The same tree without marks that say nothing: those inside opaque directories, which a layer may have (F-09). */
export function tidyFiles(node: RefNode | null): RefNode | null {
  if (node === null || node.type !== 'dir') return node;
  if (node.opaque) return closeFiles(node);
  return { ...node, kids: kidsOf(Object.keys(node.kids), (name) => tidyFiles(node.kids[name]!)) };
}

/** Two adjacent layers as one (merge-semantics 0.4). */
export function squashFiles(upper: RefNode | null, lower: RefNode | null): RefNode | null {
  if (upper === null) return lower;
  if (upper.type !== 'dir') return upper;
  if (upper.opaque) return closeFiles(upper);
  if (lower === null) return upper;
  if (lower.type !== 'dir') return closeFiles(upper);
  const kids = kidsOf([...Object.keys(upper.kids), ...Object.keys(lower.kids)], (name) =>
    squashFiles(upper.kids[name] ?? null, lower.kids[name] ?? null),
  );
  const both = { ...upper, kids };
  return lower.opaque ? closeFiles(both) : both;
}

/** Every small tree of one layer: `top` over two names, one of them with one name below. */
export function allFileTrees(layer: number): (RefNode | null)[] {
  const dir = (opaque: boolean, meta: string, kids: RefKids): RefNode => ({ type: 'dir', opaque, meta, kids });
  const file = (id: string): RefNode => ({ type: 'file', id });
  const whiteout: RefNode = { type: 'whiteout' };
  const leaf = [null, whiteout, file(`f${layer}`), dir(false, `m${layer}`, {}), dir(true, `m${layer}`, {})];
  const middle: (RefNode | null)[] = [null, whiteout, file(`g${layer}`)];
  const top: (RefNode | null)[] = [null, whiteout, file(`h${layer}`)];
  for (const opaque of [false, true])
    for (const a of leaf) middle.push(dir(opaque, `n${layer}`, a === null ? {} : { x: a }));
  for (const opaque of [false, true])
    for (const a of middle)
      for (const b of leaf) top.push(dir(opaque, `t${layer}`, { ...(a && { a }), ...(b && { b }) }));
  return top;
}
