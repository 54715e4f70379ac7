/** The rebase report over a real WinPE tree: as it is, and as wimlib patches it, under a user layer over both. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { corpus } from '../../testing/corpus.ts';
import { loadModules } from '../../testing/modules.ts';
import { store, wim } from '../../testing/pains/words.ts';
import { buildPe } from '../../testing/pe-builder.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const PE = corpus('slorelee+wimbuilder2/test/boot.efbe10b.wim');
const S32 = 'Windows\\System32';
const program = (build: number) => buildPe({ version: [10, 0, 17_763, build], linkTime: 1_700_000_000 + build });

/** A copy of an image, changed by wimlib: programs by their names in System32, and what goes. */
function patched(image: Uint8Array, programs: Readonly<Record<string, number>>, gone: readonly string[]): Uint8Array {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'stratascope-rebase-'));
  try {
    const copy = path.join(dir, 'copy.wim');
    writeFileSync(copy, image);
    const commands = Object.entries(programs).map(([name, build]) => {
      writeFileSync(path.join(dir, name), program(build));
      return `add ${path.join(dir, name)} /Windows/System32/${name}`;
    });
    commands.push(...gone.map((at) => `delete --recursive ${at}`));
    runTool('wimlib-imagex', ['update', copy, '1'], { input: Buffer.from(`${commands.join('\n')}\n`) });
    return readFileSync(copy);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test.skipIf(PE === null || !hasTool('wimlib-imagex'))(
  'only what the patch has changed and the layer above hides',
  async () => {
    const host = webHost(loadModules());
    const workspace = new Workspace(host);
    const layer = (...paths: string[]) => Object.fromEntries(paths.map((at) => [at, program(1)]));
    // the real tree has no programs: those of the old build are put in first
    const names = ['kernel32.dll', 'ntdll.dll', 'advapi32.dll', 'shell32.dll', 'wpeutil.dll'];
    const old = patched(readFileSync(PE!), Object.fromEntries(names.map((name, i) => [name, 100 + i])), []);
    const images = {
      old,
      new: patched(old, { 'kernel32.dll': 5000, 'ntdll.dll': 5001, 'shell32.dll': 5002, 'brandnew.dll': 5003 }, [
        '/Windows/System32/wpeutil.dll',
        '/Windows/System32/WindowsPowerShell',
      ]),
      user: wim(
        'user',
        // ntdll stays the base's, and what has not changed is nobody's business
        store(layer(`${S32}\\kernel32.dll`, `${S32}\\brandnew.dll`, `${S32}\\wpeutil.dll`, `${S32}\\advapi32.dll`), [
          `${S32}\\shell32.dll`,
        ]),
      ),
    };
    const mounts = new Map<string, string>();
    for (const [name, bytes] of Object.entries(images)) {
      const { image } = openImage(host, new MemorySource(`${name}.wim`, bytes));
      workspace.attachImage(name, image.report(), image);
      mounts.set(name, mountable(image.report().root)[0]!.mount);
    }
    const side = (image: string) => ({ image, mount: mounts.get(image)! });
    await workspace.addLayer({ ...side('old'), role: 'os', name: null });
    await workspace.addLayer({ ...side('user'), role: 'user', name: null });
    await workspace.settled();
    expect(workspace.state().layers.map(({ status }) => status)).toEqual(['ready', 'ready']);

    const report = await workspace.rebase(side('new'));
    expect(report.files).toEqual({ changed: 3, added: 1, removed: 1 });
    const found = report.groups.flatMap(({ items }) => items);
    expect(found.map(({ severity, code, path: at, note }) => `${severity} ${code} ${at} ${note}`)).toEqual([
      `error rebaseHidesNewer C:\\${S32}\\brandnew.dll 10.0.17763.1 < 10.0.17763.5003`,
      `error rebaseHidesNewer C:\\${S32}\\kernel32.dll 10.0.17763.1 < 10.0.17763.5000`,
      `warning rebaseDeletesChange C:\\${S32}\\shell32.dll shell32.dll`,
      `warning rebaseKeepsRemoved C:\\${S32}\\wpeutil.dll wpeutil.dll`,
    ]);

    // tried: of some thousand entries the one file that nobody hides, and the folders that are gone
    const folders = workspace.merged.files.find(['Windows', 'System32', 'WindowsPowerShell']);
    const below = workspace.merged.files.find(['Windows', 'System32', 'WindowsPowerShell', 'v1.0']);
    expect(Math.min(folders, below)).toBeGreaterThan(0);
    const told = await workspace.useBase(side('new'));
    expect(told).toMatchObject({ files: 1 });
    expect(told!.filesGone).toBeGreaterThan(2);
    await workspace.undoBase();
  },
);
