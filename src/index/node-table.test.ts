import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../base/limits.ts';
import { NodeFlag } from '../fs/types.ts';
import { dir, file, nodeChunk, nodeTable, ROOT_ID, type RowSpec, type TreeSpec, treeRows } from '../testing/chunks.ts';
import { randomRun } from '../testing/layers.ts';
import { emptyNodeTable, type NodeTable } from './node-table.ts';
import { NodeTableBuilder, type Sealed } from './node-table-builder.ts';
import { lookup, pathOf } from './path.ts';
import { totals } from './totals.ts';
import { windowsUpcase } from './upcase.ts';

const paths = (table: NodeTable) => Array.from({ length: table.count }, (_, row) => pathOf(table, row)).sort();

/** What must hold for every table, whatever came in. */
function checkShape(table: NodeTable): void {
  const { count, parent, childStart } = table.data;
  const faults: number[] = [];
  for (let row = 0; row < count; row++) {
    let good = childStart[row + 1]! >= childStart[row]! && (row === 0 || parent[row]! < row);
    for (let child = childStart[row]!; child < childStart[row + 1]!; child++) good &&= parent[child] === row;
    if (childStart[row] !== childStart[row + 1]) good &&= table.isDirectory(row);
    if (!good) faults.push(row);
  }
  expect(faults).toEqual([]);
  expect(childStart[count]).toBe(count);
}

function seal(rows: readonly RowSpec[]) {
  const builder = new NodeTableBuilder('test.img', ROOT_ID, ROOT_ID);
  builder.push(nodeChunk(rows));
  return builder.seal();
}
const folder = (id: number, parent: number, name: string): RowSpec => ({
  id,
  parent,
  name,
  ref: id,
  flags: NodeFlag.directory,
});

const TREE: TreeSpec = {
  Windows: { System32: { 'a.dll': 'aa', 'b.dll': 'bbb' }, 'win.ini': 'x' },
  Users: { ann: {} },
  'Program Files': dir({ modifiedLo: 7 }, { 'x.exe': file({ size: 10, short: 'X~1.EXE' }) }),
};

describe('NodeTable', () => {
  it('orders rows whatever the order of arrival and the size of chunks', () => {
    const { random } = randomRun(1);
    const straight = nodeTable(TREE);
    checkShape(straight);
    for (let n = 0; n < 20; n++) {
      const shuffle = (rows: RowSpec[]) =>
        rows
          .map((row) => ({ row, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
      const table = nodeTable(TREE, { shuffle, chunk: 1 + (n % 5) });
      checkShape(table);
      expect(paths(table)).toEqual(paths(straight));
      const row = lookup(table, 'PROGRAM FILES\\X.exe', windowsUpcase());
      expect(table.shortName(row)).toBe('X~1.EXE');
      expect(table.data.size[row]).toBe(10);
    }
  });

  it('finds paths under the fold table and says when there is none', () => {
    const table = nodeTable(TREE);
    const row = lookup(table, 'windows\\SYSTEM32\\A.DLL', windowsUpcase());
    expect(pathOf(table, row)).toBe('Windows\\System32\\a.dll');
    expect(lookup(table, 'windows\\none', windowsUpcase())).toBe(-1);
    expect(lookup(table, '', windowsUpcase())).toBe(0);
  });

  it('counts what lies below each directory', () => {
    const table = nodeTable(TREE);
    const { files, directories, bytes } = totals(table);
    expect([files[0], directories[0], bytes[0]]).toEqual([4, 5, 16]);
    const row = lookup(table, 'Windows', windowsUpcase());
    expect([files[row], directories[row], bytes[row]]).toEqual([3, 1, 6]);
  });

  it('keeps several names of one file and finds no fault in them', () => {
    const { table, findings } = seal([
      folder(16, ROOT_ID, 'd'),
      { id: 20, parent: 16, name: 'a' },
      { id: 20, parent: ROOT_ID, name: 'b' },
    ]);
    expect(paths(table)).toEqual(['', 'b', 'd', 'd\\a']);
    expect(findings).toEqual([]);
  });

  it('shares one array among columns that hold nothing', () => {
    const { hashHi, hashLo, reparseTag } = seal([folder(16, ROOT_ID, 'd')]).table.data;
    expect(hashHi).toBe(hashLo);
    expect(reparseTag).toBe(hashLo);
  });

  it('gives names and tree without the other columns where only they are asked for', () => {
    const rows = [
      { ...folder(17, 16, 'f'), flags: 0, size: 5, attributes: 32 },
      { ...folder(18, 99, 'z lost'), flags: 0 },
      { ...folder(16, ROOT_ID, 'a longer name'), short: 'ALONGE~1' },
      { ...folder(19, ROOT_ID, ''), flags: 0 },
    ];
    const [whole, names] = [false, true].map((namesOnly) => {
      const builder = new NodeTableBuilder('x', ROOT_ID, 0, namesOnly);
      builder.push(nodeChunk(rows.slice(0, 2)));
      builder.push(nodeChunk(rows.slice(2)));
      return builder.seal();
    }) as [Sealed<NodeTable>, Sealed<NodeTable>];
    expect(paths(names.table)).toEqual(paths(whole.table));
    expect(paths(names.table)).toContain('$Orphan\\z lost');
    expect(names.findings).toEqual(whole.findings);
    expect([...names.table.data.parent]).toEqual([...whole.table.data.parent]);
    const sizeOf = ({ table }: Sealed<NodeTable>) => Math.max(...table.data.size);
    expect([sizeOf(whole), sizeOf(names)]).toEqual([5, 0]);
    const folders = ({ table }: Sealed<NodeTable>) =>
      Array.from({ length: table.count }, (_, row) => table.isFolder(row));
    expect(folders(names)).toEqual(folders(whole));
  });

  it('makes a table of nothing', () => {
    expect(seal([]).table.count).toBe(1);
    checkShape(emptyNodeTable());
  });
});

describe('hostile trees', () => {
  const codes = (rows: readonly RowSpec[]) => {
    const { table, findings } = seal(rows);
    checkShape(table);
    return { table, codes: findings.map((f) => f.code) };
  };

  it('collects rows whose parent is missing, a file or themselves', () => {
    const { table, codes: found } = codes([
      { id: 20, parent: 99, name: 'lost' },
      { id: 21, parent: ROOT_ID, name: 'file' },
      { id: 22, parent: 21, name: 'below a file' },
      folder(23, 23, 'self'),
      { id: 24, parent: 23, name: 'below self' },
    ]);
    expect(paths(table)).toEqual([
      '',
      '$Orphan',
      '$Orphan\\below a file',
      '$Orphan\\lost',
      '$Orphan\\self',
      '$Orphan\\self\\below self',
      'file',
    ]);
    expect(found).toEqual(['treeMissingParent', 'treeSelfParent']);
    expect(pathOf(table, table.data.orphanRow)).toBe('$Orphan');
  });

  it('cuts rings once and keeps what hangs on them', () => {
    const { table, codes: found } = codes([
      folder(20, 22, 'a'),
      folder(21, 20, 'b'),
      folder(22, 21, 'c'),
      { id: 30, parent: 21, name: 'f' },
      folder(40, 41, 'x'),
      folder(41, 40, 'y'),
    ]);
    expect(table.count).toBe(1 + 6 + 1);
    expect(found).toEqual(['treeCycle']);
  });

  it('gives children to the first of two directories with one record', () => {
    const { table, codes: found } = codes([
      folder(20, ROOT_ID, 'one'),
      folder(20, ROOT_ID, 'two'),
      { id: 21, parent: 20, name: 'f' },
    ]);
    expect(paths(table)).toEqual(['', 'one', 'one\\f', 'two']);
    expect(found).toEqual(['treeDuplicateId']);
  });

  it('cuts what is deeper than any path', () => {
    const rows = Array.from({ length: MAX_DEPTH + 10 }, (_, i) => folder(100 + i, i === 0 ? ROOT_ID : 99 + i, 'd'));
    const { table, codes: found } = codes(rows);
    expect(found).toEqual(['treeTooDeep']);
    expect(table.count).toBe(rows.length + 2);
  });

  it.each([false, true])('reports names outside their pool and empty names (names only: %s)', (namesOnly) => {
    const chunk = nodeChunk([{ id: 20, parent: ROOT_ID, name: 'abc' }]);
    chunk.nameOffset[0] = 2;
    const builder = new NodeTableBuilder('test.img', ROOT_ID, ROOT_ID, namesOnly);
    builder.push(chunk);
    const { table, findings } = builder.seal();
    expect(table.name(1)).toBe('');
    expect(findings.map((f) => f.code)).toEqual(['treeInvalidName', 'treeEmptyName']);
  });

  it('fuzz: seals any columns at all', () => {
    const { seed, count, random } = randomRun(300);
    for (let n = 0; n < count; n++) {
      const rows = treeRows(TREE).map((row) => ({
        ...row,
        id: random() < 0.3 ? Math.floor(random() * 30) : row.id!,
        parent: random() < 0.3 ? Math.floor(random() * (random() < 0.1 ? 2 ** 32 : 30)) : row.parent!,
        flags: random() < 0.1 ? Math.floor(random() * 64) : row.flags!,
      }));
      const { table } = seal(rows);
      expect(table.count - (table.data.orphanRow > 0 ? 2 : 1), `seed ${seed}, round ${n}`).toBe(rows.length);
      checkShape(table);
    }
  });
});

describe('memory', () => {
  it('keeps a row of an NTFS volume below 100 bytes beside its names', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      ...folder(100 + i, ROOT_ID, `n${i}`),
      size: 1,
      allocated: 1,
      createdLo: 1,
      createdHi: 1,
      modifiedLo: 1,
      modifiedHi: 1,
      changedLo: 1,
      changedHi: 1,
      accessedLo: 1,
      accessedHi: 1,
      attributes: 1,
      securityId: 1,
      linkId: 1,
      links: 1,
    }));
    const { table } = seal(rows);
    const arrays = new Set(
      Object.entries(table.data)
        .filter(([name]) => name !== 'names')
        .map(([, column]) => column),
    );
    let bytes = 0;
    for (const column of arrays) if (ArrayBuffer.isView(column)) bytes += column.byteLength;
    expect(bytes / table.count).toBeLessThan(100);
  });
});
