/**
 * Upper directories of overlayfs against overlayfs itself: layers are written through a mount, packed with GNU tar as one
 * would on such a system, and merged here. The mounted view is what is right.
 */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli } from '../testing/cli.ts';
import { Random } from '../testing/damage.ts';
import { canMount, filesOf, UNIONS, withUnion } from '../testing/overlay-mount.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { nodeHost } from './host.ts';
import { openLayers } from './layers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-overlayfs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ['a', 'b', 'c', 'data', 'lib', 'x.txt', 'y.txt'];
let serial = 0;
const text = () => `text ${serial++} ${'-'.repeat(serial % 50)}`;

/** Random work in a tree, as a program would do it; what the tree refuses is left alone. */
function change(root: string, random: Random, steps: number): void {
  const some = (directories: boolean): string | null => {
    const all = [...filesOf(root)].filter(([, content]) => (content === null) === directories).map(([name]) => name);
    return all.length === 0 ? null : path.join(root, all[random.below(all.length)]!.replaceAll('\\', '/'));
  };
  for (let i = 0; i < steps; i++) {
    const place = random.below(3) === 0 ? root : (some(true) ?? root);
    const fresh = path.join(place, NAMES[random.below(NAMES.length)]!);
    const [file, directory] = [some(false), some(true)];
    try {
      switch (random.below(9)) {
        case 0:
        case 1:
          mkdirSync(fresh);
          break;
        case 2:
        case 3:
          writeFileSync(fresh, text());
          break;
        case 4:
          if (file !== null) rmSync(file);
          break;
        case 5:
          if (directory !== null) rmSync(directory, { recursive: true });
          break;
        case 6:
          if (file !== null) chmodSync(file, 0o600);
          break;
        case 7:
          if (file !== null) renameSync(file, fresh);
          break;
        default:
          if (directory !== null) renameSync(directory, fresh);
      }
    } catch {
      // a name that is taken, a folder into itself, a rename across layers: nothing happens then
    }
  }
}

/** As an archive, or as a disk of Linux: both keep devices and attributes. */
function pack(from: string, to: string, disk: boolean): string {
  if (disk) runTool('mkfs.ext4', ['-q', '-F', '-b', '1024', '-O', '^has_journal', '-d', from, to, '2M']);
  else runTool('tar', ['--xattrs', '--xattrs-include=*', '-cf', to, '-C', from, '.']);
  return to;
}

/** Every path of the merged view with the text of files and null for directories, as `filesOf` tells a mounted one. */
async function merged(layers: readonly string[]) {
  const [os, ...above] = layers;
  const workspace = await openLayers(nodeHost(), {
    layers: [{ role: 'os', image: os! }, ...above.map((image) => ({ role: 'user' as const, image }))],
    rules: [],
  });
  const stores = workspace.state().layers.map(({ store }) => store);
  const found = new Map<string, string | null>();
  for (const { node, path: name, directory, layer, size } of await workspace.filesBelow(0)) {
    if (name === 'lost+found') continue;
    const read = async () => new TextDecoder().decode(await workspace.readFile(node, layer, '', 0, size));
    found.set(name.replaceAll('/', '\\'), directory ? null : await read());
  }
  // a plan that is built is proven by replay
  await workspace.buildPlan();
  return { stores, found };
}

const sorted = (files: ReadonlyMap<string, string | null>) => [...files].sort(([a], [b]) => (a < b ? -1 : 1));

describe.each(UNIONS)('%s', (union) => {
  const possible = hasTool('tar') && canMount(union);
  test.skipIf(!possible)(
    'fuzz: shows what is merged here, for three layers',
    async () => {
      const rounds = Math.min(200, Number(process.env['FUZZ'] ?? 6));
      let marked = 0;
      for (let seed = 1; seed <= rounds; seed++) {
        const random = new Random(seed);
        const at = (name: string) => path.join(folder, `${union.replaceAll(' ', '-')}-${seed}`, name);
        mkdirSync(at('lower'), { recursive: true });
        for (const name of ['gone in the middle', 'gone above']) writeFileSync(at(`lower/${name}`), text());
        change(at('lower'), random, 40);
        let right = new Map<string, string | null>();
        withUnion(union, at('.'), [at('lower')], at('middle'), (mounted) => {
          rmSync(path.join(mounted, 'gone in the middle'), { force: true });
          change(mounted, random, 25);
        });
        withUnion(union, at('.'), [at('middle'), at('lower')], at('upper'), (mounted) => {
          change(mounted, random, 25);
          right = filesOf(mounted);
        });
        const layers = ['lower', 'middle', 'upper'].map((name) =>
          pack(at(name), at(`${name}.img`), seed % 3 === 0 && hasTool('mkfs.ext4')),
        );
        const { stores, found: ours } = await merged(layers);
        for (const store of stores) marked += Number(store === 'overlayfs');
        expect(sorted(ours), `seed ${seed}`).toEqual(sorted(right));
        if (seed % 3 !== 1) continue;
        const one = at('squashed.tar');
        const [os, ...above] = layers.map((image, i) => [i === 0 ? '--os' : '--app', image]);
        const run = cli(['merge', ...os!, ...above.flat(), 'squash', '-o', one]);
        expect(run.code, run.err).toBe(0);
        const squashed = await merged([layers[0]!, one]);
        expect(sorted(squashed.found), `squashed, seed ${seed}`).toEqual(sorted(right));
      }
      // a layer that deletes nothing has no marks to be known by
      expect(marked).toBeGreaterThan(rounds);
    },
    600_000,
  );
});
