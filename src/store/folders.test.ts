import { expect, test } from 'vitest';
import { isLayer, type NamedEntry } from './folder-names.ts';
import { takeAgain, takeWalked, walkHandle, walkInput } from './folders.ts';
import type { Watch } from './walking.ts';

const alone: Watch = { stop: new AbortController().signal, step() {} };

interface Spec {
  readonly [name: string]: string | Spec;
}

/** A folder as File System Access shows it. */
function handle(name: string, spec: Spec): FileSystemDirectoryHandle {
  return {
    kind: 'directory',
    name,
    async *values() {
      for (const [entry, what] of Object.entries(spec))
        yield typeof what === 'string'
          ? {
              kind: 'file',
              name: entry,
              getFile: async () => {
                if (what === 'locked') throw new DOMException('no', 'NotReadableError');
                return new File([what], entry, { lastModified: 1_577_934_245_500 });
              },
            }
          : handle(entry, what);
    },
  } as unknown as FileSystemDirectoryHandle;
}
const take = async (spec: Spec) => {
  const folder = handle('app', spec);
  return takeWalked(await walkHandle(folder, alone), folder, alone);
};
const names = (walked: readonly string[]): { found: NamedEntry[] } => ({
  found: walked.map((path) => ({
    path,
    take: path.endsWith('/') ? null : async () => ({ file: new File([], path), handle: null }),
  })),
});

test.each([
  [['Windows', 'Windows/System32/config/SYSTEM'], true],
  [['Users', 'Users/ann/NTUSER.DAT', 'Users/ann/AppData/Local/x.dat'], true],
  [['users', 'users/ann.vhdx', 'os.wim'], false],
  [['Files', 'Hives', 'Hives/System_Delta'], true],
  [['drive', 'drive/C/x', 'RegHive'], true],
  [['upper', 'work'], true],
  [['oci-layout', 'blobs/sha256/x'], true],
  [['notes.txt', 'sub/more.txt'], true],
  [['Files', 'a.wim'], false],
  [['a.vhdx', 'notes.txt'], false],
  [['config/SYSTEM', 'config/SYSTEM.LOG1'], false],
  [['pool/ann.vhdx'], false],
  [['empty/'], false],
  [['base.tar', 'notes.txt'], false],
  [['layer.TAR.GZ'], false],
  [['Contoso.msix', 'Contoso.json'], false],
  [['docs/manual.txt', 'docs/source.tar.gz'], true],
  [['data.gz', 'notes.txt'], true],
])('%j is a layer: %s', (paths, layer) => {
  expect(isLayer(names(paths))).toBe(layer);
});

test('a layer is one thing: its list, and its files beside it', async () => {
  const [taken, ...more] = await take({ Windows: { 'a.dll': 'aa', empty: {}, 'b.sys': 'locked' }, 'é.txt': 'x' });
  expect(more).toEqual([]);
  expect(taken!.file.name).toBe('app');
  expect((await taken!.file.text()).split('\n')).toEqual([
    'stratascope folder 1',
    '["d","Windows","0"]',
    '["f","é.txt","132224078455000000",1]',
    '["f","Windows/a.dll","132224078455000000",2]',
    '["d","Windows/empty","0"]',
    '["x","Windows/b.sys"]',
    '["end",5]',
    '',
  ]);
  expect(taken!.folder!.map(({ name }) => name)).toEqual(['é.txt', 'Windows/a.dll']);
  expect(taken!.handle?.name).toBe('app');
  // the same folder again is the same file to whoever compares
  const again = await takeAgain(taken!.handle as FileSystemDirectoryHandle, alone);
  expect([again.file.size, again.file.lastModified]).toEqual([taken!.file.size, taken!.file.lastModified]);
});

test('a folder of images gives its images', async () => {
  const taken = await take({ 'os.wim': 'w', pool: { 'ann.vhdx': 'v', 'notes.txt': 'n' } });
  expect(taken.map(({ file }) => file.name)).toEqual(['os.wim', 'ann.vhdx']);
  expect(taken.every(({ folder }) => folder === undefined)).toBe(true);
});

test('what an <input> gives of a folder', async () => {
  const file = (path: string) => Object.defineProperty(new File(['x'], 'x'), 'webkitRelativePath', { value: path });
  const walked = walkInput([file('app/Windows/x'), file('app/y')]);
  expect([walked.name, walked.complete, walked.found.map(({ path }) => path)]).toEqual([
    'app',
    true,
    ['Windows/x', 'y'],
  ]);
  const [taken] = await takeWalked(walked, null, alone);
  expect([taken!.handle, taken!.folder!.length]).toEqual([null, 2]);
});

test('a folder without end is cut, and says so', async () => {
  const endless = (name: string): FileSystemDirectoryHandle =>
    ({
      kind: 'directory',
      name,
      values: async function* () {
        yield endless('d');
      },
    }) as unknown as FileSystemDirectoryHandle;
  const walked = await walkHandle(endless('r'), alone);
  expect([walked.complete, walked.found.length]).toEqual([false, 128]);
});

test('a walk is told entry by entry, then file by file, and ends where it is stopped', async () => {
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}.txt`, 'x']));
  const folder = handle('app', files);
  const steps: string[] = [];
  const step = (name: string, done: number, total: number | null) => void steps.push(`${name} ${done} of ${total}`);
  const all = await walkHandle(folder, { ...alone, step });
  expect([steps[0], steps.at(-1), steps.length]).toEqual(['app 1 of null', 'app 100 of null', 100]);
  await takeWalked(all, folder, { ...alone, step });
  expect(steps.slice(100)).toEqual(['app 0 of 100', 'app 64 of 100']);

  for (const last of ['app 40 of null', 'app 0 of 100']) {
    const controller = new AbortController();
    const seen: string[] = [];
    const watch: Watch = {
      stop: controller.signal,
      step(name, done, total) {
        seen.push(`${name} ${done} of ${total}`);
        if (seen.at(-1) === last) controller.abort();
      },
    };
    const walk = async () => takeWalked(await walkHandle(folder, watch), folder, watch);
    await expect(walk()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(seen.at(-1)).toBe(last);
  }
});
