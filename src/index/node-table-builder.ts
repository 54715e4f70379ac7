/**
 * Chunks of rows in any order -> NodeTable. `seal()` trusts nothing: parents may be missing, be files, be their own
 * child or form a ring; ids may come twice. What hangs on nothing goes below `$Orphan`, and each kind of fault is one finding.
 */
import { type Finding, FindingList } from '../base/findings.ts';
import { toUnits } from '../base/utf16.ts';
import { type NodeChunk, NodeFlag, type TreeSink } from '../fs/types.ts';
import {
  type Column,
  type ColumnType,
  concat,
  gather,
  gatherNames,
  isInOrder,
  place,
  poolNames,
  ZeroColumns,
} from './columns.ts';
import { IdMap } from './id-map.ts';
import { KEPT_COLUMNS, type KeptColumns, NodeTable } from './node-table.ts';
import { LOST, orderTree, type TreeOrder } from './tree-order.ts';

const ORPHAN_NAME = '$Orphan';
const FILE_ATTRIBUTE_DIRECTORY = 0x10;

export interface Sealed<T> {
  readonly table: T;
  readonly findings: readonly Finding[];
}

/** Columns that the tree and its paths are made of. */
const TREE_COLUMNS: ReadonlySet<string> = new Set(['flags']);
const NOTHING = new Uint8Array(0);

/** The chunk without what a list of names has no use for, so that the memory is free again at once. */
function withoutColumns(chunk: NodeChunk): NodeChunk {
  const slim: Record<string, unknown> = { ...chunk };
  for (const name of Object.keys(KEPT_COLUMNS)) if (!TREE_COLUMNS.has(name)) slim[name] = NOTHING;
  return slim as unknown as NodeChunk;
}

/** Tags with this bit are of directories that may have children (IsReparseTagDirectory). */
const TAG_OF_DIRECTORY = 0x1000_0000;
/** Placeholder of a container, older than that bit: its children are those of the layers below. */
const IO_REPARSE_TAG_WCI = 0x8000_0018;

/** A directory with a tag that leaves no room for children, and none, is a leaf: what it stands for lies elsewhere. */
function markClosed({ flags, reparseTag }: KeptColumns, childStart: Uint32Array): void {
  for (let row = 1; row < flags.length; row++) {
    const tag = reparseTag[row]!;
    if (tag === 0 || (tag & TAG_OF_DIRECTORY) !== 0 || tag === IO_REPARSE_TAG_WCI) continue;
    if ((flags[row]! & NodeFlag.directory) !== 0 && childStart[row] === childStart[row + 1])
      flags[row] = flags[row]! | NodeFlag.link;
  }
}

export class NodeTableBuilder implements TreeSink {
  readonly #source: string;
  readonly #rootId: number;
  readonly #rootRef: number;
  readonly #namesOnly: boolean;
  readonly #findings = new FindingList();
  #chunks: NodeChunk[] = [];
  #rows = 0;

  /**
   * @param source name for findings
   * @param rootId local id of the root directory (`FsVolume.rootId`)
   * @param namesOnly true where nothing but names and the tree is asked for: the other columns are zeros and cost nothing
   */
  constructor(source: string, rootId: number, rootRef: number, namesOnly = false) {
    this.#source = source;
    this.#namesOnly = namesOnly;
    this.#rootId = rootId;
    this.#rootRef = rootRef;
  }

  /** Rows so far, root not counted. */
  get rows(): number {
    return this.#rows;
  }

  push(chunk: NodeChunk): void {
    if (chunk.count === 0) return;
    this.#chunks.push(this.#namesOnly ? withoutColumns(chunk) : chunk);
    this.#rows += chunk.count;
  }

  finding(finding: Finding): void {
    this.#findings.add(finding);
  }

  #report(code: string, message: string, count: number): void {
    if (count > 0)
      this.#findings.add({
        code,
        severity: 'warning',
        where: { source: this.#source, offset: null },
        message,
        facts: { count },
      });
  }

  /** Makes the table; the builder is empty afterwards. */
  seal(): Sealed<NodeTable> {
    const chunks = this.#chunks;
    const counts = chunks.map((c) => c.count);
    const column = <T extends Column>(Type: ColumnType<T>, name: keyof NodeChunk): T =>
      concat(
        Type,
        chunks.map((c) => c[name] as unknown as T),
        counts,
        this.#rows,
      );
    const tree = this.#tree(column(Uint32Array, 'id'), column(Uint32Array, 'parent'), column(Uint16Array, 'flags'));
    const pool = this.#names(chunks, tree);
    const inOrder = isInOrder(tree.order, this.#rows);
    const zeros = new ZeroColumns(tree.count);
    const columns: Record<string, Column> = {};
    for (const [name, Type] of Object.entries(KEPT_COLUMNS) as [keyof NodeChunk, ColumnType][]) {
      const left = this.#namesOnly && !TREE_COLUMNS.has(name);
      const gathered = left
        ? null
        : inOrder
          ? place(
              Type,
              chunks.map((c) => c[name] as unknown as Column),
              counts,
              tree.count,
            )
          : gather(Type, column(Type, name), tree.order);
      columns[name] = gathered ?? (OWN.has(name) ? new Type(tree.count) : zeros.of(Type));
    }
    this.#chunks = [];
    this.#rows = 0;
    const kept = columns as unknown as KeptColumns;
    for (const row of tree.orphanRow > 0 ? [0, tree.orphanRow] : [0]) {
      kept.flags[row] = NodeFlag.directory | (row > 0 ? NodeFlag.orphan : 0);
      kept.attributes[row] = FILE_ATTRIBUTE_DIRECTORY;
    }
    kept.ref[0] = this.#rootRef;
    if (tree.orphanRow > 0) kept.ref[tree.orphanRow] = -1;
    const { count, parent, childStart, orphanRow } = tree;
    markClosed(kept, childStart);
    const { names, nameOffset, nameLength, shortLength } = pool;
    const table = new NodeTable({
      ...kept,
      count,
      parent,
      childStart,
      orphanRow,
      names,
      nameOffset,
      nameLength,
      shortLength,
    });
    return { table, findings: this.#findings.items };
  }

  /** Parent ids to parent items, and from there to the order of rows. */
  #tree(id: Uint32Array, parent: Uint32Array, flags: Uint16Array): TreeOrder {
    let max = this.#rootId;
    for (let i = 0; i < id.length; i++) if (id[i]! > max) max = id[i]!;
    const directories = new IdMap(max, id.length + 1);
    // The root is item 0 for orderTree; IdMap keeps 0 for "none", so items are stored one higher here.
    directories.set(this.#rootId, 1);
    let duplicates = 0;
    for (let i = 0; i < id.length; i++) {
      if ((flags[i]! & NodeFlag.directory) === 0) continue;
      if (directories.get(id[i]!) === 0) directories.set(id[i]!, i + 2);
      else duplicates++;
    }
    const parents = directories.getAll(parent);
    let self = 0;
    let unknown = 0;
    for (let i = 0; i < parents.length; i++) {
      const found = parents[i]!;
      if (found === i + 2) self++;
      else if (found === 0) unknown++;
      parents[i] = found === 0 || found === i + 2 ? LOST : found - 1;
    }
    const tree = orderTree(parents);
    this.#report('treeDuplicateId', 'Directories share one record; the first has the children.', duplicates);
    this.#report(
      'treeMissingParent',
      'Rows name a parent that does not exist or is no directory; they stand in $Orphan.',
      unknown,
    );
    this.#report('treeSelfParent', 'Directories name themselves as parent; they stand in $Orphan.', self);
    this.#report('treeCycle', 'Directories contain each other; each ring is cut and stands in $Orphan.', tree.cycles);
    this.#report('treeTooDeep', 'Directories are deeper than any path can be; they stand in $Orphan.', tree.tooDeep);
    return tree;
  }

  #names(chunks: readonly NodeChunk[], tree: TreeOrder) {
    const pool = (this.#namesOnly ? poolNames : gatherNames)(chunks, tree.order);
    this.#report('treeInvalidName', 'Rows have a name outside the name pool; they have no name now.', pool.invalid);
    let unnamed = 0;
    for (let row = 1; row < tree.count; row++) if (pool.nameLength[row] === 0 && row !== tree.orphanRow) unnamed++;
    this.#report('treeEmptyName', 'Rows have an empty name.', unnamed);
    if (tree.orphanRow === 0) return pool;
    const name = toUnits(ORPHAN_NAME);
    const names = new Uint16Array(pool.names.length + name.length);
    // names as they came stand in no order, so that none has to make room
    const at = this.#namesOnly ? pool.names.length : pool.nameOffset[tree.orphanRow]!;
    names.set(pool.names.subarray(0, at));
    names.set(name, at);
    names.set(pool.names.subarray(at), at + name.length);
    pool.nameOffset[tree.orphanRow] = at;
    if (!this.#namesOnly)
      for (let row = tree.orphanRow + 1; row < tree.count; row++) pool.nameOffset[row]! += name.length;
    pool.nameLength[tree.orphanRow] = name.length;
    return { ...pool, names };
  }
}

/** Columns that are changed after gathering and therefore never shared. */
const OWN: ReadonlySet<string> = new Set(['ref', 'flags', 'attributes']);
