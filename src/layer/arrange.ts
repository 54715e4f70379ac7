/**
 * A layer's files at the places where the guest would see them.
 *
 * Some stores keep a part of the disk under a name of their own: a profile disk has `Profile`, an application volume
 * `SVROOT`, a package `VFS\ProgramFilesX64`. Here the table is put together anew: rows keep their refs, so that what is read,
 * described and exported stays the same; only parents and the folders on the way to them are made.
 */
import { type Finding, FindingList } from '../base/findings.ts';
import { KEPT_COLUMNS, type KeptColumns, NodeTable, type NodeTableData } from '../index/node-table.ts';
import { foldText } from '../index/upcase.ts';

/** Row `row` with everything below it stands at `at`, components below the volume's root; a folder merges with what is there. */
export interface Placement {
  readonly row: number;
  readonly at: readonly string[];
}

export interface Arranged {
  readonly table: NodeTable;
  /** New row of each old one, 0 where it was left out. Row 0 is made and stands for no old row. */
  readonly rowOf: Uint32Array;
  readonly findings: readonly Finding[];
}

const FILE_ATTRIBUTE_DIRECTORY = 0x10;
const DIRECTORY = 1;
/** As for the directory of orphans: nothing in the image stands behind it. */
const NO_REF = -1;

interface Place {
  readonly name: string;
  /** Old row, -1 for a folder on the way. */
  readonly row: number;
  /** Children by folded name; null: as they are in the old table. */
  children: Map<string, Place> | null;
}

/**
 * @param places earlier ones win where two have a file of one name. A row that lies below another placed one is moved,
 *   not copied.
 * @param source name for findings
 */
export function arrange(old: NodeTable, places: readonly Placement[], upcase: Uint16Array, source: string): Arranged {
  const tree = new Tree(old, new Set(places.map(({ row }) => row)), upcase, source);
  for (const { row, at } of places) tree.place(row, at);
  return { ...tree.seal(), findings: tree.findings.items };
}

class Tree {
  readonly findings = new FindingList();
  readonly #old: NodeTable;
  /** Rows that have a place of their own. */
  readonly #moved: ReadonlySet<number>;
  readonly #upcase: Uint16Array;
  readonly #source: string;
  readonly #root: Place = { name: '', row: -1, children: new Map() };

  constructor(old: NodeTable, moved: ReadonlySet<number>, upcase: Uint16Array, source: string) {
    this.#old = old;
    this.#moved = moved;
    this.#upcase = upcase;
    this.#source = source;
  }

  #fold(name: string): string {
    return foldText(name, this.#upcase);
  }

  #taken(name: string): void {
    this.findings.add({
      code: 'storePlaceTaken',
      severity: 'warning',
      where: { source: this.#source, offset: null },
      message: 'Two items of the store have one place on the disk; the first of them is shown.',
      facts: { name },
    });
  }

  #isFolder({ row }: Place): boolean {
    return row < 0 || this.#old.isFolder(row);
  }

  /** Children of a folder, each as a place. */
  #open(place: Place): Map<string, Place> {
    if (place.children !== null) return place.children;
    place.children = new Map();
    for (const child of this.#below(place.row)) this.#put(place.children, this.#old.name(child), child);
    return place.children;
  }

  *#below(row: number): Generator<number> {
    const { childStart, orphanRow } = this.#old.data;
    for (let child = childStart[row]!; child < childStart[row + 1]!; child++)
      if (!this.#moved.has(child) && (orphanRow === 0 || child !== orphanRow)) yield child;
  }

  /** Puts a row into a folder; two folders of one name become one, as deep as that goes. */
  #put(into: Map<string, Place>, name: string, row: number): void {
    const work = [{ into, name, row }];
    for (let at = 0; at < work.length; at++) {
      const next = work[at]!;
      const key = this.#fold(next.name);
      const there = next.into.get(key);
      const fresh: Place = { name: next.name, row: next.row, children: null };
      if (there === undefined) next.into.set(key, fresh);
      else if (this.#isFolder(there) && this.#isFolder(fresh)) {
        const children = this.#open(there);
        // the folder that is really there gives one that was only on the way its name and its metadata
        if (there.row < 0) next.into.set(key, { ...fresh, children });
        for (const child of this.#below(next.row))
          work.push({ into: children, name: this.#old.name(child), row: child });
      } else this.#taken(next.name);
    }
  }

  place(row: number, at: readonly string[]): void {
    let children = this.#open(this.#root);
    for (const name of at.slice(0, -1)) {
      const key = this.#fold(name);
      let next = children.get(key);
      if (next === undefined) {
        next = { name, row: -1, children: new Map() };
        children.set(key, next);
      }
      if (!this.#isFolder(next)) {
        this.#taken(name);
        return;
      }
      children = this.#open(next);
    }
    const last = at.at(-1);
    if (last !== undefined) this.#put(children, last, row);
    else for (const child of this.#below(row)) this.#put(children, this.#old.name(child), child);
  }

  /** The places as a table, breadth first. Rows that stand as they did are known by their number alone: there may be a million. */
  seal(): Pick<Arranged, 'table' | 'rowOf'> {
    const old = this.#old;
    const rows = [this.#root.row];
    const parents = [0];
    const starts: number[] = [];
    /** Where the row's own children or its own name do not count. */
    const special = new Map<number, Place>([[0, this.#root]]);
    for (let at = 0; at < rows.length; at++) {
      starts.push(rows.length);
      const place = special.get(at);
      if (place !== undefined && place.children !== null)
        for (const child of place.children.values()) {
          if (child.children !== null || child.row < 0 || old.name(child.row) !== child.name)
            special.set(rows.length, child);
          rows.push(child.row);
          parents.push(at);
        }
      else if (old.data.childStart[rows[at]!] !== old.data.childStart[rows[at]! + 1])
        for (const row of this.#below(rows[at]!)) {
          rows.push(row);
          parents.push(at);
        }
    }
    const count = rows.length;
    const rowOf = new Uint32Array(old.count);
    rows.forEach((row, at) => {
      if (row >= 0) rowOf[row] = at;
    });
    const columns = Object.fromEntries(
      Object.entries(KEPT_COLUMNS).map(([name, Type]) => {
        const from = old.data[name as keyof KeptColumns];
        const column = new Type(count);
        for (let at = 0; at < count; at++) if (rows[at]! >= 0) column[at] = from[rows[at]!]!;
        return [name, column];
      }),
    ) as unknown as KeptColumns;
    for (const [at, { row }] of special) {
      if (row >= 0) continue;
      columns.flags[at] = DIRECTORY;
      columns.attributes[at] = FILE_ATTRIBUTE_DIRECTORY;
      columns.ref[at] = at === 0 ? old.data.ref[0]! : NO_REF;
    }
    const data: NodeTableData = {
      ...columns,
      ...this.#names(rows, special),
      count,
      parent: Uint32Array.from(parents),
      childStart: Uint32Array.from([...starts, count]),
      orphanRow: 0,
    };
    return { table: new NodeTable(data), rowOf };
  }

  /** Names in row order, each followed by its short name; a row under another name has no short one. */
  #names(
    rows: readonly number[],
    special: ReadonlyMap<number, Place>,
  ): Pick<NodeTableData, 'names' | 'nameOffset' | 'nameLength' | 'shortLength'> {
    const { names: pool, nameOffset: offsets, nameLength: lengths, shortLength: shorts } = this.#old.data;
    const renamed = (at: number): string | null => {
      const place = special.get(at);
      return place === undefined || (place.row >= 0 && this.#old.name(place.row) === place.name) ? null : place.name;
    };
    const nameOffset = new Uint32Array(rows.length);
    const nameLength = new Uint16Array(rows.length);
    const shortLength = new Uint8Array(rows.length);
    let units = 0;
    rows.forEach((row, at) => {
      const name = renamed(at);
      nameOffset[at] = units;
      nameLength[at] = name === null ? lengths[row]! : name.length;
      shortLength[at] = name === null ? shorts[row]! : 0;
      units += nameLength[at]! + shortLength[at]!;
    });
    const names = new Uint16Array(units);
    rows.forEach((row, at) => {
      const name = renamed(at);
      let to = nameOffset[at]!;
      if (name !== null) for (let i = 0; i < name.length; i++) names[to++] = name.charCodeAt(i);
      else
        for (let from = offsets[row]!, end = from + nameLength[at]! + shortLength[at]!; from < end; )
          names[to++] = pool[from++]!;
    });
    return { names, nameOffset, nameLength, shortLength };
  }
}
