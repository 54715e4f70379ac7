/** A made base with two accounts, some applications and rules of App Masking, for the tests of the stores that applications come in. */
import { utf16leBytes } from '../base/utf16.ts';
import { buildHive, dword, type KeySpec, sz } from './hive-builder.ts';
import type { NtfsEntry } from './ntfs-builder.ts';
import { buildWim } from './wim-builder.ts';

export const ANN = 'S-1-5-21-1-2-3-1001';
export const BOB = 'S-1-5-21-1-2-3-1002';
export const bytes = (text: string) => new TextEncoder().encode(text);
export const hive = (keys: readonly KeySpec[]) => buildHive({ name: 'ROOT', keys }, { minor: 5 });
export const key = (path: string, spec: Partial<KeySpec> = {}): KeySpec => {
  const [name = '', ...rest] = path.split('\\');
  return rest.length === 0 ? { name, ...spec } : { name, keys: [key(rest.join('\\'), spec)] };
};
export const dir = (path: string, entries: readonly NtfsEntry[]): NtfsEntry => {
  const [name = '', ...rest] = path.split('\\');
  return { name, dir: rest.length === 0 ? entries : [dir(rest.join('\\'), entries)] };
};
export const file = (name: string, data: Uint8Array | string): NtfsEntry => ({
  name,
  data: typeof data === 'string' ? bytes(data) : data,
});
export const lines = (rows: readonly string[]) => utf16leBytes(`\ufeff${rows.map((row) => `${row}\r\n`).join('')}`);
const profile = (sid: string, name: string): KeySpec => ({
  name: sid,
  values: [{ name: 'ProfileImagePath', type: 2, data: sz(`C:\\Users\\${name}`) }],
});

/** A WIM. */
export function appBase(): Uint8Array {
  const software = hive([
    key('Microsoft\\Windows NT\\CurrentVersion', {
      keys: [
        { name: 'ProfileList', keys: [profile(ANN, 'ann'), profile(BOB, 'bob')] },
        {
          name: 'Fonts',
          values: [
            { name: 'Arial (TrueType)', type: 1, data: sz('arial.ttf') },
            { name: 'Comic Sans MS (TrueType)', type: 1, data: sz('comic.ttf') },
          ],
        },
      ],
    }),
    key('Contoso', { values: [{ name: 'Version', type: 4, data: dword(1) }] }),
    key('Visio', { values: [{ name: 'x', type: 4, data: dword(1) }] }),
    key('Licensed', { values: ['Shown', 'Serial'].map((name) => ({ name, type: 4, data: dword(1) })) }),
  ]);
  const user = (wallpaper: string) =>
    hive([key('Software\\Contoso', { values: [{ name: 'Wallpaper', type: 1, data: sz(wallpaper) }] })]);
  const rules = lines([
    '1',
    '## Visio is for some',
    'C:\\Program Files\\Visio\t\t\t\t0x00000221\t',
    'HKLM\\SOFTWARE\tVisio\t\t\t0x00000221\t',
    'Comic Sans MS\t\t\t\t0x00004000\t',
    'HKLM\\SOFTWARE\\Licensed\tserial\t\t\t0x00000222\t',
    'C:\\Tools\\Now\t\tC:\\Tools\\Other\t\t0x00000121\t',
    'C:\\Tools\\new.txt\t\tC:\\Tools\\Now\\old.txt\t\t0x00000122\t',
  ]);
  const assignments = lines(['1\t0', '0x00000011\tS-1-1-0\t\tEveryone\t0\t0', '0x00000006\tCONTOSO\\bob\t\t\t0\t0']);
  const root = {
    name: '',
    dir: [
      dir('Windows\\System32', [{ name: 'config', dir: [file('SOFTWARE', software)] }, file('shared.dll', 'base')]),
      {
        name: 'Program Files',
        dir: [
          dir('Visio', [file('visio.exe', 'visio')]),
          dir('FSLogix\\Apps\\Rules', [file('Visio.fxr', rules), file('Visio.fxa', assignments)]),
        ],
      },
      dir('ProgramData\\VMware', [file('log.txt', 'base')]),
      {
        name: 'Tools',
        dir: [dir('Now', [file('old.txt', 'old')]), dir('Other', [file('other.txt', 'other'), dir('sub', [])])],
      },
      {
        name: 'Users',
        dir: [dir('ann', [file('NTUSER.DAT', user('old'))]), dir('bob', [file('NTUSER.DAT', user('bob'))])],
      },
    ],
  };
  return buildWim({ images: [{ name: 'Base', root }] });
}

/** What stands at a path and below it: `LAYER PATH`, of a value `LAYER KEY NAME=TEXT`. */
const below = (list: readonly string[], path: string) =>
  list.filter((line) => {
    const at = line.slice(line.indexOf(' ') + 1);
    return at === path || at.startsWith(`${path}\\`) || at.startsWith(`${path} `);
  });

/** What of a workspace is looked at. */
interface Looked<Facts, Plan> {
  examined(): Promise<unknown>;
  findings(): Promise<readonly { readonly code: string; readonly facts?: Facts }[]>;
  buildPlan(): Promise<Plan>;
}
interface ShownKey {
  readonly key: { readonly layer: string | null; readonly key: string };
  readonly values: readonly {
    readonly layer: string | null;
    readonly key: string;
    readonly name: string;
    readonly text: string | null;
  }[];
}

/**
 * Everything that a view shows, as `merge ls`, `merge reg` and `merge findings` tell it; the plan is proven by its replay.
 * @param files,keys all of them, as the command line lists them
 */
export async function shown<Facts, Plan>(
  workspace: Looked<Facts, Plan>,
  files: Iterable<{ readonly path: string; readonly provenance: { readonly layer: string | null } }>,
  keys: AsyncIterable<ShownKey>,
) {
  const paths = [...files].map(({ path, provenance }) => `${provenance.layer} ${path}`);
  const rows: string[] = [];
  for await (const { key: one, values } of keys) {
    rows.push(`${one.layer} ${one.key}`);
    for (const value of values) rows.push(`${value.layer} ${value.key} ${value.name}=${value.text}`);
  }
  await workspace.examined();
  const told = (await workspace.findings()).map(({ code, facts }) => [code, facts] as const);
  return {
    files: (path: string) => below(paths, path),
    keys: (path: string) => below(rows, path),
    told,
    plan: () => workspace.buildPlan(),
  };
}
