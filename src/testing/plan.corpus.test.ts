/** Plans over real images and hives: each is built, checked and replayed by the simulated driver. */
import { describe, expect, test } from 'vitest';
import type { ItemRef } from '../base/brand.ts';
import { utf16leBytes } from '../base/utf16.ts';
import { createCodecs } from '../codec/codecs.ts';
import { WasmNames } from '../codec/names.ts';
import { wim } from '../fs/wim/index.ts';
import { regfFormat } from '../hive/regf/index.ts';
import type { OpenedHive } from '../hive/types.ts';
import { KeyTableBuilder } from '../index/key-table-builder.ts';
import { NodeTableBuilder } from '../index/node-table-builder.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Layer, MountedHive } from '../layer/types.ts';
import { FileOverlay } from '../overlay/files/overlay.ts';
import { RegistryOverlay } from '../overlay/registry/overlay.ts';
import { exportPlan } from '../plan/export-plan.ts';
import type { PlanInput } from '../plan/input.ts';
import { verifyPlan } from '../plan/verify.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { corpus, corpusFolder } from './corpus.ts';
import { layerTree } from './merged-trees.ts';
import { loadModule, loadModules } from './modules.ts';
import { sha256 } from './plan-input.ts';

const modules = loadModules();
const upcase = windowsUpcase();

/** All images of a WIM as trees. */
function trees(file: string) {
  const source = new NodeFileSource(corpus(file)!);
  const opened = wim.open(source, { codecs: createCodecs(modules), modules, resolve: () => [] });
  return opened.volumes.map((volume) => {
    const builder = new NodeTableBuilder(file, volume.rootId, volume.rootRef);
    const scan = volume.scan(builder);
    while (!scan.step(100));
    return layerTree(builder.seal().table, []);
  });
}

function hive(file: string, mount: string, open: Map<string, OpenedHive>): MountedHive {
  const opened = regfFormat.open(new NodeFileSource(corpus(file)!), { module: loadModule('hivex'), logs: [] });
  const builder = new KeyTableBuilder(file, opened.root);
  const scan = opened.scan(builder);
  while (!scan.step(100));
  open.set(file, opened);
  return { mount, key: file, path: null, table: builder.seal().table, state: 'clean' };
}

async function proof(layers: readonly Layer[], open: ReadonlyMap<string, OpenedHive>) {
  const names = (table: Uint16Array) => new WasmNames(loadModule('overlay'), table);
  const files = new FileOverlay(names);
  files.update(layers, []);
  const registry = new RegistryOverlay(names);
  registry.updateSet(layers, { rules: [], hives: [] });
  const input: PlanInput = {
    version: '0',
    layers: layers.map(({ id, role }) => ({
      id,
      role,
      writable: false,
      source: {},
      os: null,
      volume: null,
      fingerprint: [],
    })),
    files,
    registry,
    upcase,
    keyUpcase: upcase,
    rules: [],
    mounts: [],
    controlSet: layers[0]!.controlSet,
    findings: [],
  };
  const exported = await exportPlan(input, layers, {
    sha256,
    fetch: async (wanted) =>
      wanted.map(({ what, hive: key, ref }) => {
        if (what === 'value') return open.get(key)!.data(ref as ItemRef);
        return utf16leBytes(open.get(key)!.describe(ref as ItemRef).className ?? '');
      }),
  });
  await verifyPlan(exported.plan, [upcase], sha256);
  return exported;
}

const roles = ['os', 'app', 'app', 'app', 'user'] as const;

describe.skipIf(corpusFolder() === null)('real layers', () => {
  test('WIMs over each other, odd names and equal files among them', async () => {
    const all = [
      'slorelee+wimbuilder2/test/boot.efbe10b.wim',
      'ied206+ManagedWimLib/ManagedWimLib.Tests/Samples/LZX.wim',
      'ebiggers+wimlib/tests/wims/longpaths.wim',
      'ebiggers+wimlib/tests/wims/duplicate_names.wim',
      'ebiggers+wimlib/tests/wims/dotdot.wim',
    ].map((file) => trees(file)[0]!);
    const layers = all.map((tree, i): Layer => {
      const role = roles[i]!;
      return { id: `l${i}`, role, name: role, enabled: true, tree, hives: [], controlSet: null };
    });
    const { proof: result, summary } = await proof(layers, new Map());
    expect(result).toMatchObject({ proven: true, difference: null });
    expect(summary.fileRecords).toBeGreaterThan(5);
  });

  test('images of one WIM that share files: what is equal needs no record', async () => {
    const images = trees('ied206+ManagedWimLib/ManagedWimLib.Tests/Samples/MultiImage.wim');
    const layers = images.map((tree, i): Layer => {
      const role = (['os', 'app', 'user'] as const)[i]!;
      return { id: `l${i}`, role, name: role, enabled: true, tree, hives: [], controlSet: null };
    });
    const { proof: result, summary } = await proof(layers, new Map());
    expect(result?.proven).toBe(true);
    expect(summary.fileRecords).toBeGreaterThan(0);
  });

  test.each([
    ['log2timeline+plaso/test_data/NTUSER.DAT', 'log2timeline+plaso/test_data/NTUSER-WIN7.DAT'],
    ['log2timeline+plaso/test_data/NTUSER-WIN7.DAT', 'msuhanov+yarp/hives_for_tests/System_Delta'],
  ])('%s below %s', async (base, upper) => {
    const open = new Map<string, OpenedHive>();
    const layers = [base, upper].map((file, i): Layer => {
      const role = (['os', 'user'] as const)[i]!;
      const hives = [hive(file, 'HKU/ann', open)];
      return { id: `l${i}`, role, name: role, enabled: true, tree: null, hives, controlSet: null };
    });
    const { proof: result, summary } = await proof(layers, open);
    expect(result).toMatchObject({ proven: true, difference: null });
    expect(summary.warnings.filter((w) => !w.startsWith('No fingerprint'))).toEqual([]);
    expect(summary.registryRecords).toBeGreaterThan(500);
  });
});
