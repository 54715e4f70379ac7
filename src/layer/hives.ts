/**
 * Where the hives of a Windows volume lie, and where each is mounted in the merged registry.
 *
 *     Windows\System32\config\SYSTEM ...               HKLM/SYSTEM ...   (DEFAULT: HKU/.DEFAULT)
 *     Users\ann\NTUSER.DAT                             HKU/<SID of ann>, HKU/ann while no SID is known
 *     Users\ann\AppData\Local\Microsoft\Windows\UsrClass.dat    HKU/<SID of ann>_Classes
 *     Windows\ServiceProfiles\LocalService\NTUSER.DAT  HKU/S-1-5-19, shown but not mounted
 *     EFI\Microsoft\Boot\BCD, Boot\BCD                  HKLM/BCD00000000, the second of two HKLM/BCD00000001
 *     Windows\appcompat\Programs\Amcache.hve           HKLM/Amcache, a name of ours: Windows mounts it for itself only
 *
 * Transaction logs lie beside their hive. A user is one user in every layer: the folder name is looked up in the ProfileList
 * of the OS layer, then of the others, so that a data disk without SOFTWARE meets the OS image under one mount.
 */
import type { ItemRef } from '../base/brand.ts';
import type { NodeTable } from '../index/node-table.ts';
import { childOf, lookup, pathOf } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { StoreHive } from './stores/types.ts';

export interface HiveCandidate {
  /** Mount while no SID is known: users by folder name. `principalMount` gives the final one. */
  readonly mount: string;
  readonly path: string;
  readonly row: number;
  readonly ref: ItemRef;
  readonly size: number;
  /** `template` and `service` hives are no part of the merged registry unless somebody asks. */
  readonly kind: 'machine' | 'user' | 'classes' | 'service' | 'template';
  /** Profile folder of user hives, else null. */
  readonly user: string | null;
  /** The key of the file that is the mount's root; empty for the file's own root. */
  readonly inside: readonly string[];
  /** `StoreHive.restate`. */
  readonly restate?: StoreHive['restate'];
  /** LOG1, LOG2, LOG as far as they exist and are not empty, in this order. */
  readonly logs: readonly { readonly path: string; readonly ref: ItemRef; readonly size: number }[];
}

const MACHINE: readonly (readonly [file: string, mount: string])[] = [
  ['SYSTEM', 'HKLM/SYSTEM'],
  ['SOFTWARE', 'HKLM/SOFTWARE'],
  ['SAM', 'HKLM/SAM'],
  ['SECURITY', 'HKLM/SECURITY'],
  ['DEFAULT', 'HKU/.DEFAULT'],
];
/** The boot store of UEFI comes first: a disk that has both starts by it on today's machines. */
const BOOT_STORES: readonly string[] = ['EFI\\Microsoft\\Boot\\BCD', 'Boot\\BCD'];
const BCD = 'HKLM/BCD0000000';
const AMCACHE = 'HKLM/Amcache';
const SERVICES: Readonly<Record<string, string>> = { LOCALSERVICE: 'S-1-5-19', NETWORKSERVICE: 'S-1-5-20' };
const CLASSES = 'AppData\\Local\\Microsoft\\Windows\\UsrClass.dat';
/** Folders of `Users` whose hive is a pattern for new profiles. */
const TEMPLATES: ReadonlySet<string> = new Set(['DEFAULT', 'DEFAULT USER', 'ALL USERS', 'PUBLIC']);

/** Hives of a tree by path. @param root row of the volume root (`LayerTree.root`) */
export function findHives(
  table: NodeTable,
  root: number,
  upcase: Uint16Array,
  store: readonly StoreHive[] = [],
): HiveCandidate[] {
  const found: HiveCandidate[] = [];
  let claimed: ReadonlySet<string> = new Set();
  const add = (
    row: number,
    mount: string,
    kind: HiveCandidate['kind'],
    user: string | null,
    inside: readonly string[] = [],
    restate: StoreHive['restate'] = undefined,
  ) => {
    if (row <= 0 || table.isDirectory(row) || table.data.size[row] === 0) return;
    if (claimed.has(mount)) return;
    found.push({
      mount,
      kind,
      user,
      row,
      ref: table.ref(row),
      path: pathOf(table, row),
      size: table.data.size[row]!,
      inside,
      ...(restate === undefined ? {} : { restate }),
      logs: logsOf(table, row, upcase),
    });
  };
  const folders = (path: string, visit: (row: number, name: string) => void) => {
    const folder = lookup(table, path, upcase, root);
    if (folder < 0) return;
    for (let row = table.data.childStart[folder]!; row < table.data.childStart[folder + 1]!; row++)
      if (table.isFolder(row)) visit(row, table.name(row));
  };
  for (const hive of store)
    add(
      hive.row,
      hive.mount,
      hive.mount.startsWith('HKU/') ? 'user' : 'machine',
      userOf(hive.mount),
      hive.inside,
      hive.restate,
    );
  // a store's own hive stands for the file that the layer has at the usual place
  claimed = new Set(found.map((hive) => hive.mount));
  const config = lookup(table, 'Windows\\System32\\config', upcase, root);
  if (config >= 0)
    for (const [file, mount] of MACHINE) add(childOf(table, config, file, upcase), mount, 'machine', null);
  let stores = 0;
  for (const path of BOOT_STORES) {
    const row = lookup(table, path, upcase, root);
    if (row > 0 && !table.isDirectory(row)) add(row, `${BCD}${stores++}`, 'machine', null);
  }
  add(lookup(table, 'Windows\\appcompat\\Programs\\Amcache.hve', upcase, root), AMCACHE, 'machine', null);
  folders('Users', (row, name) => {
    const template = TEMPLATES.has(foldText(name, upcase));
    add(childOf(table, row, 'NTUSER.DAT', upcase), `HKU/${name}`, template ? 'template' : 'user', name);
    add(lookup(table, CLASSES, upcase, row), `HKU/${name}_Classes`, template ? 'template' : 'classes', name);
  });
  folders('Windows\\ServiceProfiles', (row, name) => {
    const sid = SERVICES[foldText(name, upcase)] ?? name;
    add(childOf(table, row, 'NTUSER.DAT', upcase), `HKU/${sid}`, 'service', name);
  });
  return found;
}

/** `HKU/ann` and `HKU/ann_Classes` -> `ann`; null for SIDs and machine hives. */
function userOf(mount: string): string | null {
  const match = /^HKU\/(.+?)(_Classes)?$/.exec(mount);
  return match === null || /^(?:S-1-|\.|\*)/.test(match[1]!) ? null : match[1]!;
}

function logsOf(table: NodeTable, row: number, upcase: Uint16Array): HiveCandidate['logs'] {
  const folder = table.data.parent[row]!;
  const name = table.name(row);
  const logs: HiveCandidate['logs'][number][] = [];
  for (const end of ['.LOG1', '.LOG2', '.LOG']) {
    const log = childOf(table, folder, name + end, upcase);
    if (log > 0 && !table.isDirectory(log) && table.data.size[log]! > 0)
      logs.push({ path: pathOf(table, log), ref: table.ref(log), size: table.data.size[log]! });
  }
  return logs;
}

/** A user as a ProfileList knows it. */
export interface Profile {
  readonly sid: string;
  /** Last component of ProfileImagePath: the folder below `Users`. */
  readonly folder: string;
  readonly path: string;
}

/** Final mount of a user hive: the SID of the first list that knows the folder. @param lists OS layer first */
export function principalMount(
  candidate: Pick<HiveCandidate, 'mount' | 'user'>,
  lists: readonly (readonly Profile[])[],
): string {
  if (candidate.user === null) return candidate.mount;
  const upcase = windowsUpcase();
  const folder = foldText(candidate.user, upcase);
  for (const list of lists) {
    const known = list.find((profile) => foldText(profile.folder, upcase) === folder);
    if (known !== undefined) return `HKU/${known.sid}${candidate.mount.endsWith('_Classes') ? '_Classes' : ''}`;
  }
  return candidate.mount;
}

/** A hive that stands for every user's: `HKU/*`, `HKU/*_Classes`. */
export const isEveryUser = (mount: string): boolean => mount === 'HKU/*' || mount === 'HKU/*_Classes';

/** The mounts of a hive that stands for every user's. @param users mounts of users, without their classes */
export function everyUserMounts(mount: string, users: readonly string[]): string[] {
  const end = mount.endsWith('_Classes') ? '_Classes' : '';
  return (users.length === 0 ? ['HKU/user'] : users).map((user) => `${user}${end}`);
}

/** `Users\ann\NTUSER.DAT` or another hive's own file name -> mount; null when the name says nothing. */
export function mountOfPath(path: string): string | null {
  const parts = path.split('\\').filter((part) => part !== '');
  const name = foldText(parts.at(-1) ?? '', windowsUpcase());
  // Windows container layers keep their hives as SYSTEM_BASE and System_Delta.
  const plain = name.replace(/_(?:BASE|DELTA)$/, '').replace(/^DEFAULTUSER$/, 'DEFAULT');
  const machine = MACHINE.find(([file]) => file === plain || `${file}.DAT` === name);
  if (machine !== undefined) return machine[1];
  if (name === 'BCD') return `${BCD}0`;
  if (name === 'AMCACHE.HVE') return AMCACHE;
  const users = parts.findIndex((part) => foldText(part, windowsUpcase()) === 'USERS');
  const user = users >= 0 && users + 2 <= parts.length - 1 ? parts[users + 1] : undefined;
  // packages name them differently; a name may come without its end
  if (/^(?:NT)?USER(?:\.DAT)?$/.test(name)) return `HKU/${user ?? 'user'}`;
  if (/^(?:USRCLASS|USERCLASSES)(?:\.DAT)?$/.test(name)) return `HKU/${user ?? 'user'}_Classes`;
  return null;
}
