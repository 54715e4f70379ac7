/**
 * Selectors: `1` (WIM image), `p2` (partition), a path into a tree that leads to a nested image, chained with `::`.
 * Without one, what there is only one of is taken.
 */
import { FormatError, fail } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { fromUnits } from '../base/utf16.ts';
import { type NodeChunk, NodeFlag } from '../fs/types.ts';
import { splitPath } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { ImageApi, ReportNode } from './api-image.ts';
import { joined } from './unwrap.ts';

/** Nodes below (and with) `node` that can be mounted. */
export function mountable(node: ReportNode): ReportNode[] {
  return [...(node.kind === null ? [] : [node]), ...node.parts.flatMap(mountable)];
}

/** Format of what is mounted there; null when nothing is. */
export function formatAt(node: ReportNode, mount: string): string | null {
  return mountable(node).find((part) => part.mount === mount)?.format ?? null;
}

/** The mountable nodes below (and with) `node` without other states of the disks in it. */
function current(node: ReportNode): ReportNode[] {
  const parts = node.parts.filter(({ alternate }) => alternate === undefined);
  return [...(node.kind === null ? [] : [node]), ...parts.flatMap(current)];
}

/** Findings of `node` and of everything in it. */
export function findingsOf(node: ReportNode): Finding[] {
  return [...node.findings, ...node.parts.flatMap(findingsOf)];
}

/** A partition that holds no file system by definition. */
const isReserved = ({ facts }: ReportNode): boolean => facts['reserved'] === true;

/** What is not read below (and with) `node`; reserved partitions, which are no loss, come last. */
function unreadIn(node: ReportNode): ReportNode[] {
  const walk = (at: ReportNode): ReportNode[] => [...(at.refusal === null ? [] : [at]), ...at.parts.flatMap(walk)];
  const all = walk(node);
  return [...all.filter((at) => !isReserved(at)), ...all.filter(isReserved)];
}

/** Why parts of `node`, or it itself, are not read; the telling ones first. */
export function refusalsOf(node: ReportNode): FormatError[] {
  return unreadIn(node).map(({ refusal }) => FormatError.from(refusal!));
}

function choices(nodes: readonly ReportNode[]): string {
  return nodes.map((node) => `${node.mount === '' ? '(itself)' : node.mount} (${node.title})`).join(', ');
}

/**
 * The node that stands for `node` when nothing more is said: the only one, else the only volume that holds Windows.
 * @throws FormatError InvalidArgument with the choices, MissingItem when there is nothing to choose
 */
export function onlyMount(node: ReportNode, name: string): ReportNode {
  // a disc stands for itself, whatever images it holds
  if (node.kind !== null) return node;
  const states = current(node);
  const found = states.length > 0 ? states : mountable(node);
  if (found.length === 1) return found[0]!;
  const windows = found.filter(({ facts }) => facts['windows'] === true);
  if (windows.length === 1) return windows[0]!;
  if (found.length > 1) fail('InvalidArgument', name, null, `a selector, one of ${choices(found)}`, 'none');
  const refusal = refusalsOf(node)[0];
  if (refusal !== undefined) throw refusal;
  return fail('MissingItem', name, null, 'a tree of files or a hive inside', 'none');
}

/** Nothing was ever written there. */
const EMPTY = 'nothing but zeros';

/**
 * The layers of the saved container image that `node` is, base first, with those that are absent; empty when it is none, or
 * one of its layers.
 * @throws FormatError InvalidArgument with the images when there are several
 */
export function savedLayers(node: ReportNode, name: string): ReportNode[] {
  if (node.facts['layer'] !== undefined) return [];
  const walk = (at: ReportNode): ReportNode[] => (at.facts['layer'] !== undefined ? [at] : at.parts.flatMap(walk));
  const images = new Map(node.parts.map((part) => [part, walk(part)]));
  const several = [...images].filter(([part, layers]) => layers.length > 0 && part.facts['layer'] === undefined);
  if (several.length > 1)
    fail('InvalidArgument', name, null, `a selector, one of ${choices(several.map(([part]) => part))}`, 'none');
  return [...images.values()].flat();
}

/** What to say of a choice that `onlyMount` made: what else there is, and what there may be and cannot be read. */
export function toldOfChoice(node: ReportNode, chosen: ReportNode, name: string): Finding[] {
  const { mount } = chosen;
  const where = { source: name, offset: null };
  const told: Finding[] = [];
  const taken = chosen === node ? 'What was opened is itself taken' : `${mount} is taken, the one that holds Windows`;
  const others = mountable(node).filter((other) => other !== chosen);
  if (others.length > 0)
    told.push({
      code: 'volumeChosen',
      severity: 'info',
      where,
      message: `${taken}; there are also ${choices(others)}.`,
      facts: { mount, others: others.map((other) => other.mount) },
    });
  const unread = unreadIn(node).filter((part) => !isReserved(part) && part.refusal!.actual !== EMPTY);
  if (unread.length > 0 && mount !== node.mount)
    told.push({
      code: 'volumesUnread',
      severity: 'warning',
      where,
      message: `${mount} is taken; not read are ${unread.map((part) => `${part.mount} (${part.refusal!.actual})`).join(', ')}.`,
      facts: { mount, unread: unread.map((part) => part.mount) },
    });
  return told;
}

export interface Resolved {
  readonly ref: number;
  readonly directory: boolean;
  /** The path with the names as they are on disk. */
  readonly path: string;
  /** Rows of the directory that holds it, and which of them it is; null for the root. */
  readonly found: { readonly chunk: NodeChunk; readonly row: number; readonly parentRef: number } | null;
}

/** Row of a name in a directory: among the long names first, then among the short ones. -1 when there is none. */
function rowOf(chunk: NodeChunk, name: string, upcase: Uint16Array): number {
  const wanted = foldText(name, upcase);
  const match = (offsets: Uint32Array, lengths: Uint8Array | Uint16Array): number => {
    for (let i = 0; i < chunk.count; i++)
      if (lengths[i] === name.length && foldText(fromUnits(chunk.names, offsets[i]!, lengths[i]!), upcase) === wanted)
        return i;
    return -1;
  };
  const long = match(chunk.nameOffset, chunk.nameLength);
  return long < 0 ? match(chunk.shortOffset, chunk.shortLength) : long;
}

/** A path below the root of a mounted tree, found by listing directory after directory. @throws FormatError MissingItem */
export async function resolvePath(image: ImageApi, mount: string, path: string, name: string): Promise<Resolved> {
  const info = await image.treeInfo(mount);
  const upcase = info.upcase ?? windowsUpcase();
  let at: Resolved = { ref: info.rootRef, directory: true, path: '', found: null };
  for (const part of splitPath(path.replaceAll('/', '\\'))) {
    if (!at.directory) fail('MissingItem', name, null, `a directory on the way to ${path}`, 'a file');
    const chunk = await image.list(mount, at.ref);
    const row = rowOf(chunk, part, upcase);
    if (row < 0) fail('MissingItem', name, null, `${part} on the way to ${path}`, 'no such name');
    const real = fromUnits(chunk.names, chunk.nameOffset[row]!, chunk.nameLength[row]!);
    at = {
      ref: chunk.ref[row]!,
      directory: (chunk.flags[row]! & NodeFlag.directory) !== 0,
      path: at.path === '' ? real : `${at.path}\\${real}`,
      found: { chunk, row, parentRef: at.ref },
    };
  }
  return at;
}

export interface Selection {
  /** The image's report; a nested image that was opened on the way stands below the tree that holds its file. */
  readonly root: ReportNode;
  /** Where the selector leads: a container, a volume, an image or a hive. */
  readonly part: ReportNode;
}

const nodesBelow = (node: ReportNode): ReportNode[] => node.parts.flatMap((part) => [part, ...nodesBelow(part)]);

/** `root` with `nested` as a part of `tree`. */
function graft(root: ReportNode, tree: ReportNode, nested: ReportNode): ReportNode {
  if (root === tree) return { ...root, parts: [...root.parts, nested] };
  return { ...root, parts: root.parts.map((part) => graft(part, tree, nested)) };
}

/** The part of `node` that one step names: its own `p2` first, else the only one further inside. Null when none is. */
function partOf(node: ReportNode, step: string, name: string): ReportNode | null {
  const below = nodesBelow(node);
  const own = below.find((other) => other.mount === joined(node.mount, step));
  if (own !== undefined) return own;
  const found = below.filter((other) => other.mount.endsWith(`::${step}`));
  if (found.length > 1) fail('InvalidArgument', name, null, `a selector, one of ${choices(found)}`, step);
  return found[0] ?? null;
}

const IMAGE_NAME = /\.(?:wim|swm|esd|a?vhdx?|vmdk|qcow2?|vdi|img|raw|bin)$/i;

/** Files of a directory that one of them may be made of, by their names. */
function imagesBeside(chunk: NodeChunk, row: number): number[] {
  const refs: number[] = [];
  for (let i = 0; i < chunk.count; i++)
    if (
      i !== row &&
      (chunk.flags[i]! & NodeFlag.directory) === 0 &&
      IMAGE_NAME.test(fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!))
    )
      refs.push(chunk.ref[i]!);
  return refs;
}

/** Follows a selector through an image; nested images are opened on the way. @throws FormatError with the choices */
export async function select(image: ImageApi, selector: readonly string[]): Promise<Selection> {
  const { name, root: report } = await image.report();
  let root = report;
  let node = report;
  for (const step of selector) {
    const part = partOf(node, step, name);
    if (part !== null) {
      node = part;
      continue;
    }
    const inside = mountable(node);
    if (/^p?\d+$/.test(step) && (inside.length !== 1 || inside[0] !== node))
      fail('InvalidArgument', name, null, `a selector, one of ${choices(inside)}`, step);
    const tree = onlyMount(node, name);
    if (tree.kind !== 'tree') fail('InvalidArgument', name, null, 'a tree of files to look into', 'a hive');
    const { ref, directory, path, found } = await resolvePath(image, tree.mount, step, name);
    if (directory) fail('InvalidArgument', name, null, 'the path of an image file', `the directory ${path}`);
    node = await image.openNested(tree.mount, ref, path, found === null ? [] : imagesBeside(found.chunk, found.row));
    root = graft(root, tree, node);
  }
  return { root, part: node };
}
