/**
 * A Sandboxie box: what a sandboxed program wrote.
 *
 *     drive\C\...          files of C:                 user\current, user\all, user\public    profile, shared folders
 *     FilePaths.dat        V2: deleted and renamed     RegHive, RegPaths.dat                  the box's registry
 *
 *     V1 mark              an empty file or folder created at the time 01B01234'DEAD44A0
 *
 * Whose box it is stands in none of its names: the paths and SIDs in the path files say it, or nobody does. Other drives and
 * network shares belong to places that this layer does not cover, and are told.
 *
 * Sources: Sandboxie's documentation (Sandbox Hierarchy), the behaviour of Sandboxie-Plus.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, lookup, pathOf, splitPath } from '../../../index/path.ts';
import type { Placement } from '../../arrange.ts';
import { MarkerSet } from '../../markers.ts';
import type { StoreAdapter, StoreNeed } from '../types.ts';
import { type BoxKey, type BoxPath, readBoxKeys, readBoxPaths } from './paths.ts';
import { boxHives, MARK_HI, MARK_LO } from './registry.ts';

const DRIVE = 'drive\\C';
const FILES = 'FilePaths.dat';
const KEYS = 'RegPaths.dat';
const HIVE = 'RegHive';
const SIGNS = [HIVE, FILES, KEYS, 'user'];
const LIMIT = 64 << 20;
/** Folders of `Users` that are no user's. */
const NOBODY = /^(?:public|default|default user|all users)$/i;

/** The user whose profile the lines speak of most; null when they speak of none. */
export function ownerOf(paths: readonly BoxPath[]): string | null {
  const counts = new Map<string, number>();
  for (const { path } of paths) {
    const [drive, users, name] = path;
    if (drive !== 'C' || users?.toUpperCase() !== 'USERS' || name === undefined || NOBODY.test(name)) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** Where the parts of the box stand on the disk. */
function placements(table: NodeTable, upcase: Uint16Array, owner: string): Placement[] {
  const parts: readonly (readonly [string, readonly string[]])[] = [
    [DRIVE, []],
    ['user\\current', ['Users', owner]],
    ['user\\all', ['ProgramData']],
    ['user\\public', ['Users', 'Public']],
  ];
  return parts.flatMap(([path, at]) => {
    const row = lookup(table, path, upcase);
    return row > 0 && table.isFolder(row) ? [{ row, at }] : [];
  });
}

function need(table: NodeTable, name: string, upcase: Uint16Array): StoreNeed[] {
  const row = childOf(table, 0, name, upcase);
  if (row <= 0 || table.isDirectory(row)) return [];
  return [{ ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit: LIMIT }];
}

export const sandboxieStore: StoreAdapter = {
  id: 'sandboxie',
  title: 'Sandboxie box',

  detect(table, upcase) {
    const drive = lookup(table, DRIVE, upcase);
    if (drive <= 0 || !table.isFolder(drive)) return false;
    return SIGNS.some((name) => childOf(table, 0, name, upcase) > 0);
  },

  needs: (table, upcase) => [...need(table, FILES, upcase), ...need(table, KEYS, upcase)],

  signs(table, upcase) {
    return [DRIVE, ...SIGNS.filter((name) => childOf(table, 0, name, upcase) > 0)];
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts'] = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const text = (name: string): Uint8Array | null => {
      const at = sandboxieStore.needs(table, upcase).findIndex(({ path }) => path.toUpperCase() === name.toUpperCase());
      if (at < 0) return new Uint8Array(0);
      const read = bytes[at] ?? null;
      if (read === null)
        tell('sandboxPathsMissing', 'error', `${name} could not be read: deletions are unknown.`, { name });
      return read;
    };
    const lines = readBoxPaths(text(FILES) ?? new Uint8Array(0));
    const { keys, moves, lost } = readBoxKeys(text(KEYS) ?? new Uint8Array(0));
    const owner = ownerOf(lines);
    const places = placements(table, upcase, owner ?? 'user');
    const set = new MarkerSet(upcase);
    const internal: number[] = [];
    // the hive and its logs are read, and are no content
    const kept = ['', '.LOG', '.LOG1', '.LOG2'].flatMap((end) => {
      const row = childOf(table, 0, HIVE + end, upcase);
      return row > 0 && !table.isDirectory(row) ? [{ row, at: [HIVE + end] }] : [];
    });
    internal.push(...kept.map(({ row }) => row));
    /** Where a row stands on the disk; null for what the layer does not cover. */
    const onDisk = (row: number): string[] | null => {
      const path = pathOf(table, row);
      for (const { row: part, at } of places) {
        const prefix = `${pathOf(table, part)}\\`;
        if (path.startsWith(prefix)) return [...at, ...splitPath(path.slice(prefix.length))];
      }
      return null;
    };
    const { createdHi, createdLo, size } = table.data;
    let elsewhere = 0;
    for (let row = 1; row < table.count; row++) {
      if (createdHi[row] !== MARK_HI || createdLo[row] !== MARK_LO || size[row] !== 0) continue;
      const path = onDisk(row);
      if (path === null) elsewhere++;
      else {
        internal.push(row);
        set.add({ kind: 'whiteout', path });
      }
    }
    /** Row of the box for a path of the disk, -1 when the box has nothing there. */
    const inBox = (path: readonly string[]): number => {
      // the longest prefix first: a profile is not looked for on the drive
      for (const { row, at } of places.toSorted((a, b) => b.at.length - a.at.length))
        if (at.every((name, i) => name.toUpperCase() === path[i]?.toUpperCase())) {
          const found = lookup(table, path.slice(at.length), upcase, row);
          if (found >= 0) return found;
        }
      return -1;
    };
    for (const {
      path: [drive, ...path],
      deleted,
      from,
    } of lines) {
      if (drive !== 'C' || path.length === 0) {
        elsewhere++;
        continue;
      }
      // what was renamed to a name is there, whatever was deleted before
      if (from !== null && from[0] === 'C') set.add({ kind: 'origin', path, from: from.slice(1) });
      else if (deleted) {
        // the mark is for what lies below: what the box has there is there, without what was
        const row = inBox(path);
        if (row < 0) set.add({ kind: 'whiteout', path });
        else if (table.isFolder(row)) set.add({ kind: 'opaque', path });
      }
    }
    if (childOf(table, 0, 'share', upcase) > 0)
      tell('sandboxNotShown', 'info', 'The box’s network shares are not shown: they belong to no place of the drive.', {
        name: 'share',
      });
    if (elsewhere > 0)
      tell('sandboxElsewhere', 'info', 'Marks of other drives and folders have no effect on the drive shown.', {
        marks: elsewhere,
      });
    const hive = childOf(table, 0, HIVE, upcase);
    const spoken = [...keys, ...moves.map(({ key }) => key)];
    const sid = spoken.find((key) => key.sid !== null)?.sid ?? null;
    if (owner === null && sid === null && (hive > 0 || lookup(table, 'user\\current', upcase) > 0))
      tell('sandboxOwner', 'warning', 'Nothing in the box says whose it is: its profile is shown as that of `user`.', {
        folder: 'user',
      });
    if (lost > 0)
      tell('sandboxKeysRenamed', 'warning', 'Keys that were renamed from one hive to another are not followed.', {
        keys: lost,
      });
    // in the machine's hives and in those of the box's user
    const isMine = (key: BoxKey) => key.sid === null || key.sid === sid;
    const user = sid !== null ? `HKU/${sid}` : owner !== null ? `HKU/${owner}` : 'HKU/*';
    const hives =
      hive > 0 && !table.isDirectory(hive)
        ? boxHives(
            { row: hive, path: HIVE },
            user,
            keys.filter(isMine),
            moves.filter(({ key }) => isMine(key)),
          )
        : [];
    const markers = set.list();
    const facts = { marks: markers.length, owner, sid, deletedKeys: keys.length, renamedKeys: moves.length };
    return { root: 0, internal, places: [...places, ...kept], markers, hives, facts, findings };
  },
};
