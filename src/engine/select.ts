/**
 * Selectors: `1` (WIM image), `p2` (partition), a path into a tree that leads to a nested image, chained with `::`.
 * Without one, what there is only one of is taken.
 */
import { fail } from '../base/errors.ts';
import { fromUnits } from '../base/utf16.ts';
import { NodeFlag } from '../fs/types.ts';
import { splitPath } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { ImageApi, ReportNode } from './api.ts';

/** Nodes below (and with) `node` that can be mounted. */
export function mountable(node: ReportNode): ReportNode[] {
  return [...(node.kind === null ? [] : [node]), ...node.parts.flatMap(mountable)];
}

function choices(nodes: readonly ReportNode[]): string {
  return nodes.map((node) => `${node.mount === '' ? '(itself)' : node.mount} (${node.title})`).join(', ');
}

/** The first reason why nothing inside can be read. */
function refusalOf(node: ReportNode): ReportNode['refusal'] {
  return node.refusal ?? node.parts.map(refusalOf).find((refusal) => refusal !== null) ?? null;
}

/** The node that stands for `node` when nothing more is said. @throws FormatError MissingItem with the choices */
export function onlyMount(node: ReportNode, name: string): ReportNode {
  const found = mountable(node);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) fail('InvalidArgument', name, null, `a selector, one of ${choices(found)}`, 'none');
  const refusal = refusalOf(node);
  if (refusal !== null)
    fail(refusal.code, refusal.where.source, refusal.where.offset, refusal.expected, refusal.actual);
  return fail('MissingItem', name, null, 'a tree of files or a hive inside', 'none');
}

/** Ref of a path below the root of a mounted tree, found by listing directory after directory. */
export async function resolvePath(
  image: ImageApi,
  mount: string,
  path: string,
  name: string,
): Promise<{ ref: number; directory: boolean }> {
  const info = await image.treeInfo(mount);
  const upcase = info.upcase ?? windowsUpcase();
  let at = { ref: info.rootRef, directory: true };
  for (const part of splitPath(path.replaceAll('/', '\\'))) {
    if (!at.directory) fail('MissingItem', name, null, `a directory on the way to ${path}`, 'a file');
    const chunk = await image.list(mount, at.ref);
    const wanted = foldText(part, upcase);
    let hit = -1;
    for (let i = 0; i < chunk.count && hit < 0; i++) {
      const long = fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!);
      const short = fromUnits(chunk.names, chunk.shortOffset[i]!, chunk.shortLength[i]!);
      if (foldText(long, upcase) === wanted || (short !== '' && foldText(short, upcase) === wanted)) hit = i;
    }
    if (hit < 0) fail('MissingItem', name, null, `${part} on the way to ${path}`, 'no such name');
    at = { ref: chunk.ref[hit]!, directory: (chunk.flags[hit]! & NodeFlag.directory) !== 0 };
  }
  return at;
}

/** Follows a selector through an image; nested images are opened on the way. */
export async function select(image: ImageApi, selector: readonly string[]): Promise<ReportNode> {
  const { name, root } = await image.report();
  let node = root;
  for (const part of selector) {
    const all = mountable(node);
    const inside = (other: ReportNode): ReportNode[] => [other, ...other.parts.flatMap(inside)];
    const next = inside(node).find(
      (other) => other !== node && (other.mount === part || other.mount.endsWith(`::${part}`)),
    );
    if (next !== undefined) {
      node = next;
      continue;
    }
    if (/^(p?\d+)$/.test(part)) fail('InvalidArgument', name, null, `a selector, one of ${choices(all)}`, part);
    const tree = onlyMount(node, name);
    const { ref } = await resolvePath(image, tree.mount, part, name);
    node = await image.openNested(tree.mount, ref, part);
  }
  return onlyMount(node, name);
}
