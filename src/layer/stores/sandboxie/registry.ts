/**
 * The registry of a box: one hive, RegHive, with a part for each hive of Windows.
 *
 *     machine\software ...     HKLM\SOFTWARE ...
 *     user\current             the user's hive             user\current_classes    the user's classes
 *
 *     V1 mark of a key         last written at the time 01B01234'DEAD44A0
 *     V1 mark of a value       type 786F6273 (`sbox` in a file)
 */
import { type KeyMove, withDeletions } from '../../../index/key-deletions.ts';
import type { KeyTable } from '../../../index/key-table.ts';
import type { StoreHive } from '../types.ts';
import type { BoxKey, BoxMove, BoxRoot } from './paths.ts';

export const MARK_HI = 0x01b0_1234;
export const MARK_LO = 0xdead_44a0;
const MARK_TYPE = 0x786f_6273;
const MACHINE = ['SOFTWARE', 'SYSTEM', 'SAM', 'SECURITY'];

/**
 * The table of a hive with the box's deletions in the hive's own way.
 * @param paths V2 deletions below its root
 * @param moves V2 renames of keys below its root
 */
export function restated(
  table: KeyTable,
  paths: readonly Pick<BoxKey, 'path' | 'value'>[],
  moves: readonly KeyMove[] = [],
): KeyTable {
  const { lastWriteHi, lastWriteLo, values } = table.data;
  const keys = new Set<number>();
  for (let row = 1; row < table.count; row++)
    if (lastWriteHi[row] === MARK_HI && lastWriteLo[row] === MARK_LO) keys.add(row);
  const marked = new Set<number>();
  for (let value = 0; value < values.count; value++) if (values.type[value] === MARK_TYPE) marked.add(value);
  return withDeletions(table, { keys, values: marked, paths, moves });
}

/** @param user mount of the box's user: `HKU/S-1-5-21-...`, `HKU/ann`, `HKU/*` while nobody says who that is */
export function boxHives(
  file: Pick<StoreHive, 'row' | 'path'>,
  user: string,
  deleted: readonly BoxKey[],
  moved: readonly BoxMove[] = [],
): StoreHive[] {
  const hive = (mount: string, inside: readonly string[], root: BoxRoot, below: string | null): StoreHive => {
    const isHere = (key: BoxKey) => key.root === root && (below === null || key.path[0]?.toUpperCase() === below);
    const inHive = (path: readonly string[]) => (below === null ? path : path.slice(1));
    const paths = deleted.filter(isHere).map(({ path, value }) => ({ path: inHive(path), value }));
    const moves = moved
      .filter(({ key }) => isHere(key))
      .map(({ key, from }) => ({ path: inHive(key.path), from: inHive(from) }));
    return { ...file, mount, inside, restate: (table) => restated(table, paths, moves) };
  };
  return [
    ...MACHINE.map((name) => hive(`HKLM/${name}`, ['machine', name], 'machine', name)),
    hive(user, ['user', 'current'], 'user', null),
    hive(`${user}_Classes`, ['user', 'current_classes'], 'classes', null),
  ];
}
