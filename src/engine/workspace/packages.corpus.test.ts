/** Real packages and their hives: those of the Package Support Framework's tests and of Microsoft's labs. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../base/findings.ts';
import { MemorySource } from '../../source/memory.ts';
import { corpus } from '../../testing/corpus.ts';
import { buildHive } from '../../testing/hive-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { webHost } from '../host.ts';
import { mergedFiles, mergedKeys } from '../merged-listing.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const SCENARIOS = 'microsoft+MSIX-PackageSupportFramework/tests/scenarios';
const PACKAGE = 'MyEmployees-ExportPlugin_1.0.0.0_x64__8h66172c634n0';
const MSIX = corpus(`microsoft+MSIX-Labs/ITProLabs/MSIXLab/Final/Exercise 2/${PACKAGE}.msix`);
const host = webHost(loadModules());
const software = () => buildHive({ name: 'ROOT', keys: [{ name: 'Microsoft' }, { name: 'Classes' }] }, { minor: 5 });

/** Layers from bytes, base first. */
async function over(...images: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<Workspace> {
  const workspace = new Workspace(host);
  for (const [i, [name, bytes]] of images.entries()) {
    const { image } = openImage(host, new MemorySource(name, bytes));
    workspace.attachImage(name, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    await workspace.addLayer({ image: name, mount, role: i === 0 ? 'os' : 'app', name: null });
  }
  await workspace.settled();
  return workspace;
}

async function keysOf(workspace: Workspace, path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of mergedKeys(workspace, path, true, false)) found.push(key.key);
  return found;
}

describe.skipIf(corpus(SCENARIOS) === null).each(['EnvVarsATest', 'EnvVarsWTest', 'RegLegacyTest'])(
  '%s',
  (scenario) => {
    const hive = (name: string) => readFileSync(corpus(`${SCENARIOS}/${scenario}/${name}`)!);

    test('its hives open as a layer, each in its place', async () => {
      const workspace = await over(
        ['SOFTWARE', software()],
        ['Registry.dat', hive('Registry.dat')],
        ['User.dat', hive('User.dat')],
        ['UserClasses.dat', hive('UserClasses.dat')],
      );
      const mounts = workspace.state().mounts.map(({ mount }) => mount);
      expect(mounts).toEqual(['HKLM/SOFTWARE', 'HKLM/SYSTEM', 'HKU/user', 'HKU/user_Classes']);
      const keys = await keysOf(workspace, 'HKLM\\SOFTWARE');
      expect(keys.length).toBeGreaterThan(3);
      expect(keys.some((key) => key.includes('REGISTRY\\MACHINE'))).toBe(false);
      if (scenario === 'RegLegacyTest') {
        expect(keys).toContain('HKLM\\SOFTWARE\\Vendor_Covered\\SubKey');
        expect(await keysOf(workspace, 'HKCU\\Software')).toContain('HKCU\\Software\\Vendor_NotCovered\\SubKey');
      }
      expect(workspace.damage()).toEqual([]);
    });
  },
);

describe.skipIf(MSIX === null)('the package of the lab', () => {
  test('is named as its file is, its files and keys are where its programs see them, every block holds', async () => {
    const bytes = readFileSync(MSIX!);
    const workspace = await over(['SOFTWARE', software()], [`${PACKAGE}.msix`, bytes]);
    const files = [...mergedFiles(workspace, '', true, false)].map(({ path }) => path);
    expect(files).toContain(`Program Files\\WindowsApps\\${PACKAGE}\\AppxManifest.xml`);
    expect(files).toContain('Program Files (x86)\\Contoso\\MyEmployees\\Plugins\\CsvHelper.dll');
    expect(await keysOf(workspace, 'HKLM\\SOFTWARE\\WOW6432Node\\Contoso')).toContain(
      'HKLM\\SOFTWARE\\WOW6432Node\\Contoso\\MyEmployees (Export Plugin)',
    );
    const found: Finding[] = [];
    const { image } = openImage(host, new MemorySource('x.msix', bytes));
    for (let done = false; !done; ) {
      const step = image.verifyNext('', 1000);
      found.push(...step.findings);
      done = step.finished;
    }
    expect(found).toEqual([]);
  });
});
