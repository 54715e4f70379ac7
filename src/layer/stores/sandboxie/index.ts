/**
 * A Sandboxie box: what a sandboxed program wrote.
 *
 *     drive\C\...          files of C:                 user\current\..., user\all\...   profile and shared folders
 *     FilePaths.dat        V2: deleted and renamed     RegHive, RegPaths.dat            the box's registry
 *
 *     V1 mark              an empty file or folder created at the time 01B01234'DEAD44A0
 *     V2 line              path|hexflags[|where it was]        1 deleted, 2 relocated; later lines override
 *
 * Paths are DOS paths; a drive may carry its serial number (`C~1234ABCD:`). Only the system drive is shown: other drives,
 * and the box's profile folders, belong to places that this layer does not cover, and are told.
 */
import type { Finding } from '../../../base/findings.ts';
import { childOf, lookup, pathOf, splitPath } from '../../../index/path.ts';
import { MarkerSet } from '../../markers.ts';
import type { StoreAdapter } from '../types.ts';

const DRIVE = 'drive\\C';
const PATHS = 'FilePaths.dat';
const SIGNS = ['RegHive', PATHS, 'RegPaths.dat', 'user'];
const LIMIT = 64 << 20;
const MARK_HI = 0x01b0_1234;
const MARK_LO = 0xdead_44a0;
const DELETED = 1;
const RELOCATED = 2;

export interface BoxPath {
  readonly path: readonly string[];
  readonly deleted: boolean;
  readonly from: readonly string[] | null;
}

export const sandboxieStore: StoreAdapter = {
  id: 'sandboxie',
  title: 'Sandboxie box',

  detect(table, upcase) {
    const drive = lookup(table, DRIVE, upcase);
    if (drive <= 0 || !table.isFolder(drive)) return false;
    return SIGNS.some((name) => childOf(table, 0, name, upcase) > 0);
  },

  needs(table, upcase) {
    const row = childOf(table, 0, PATHS, upcase);
    if (row <= 0 || table.isDirectory(row)) return [];
    return [{ ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit: LIMIT }];
  },

  signs(table, upcase) {
    return [DRIVE, ...SIGNS.filter((name) => childOf(table, 0, name, upcase) > 0)];
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts'] = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const root = lookup(table, DRIVE, upcase);
    const below = splitPath(DRIVE).length;
    const set = new MarkerSet(upcase);
    const internal: number[] = [];
    const { createdHi, createdLo, size } = table.data;
    const rootPath = `${pathOf(table, root)}\\`;
    let elsewhere = 0;
    for (let row = 1; row < table.count; row++) {
      if (createdHi[row] !== MARK_HI || createdLo[row] !== MARK_LO || size[row] !== 0) continue;
      const path = pathOf(table, row);
      if (!path.startsWith(rootPath)) elsewhere++;
      else {
        internal.push(row);
        set.add({ kind: 'whiteout', path: splitPath(path).slice(below) });
      }
    }
    if (sandboxieStore.needs(table, upcase).length > 0) {
      const text = bytes[0] ?? null;
      if (text === null)
        tell('sandboxPathsMissing', 'error', 'FilePaths.dat could not be read: deletions are unknown.');
      else
        for (const { path, deleted, from } of readBoxPaths(text)) {
          if (path[0] !== 'C') {
            elsewhere++;
            continue;
          }
          const inside = path.slice(1);
          if (deleted) set.add({ kind: 'whiteout', path: inside });
          else if (from !== null && from[0] === 'C') set.add({ kind: 'origin', path: inside, from: from.slice(1) });
        }
    }
    for (const name of ['user', 'share', 'RegHive'])
      if (childOf(table, 0, name, upcase) > 0)
        tell('sandboxNotShown', 'info', `The box's ${name} is not shown: it belongs to no fixed place of the drive.`, {
          name,
        });
    if (elsewhere > 0)
      tell('sandboxElsewhere', 'info', 'Marks of other drives and folders have no effect on the drive shown.', {
        marks: elsewhere,
      });
    const markers = set.list();
    return { root, internal, markers, hives: [], facts: { marks: markers.length }, findings };
  },
};

/** Components of a DOS path, the drive's letter first; null for other paths. */
function dosPath(text: string): string[] | null {
  const match = /^([A-Za-z])(?:~[0-9A-Fa-f]+)?:\\(.+)$/.exec(text);
  return match === null ? null : [match[1]!.toUpperCase(), ...splitPath(match[2]!)];
}

/** Lines of FilePaths.dat (UTF-16LE), the last one of each path. */
export function readBoxPaths(bytes: Uint8Array): BoxPath[] {
  const text = new TextDecoder('utf-16le').decode(bytes);
  const last = new Map<string, BoxPath>();
  for (const line of text.split(/\r?\n/)) {
    const [name = '', flags = '', relocation = ''] = line.split('|');
    const path = dosPath(name);
    const bits = Number.parseInt(flags, 16);
    if (path === null || Number.isNaN(bits)) continue;
    const key = path.join('\\').toUpperCase();
    last.delete(key); // so that the order of markers is that of the last word on each path
    const from = (bits & RELOCATED) !== 0 ? dosPath(relocation) : null;
    last.set(key, { path, deleted: (bits & DELETED) !== 0, from });
  }
  return [...last.values()];
}
