/**
 * MSIX and APPX packages: the archive itself, or unpacked as on a disk for app attach.
 *
 *     AppxManifest.xml, AppxBlockMap.xml      who it is, and the hashes of its files (checked by fs/zip)
 *     anything                                in the guest Program Files\WindowsApps\FULL NAME\...
 *     VFS\ProgramFilesX64\..., VFS\SystemX86\...    seen by its programs in the folder that the token names
 *     Registry.dat                            REGISTRY\MACHINE\SOFTWARE: merged over HKLM\SOFTWARE for its programs
 *     User.dat, UserClasses.dat               over HKCU and its classes, of whichever user runs it
 *
 * What is shown is what a program of the package sees: other programs see nothing of VFS and of the hives. Windows merges the
 * tokens below and no others; files under other tokens stay in the package's folder. A modification package is a layer over the
 * package that it changes (`layer/package-stack.ts`): its files in VFS and its hives come before that one's.
 *
 * Sources: MSIX documentation ("Understanding how packaged desktop apps run on Windows"), Package Support Framework;
 * packages by the MSIX Packaging Tool.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, pathOf } from '../../../index/path.ts';
import { foldText } from '../../../index/upcase.ts';
import type { Placement } from '../../arrange.ts';
import type { Policy } from '../../policies.ts';
import type { StoreAdapter, StoreHive } from '../types.ts';
import { type PackageIdentity, readManifest } from './manifest.ts';

const MANIFEST = 'AppxManifest.xml';
const BLOCK_MAP = 'AppxBlockMap.xml';
const LIMIT = 16 << 20;
const MAX_PACKAGES = 64;
/** Folders above an unpacked package: a disk for app attach has one of any name. */
const DEPTH = 2;
const WINDOWS_APPS = ['Program Files', 'WindowsApps'];

const TOKENS: Readonly<Record<string, string>> = {
  SYSTEMX86: 'Windows\\SysWOW64',
  SYSTEMX64: 'Windows\\System32',
  PROGRAMFILESX86: 'Program Files (x86)',
  PROGRAMFILESX64: 'Program Files',
  PROGRAMFILESCOMMONX86: 'Program Files (x86)\\Common Files',
  PROGRAMFILESCOMMONX64: 'Program Files\\Common Files',
  WINDOWS: 'Windows',
  'COMMON APPDATA': 'ProgramData',
  APPVSYSTEM32CATROOT: 'Windows\\System32\\catroot',
  APPVSYSTEM32CATROOT2: 'Windows\\System32\\catroot2',
  APPVSYSTEM32DRIVERSETC: 'Windows\\System32\\drivers\\etc',
  APPVSYSTEM32DRIVERSTORE: 'Windows\\System32\\driverstore',
  APPVSYSTEM32LOGFILES: 'Windows\\System32\\logfiles',
  APPVSYSTEM32SPOOL: 'Windows\\System32\\spool',
};

const MACHINE = ['REGISTRY', 'MACHINE'];
const HIVES: readonly (readonly [file: string, mount: string, inside: readonly string[]])[] = [
  ['Registry.dat', 'HKLM/SOFTWARE', [...MACHINE, 'SOFTWARE']],
  ['Registry.dat', 'HKLM/SYSTEM', [...MACHINE, 'SYSTEM']],
  ['User.dat', 'HKU/*', []],
  ['UserClasses.dat', 'HKU/*_Classes', []],
];

/** Rows of package folders: the root, or folders not far below it. */
function packages(table: NodeTable, upcase: Uint16Array): number[] {
  const { names, nameOffset, nameLength, parent } = table.data;
  const manifest = foldText(MANIFEST, upcase);
  const first = manifest.charCodeAt(0);
  const found: number[] = [];
  // by the manifests and not by the folders: a large tree has few names of that length
  for (let row = 1; row < table.count && found.length < MAX_PACKAGES; row++) {
    if (nameLength[row] !== manifest.length || upcase[names[nameOffset[row]!]!] !== first) continue;
    if (foldText(table.name(row), upcase) !== manifest) continue;
    const folder = parent[row]!;
    const map = childOf(table, folder, BLOCK_MAP, upcase);
    if (table.isDirectory(row) || map <= 0 || table.isDirectory(map) || depthOf(table, folder) > DEPTH) continue;
    if (folder === 0) return [0];
    found.push(folder);
  }
  return found.length > 0 && childOf(table, 0, 'Windows', upcase) > 0 ? [] : found;
}

function depthOf(table: NodeTable, row: number): number {
  let depth = 0;
  for (let at = row; at !== 0; at = table.data.parent[at]!) depth++;
  return depth;
}

export const msixStore: StoreAdapter = {
  id: 'msix',
  title: 'MSIX or APPX package',

  detect: (table, upcase) => packages(table, upcase).length > 0,

  needs(table, upcase) {
    return packages(table, upcase).map((folder) => {
      const row = childOf(table, folder, MANIFEST, upcase);
      return { ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit: LIMIT };
    });
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts']) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts: facts! });
    const places: Placement[] = [];
    const hives: StoreHive[] = [];
    // WindowsApps belongs to the base by default: a package that was added as a layer is there to be seen
    const rules: Policy['rules'][number][] = [
      { line: 0, target: 'file', match: { kind: 'exact', p: WINDOWS_APPS.join('\\') }, action: 'merge' },
    ];
    const found = byPrecedence(
      packages(table, upcase).map((folder, i) => ({
        folder,
        identity: bytes[i] == null ? null : readManifest(bytes[i]),
      })),
    );
    const identities = found.flatMap(({ identity }) => identity ?? []);
    found.forEach(({ folder, identity }, i) => {
      const name = identity?.fullName ?? (folder > 0 ? table.name(folder) : source.replace(/^.*[\\/]|\.[^.]*$/g, ''));
      if (identity === null)
        tell(
          'packageIdentity',
          'warning',
          'The manifest of the package does not say who it is; its folder is named after the file.',
          {
            path: pathOf(table, folder),
            folder: name,
          },
        );
      const home = [...WINDOWS_APPS, name === '' ? 'package' : name];
      places.push(...placesOf(table, upcase, folder, home, tell));
      for (const [file, mount, inside] of HIVES) {
        const row = childOf(table, folder, file, upcase);
        if (row > 0 && !table.isDirectory(row)) hives.push({ mount, row, path: pathOf(table, row), inside });
      }
      rules.push({ line: i + 1, target: 'file', match: { kind: 'subtree', p: home.join('\\') }, action: 'merge' });
    });
    if (places.length === 0)
      tell('storeNotSeen', 'warning', 'No package is here: the files are shown as they are.', {});
    return {
      root: 0,
      internal: [],
      markers: [],
      hives,
      ...(places.length === 0 ? {} : { places }),
      policies: [{ source: 'package', rules, findings: [], assignments: null }],
      facts: {
        packages: identities.map(({ name, fullName, displayName, publisher, main }) => ({
          name,
          fullName,
          displayName,
          publisher,
          main: [...main],
        })),
      },
      findings,
    };
  },
};

/** Of two packages on one disk the one that changes the other comes first, as Windows looks for their files. */
function byPrecedence<P extends { readonly identity: PackageIdentity | null }>(list: readonly P[]): P[] {
  const names = new Set(list.flatMap(({ identity }) => identity?.name.toUpperCase() ?? []));
  const changes = ({ identity }: P) => identity?.main.some((name) => names.has(name.toUpperCase())) === true;
  return [...list.filter(changes), ...list.filter((one) => !changes(one))];
}

function placesOf(
  table: NodeTable,
  upcase: Uint16Array,
  folder: number,
  home: readonly string[],
  tell: (code: string, severity: Finding['severity'], message: string, facts: Finding['facts']) => void,
): Placement[] {
  const places: Placement[] = [{ row: folder, at: home }];
  const vfs = childOf(table, folder, 'VFS', upcase);
  if (vfs <= 0 || !table.isFolder(vfs)) return places;
  const other: string[] = [];
  for (let row = table.data.childStart[vfs]!; row < table.data.childStart[vfs + 1]!; row++) {
    const target = TOKENS[foldText(table.name(row), upcase)];
    if (target !== undefined && table.isFolder(row)) places.push({ row, at: target.split('\\') });
    else other.push(table.name(row));
  }
  if (other.length > 0)
    tell(
      'packageTokens',
      'info',
      'Windows merges no folder for these names: what is below them is seen in the package only.',
      {
        names: other.slice(0, 50),
      },
    );
  return places;
}
