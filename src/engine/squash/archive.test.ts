/** Archives of random pairs of layers: read back, in the place of the two, they show what the two show, to the last byte. */
import { expect, test } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { Layer } from '../../layer/types.ts';
import { FileOverlay } from '../../overlay/files/overlay.ts';
import { casedElsewhere } from '../../overlay/squash/case.ts';
import { NO_LAYER } from '../../overlay/types.ts';
import { MemorySource } from '../../source/memory.ts';
import type { TreeSpec } from '../../testing/chunks.ts';
import { makeLayer, makeNames, randomRun } from '../../testing/layers.ts';
import { randomBelow } from '../../testing/merged-trees.ts';
import { loadModules } from '../../testing/modules.ts';
import { type FileStack, layersOf, randomFileStack, stacksOf } from '../../testing/squash-files.ts';
import type { ImageApi, NodeDetailInfo } from '../api-image.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { readLayer } from '../workspace/read-layer.ts';
import type { SquashSide } from './hives.ts';
import { squashStore } from './squash.ts';

const modules = loadModules();
const host = webHost(modules);
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const TARGET = 'C:\\somewhere';
const BATCH = 40;

/** What can be asked of a layer's files. */
interface Bytes {
  readonly api: Pick<ImageApi, 'describe' | 'read'>;
  readonly mount: string;
}

/** Names of one file have the same bytes, which name it; streams name theirs. */
function madeBytes({ id, tree }: Layer): Bytes {
  const { data } = tree!.table;
  const named = (row: number) => `${id} ${data.links[row]! > 1 ? `group ${data.linkId[row]}` : `file ${row}`}`;
  const rows = new Map<number, number>();
  for (let row = 1; row < data.count; row++) {
    rows.set(data.ref[row]!, row);
    const leaf = (data.flags[row]! & (NodeFlag.directory | NodeFlag.link)) === 0;
    data.size[row] = leaf ? named(row).length : 0;
  }
  const streamed = (row: number) => (data.flags[row]! & NodeFlag.streams) !== 0;
  return {
    mount: '',
    api: {
      describe(_mount, ref) {
        const row = rows.get(ref)!;
        const streams = streamed(row)
          ? [
              { name: '', size: data.size[row]! },
              { name: 's', size: named(row).length + 1 },
            ]
          : [];
        const reparseTarget = (data.flags[row]! & NodeFlag.link) !== 0 ? TARGET : null;
        return { streams, reparseTarget, security: null } as unknown as NodeDetailInfo;
      },
      read(_mount, ref, stream, offset, length) {
        return utf8(`${named(rows.get(ref)!)}${stream}`).subarray(offset, offset + length);
      },
    },
  };
}

const textOf = async ({ api, mount }: Bytes, ref: number, stream: string, size: number) =>
  text(await api.read(mount, ref, stream, 0, size));

/** What the merged view shows of each stack: names, bytes, streams, links, and which names are of one file. */
async function viewsOf(layers: readonly Layer[], bytes: ReadonlyMap<string, Bytes>): Promise<string[][]> {
  const overlay = new FileOverlay(makeNames);
  overlay.update(layers, []);
  const { union, winner } = overlay.resolution;
  const views: string[][] = [];
  for (let top = union.childStart[0]!; top < union.childStart[1]!; top++) {
    const groups = new Map<string, string[]>();
    const lines: string[] = [];
    const walk = async (node: number): Promise<void> => {
      for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
        const layer = winner[child]!;
        if (layer === NO_LAYER) continue;
        const { data } = overlay.layers[layer]!.table!;
        const row = union.slots[layer]![child]!;
        const path = overlay.path(child).join('\\');
        const flags = data.flags[row]!;
        if ((flags & NodeFlag.link) !== 0 || (flags & NodeFlag.directory) === 0) {
          const of = bytes.get(overlay.layerIds[layer]!)!;
          const detail = await of.api.describe(of.mount, data.ref[row]!);
          const facts = [detail.reparseTarget ?? ''];
          if (detail.reparseTarget === null) facts.push(await textOf(of, data.ref[row]!, '', data.size[row]!));
          for (const { name, size } of detail.streams)
            if (name !== '') facts.push(`${name}=${await textOf(of, data.ref[row]!, name, size)}`);
          lines.push(`${path} ${facts.join(' ')}`);
          const group = `${layer} ${data.linkId[row]}`;
          if (data.links[row]! > 1) groups.set(group, [...(groups.get(group) ?? []), path]);
        } else {
          lines.push(`${path}\\ ${flags & NodeFlag.caseSensitive}`);
          await walk(child);
        }
      }
    };
    await walk(top);
    for (const names of groups.values()) if (names.length > 1) lines.push(`one file: ${names.join(' ')}`);
    views[Number(overlay.name(top).slice(1))] = lines;
  }
  return views;
}

async function squashed(pair: readonly [Layer, Layer], bytes: ReadonlyMap<string, Bytes>) {
  const side = (layer: Layer): SquashSide => {
    const { api, mount } = bytes.get(layer.id)!;
    return { layer, api: api as ImageApi, mount, mountName: (hive) => hive.mount };
  };
  const context = { module: modules.overlay, rules: [], controlSet: null, upcase: windowsUpcase(), together: false };
  const archive = squashStore([side(pair[0]), side(pair[1])], context);
  const parts: Uint8Array[] = [];
  for await (const part of archive.pieces) parts.push(part);
  const { image } = openImage(host, new MemorySource('one.tar', new Uint8Array(Buffer.concat(parts))));
  const { mount } = mountable(image.report().root)[0]!;
  const hooks = { stage: () => {}, progress: () => {}, cancelled: () => false, now: () => 0 };
  const source = { image, mount, name: 'one', kind: 'tree', owner: 'x', store: null } as const;
  const { findings, tree } = await readLayer(source, hooks);
  const layer: Layer = { ...makeLayer('one', {}), tree };
  return { layer, bytes: { api: image, mount }, findings, told: archive.report().findings };
}

test('names that fall together are told, but not where the upper layer leaves nothing of them', async () => {
  const twins = { a: '1', A: '2' };
  const told = async (lower: TreeSpec, upper: TreeSpec) => {
    const markers = [{ kind: 'whiteout', path: ['gone'] } as const];
    const pair = [makeLayer('l', { tree: lower }), makeLayer('u', { tree: upper, markers })] as const;
    const one = await squashed(pair, new Map(pair.map((layer) => [layer.id, madeBytes(layer)])));
    return one.told.map(({ code, facts }) => `${code} ${facts?.['count']} ${facts?.['first']}`);
  };
  expect(await told({ gone: twins, F: twins }, { F: 'a file' })).toEqual([]);
  expect(await told({ gone: twins, D: twins }, { D: {}, E: twins })).toEqual(['squashNamesAlike 2 D\\a']);
});

test('what a mark puts into a folder that neither layer has is told', async () => {
  const markers = [{ kind: 'origin', path: ['Nowhere', 'm'], from: ['A', 'f'] } as const];
  const pair = [makeLayer('l', { tree: { A: { f: '1' } } }), makeLayer('u', { tree: {}, markers })] as const;
  const one = await squashed(pair, new Map(pair.map((layer) => [layer.id, madeBytes(layer)])));
  expect(one.told.map(({ code, facts }) => `${code} ${facts?.['first']}`)).toEqual(['squashFolderAbsent Nowhere\\m']);
});

test('fuzz: an archive shows what its two layers show: bytes, streams, links, hard links, marks, case', async () => {
  const { seed, count } = randomRun(120);
  let pairs = 0;
  for (let from = 0; from < count; from += BATCH) {
    const stacks = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => {
      const stack = randomFileStack(randomBelow(seed + from + n), (from + n) % 2 === 0);
      // half a pair cannot stand in an archive
      return JSON.parse(JSON.stringify(stack).replaceAll('\\ud800', 'e')) as FileStack;
    });
    const layers = layersOf(stacks).map((sketch, i) => makeLayer(`layer${i}`, sketch));
    const bytes = new Map(layers.map((layer) => [layer.id, madeBytes(layer)]));
    const expected = await viewsOf(layers, bytes);
    const overlay = new FileOverlay(makeNames);
    overlay.update(layers, []);
    const { layers: rows, resolution } = overlay;
    for (let at = 0; at + 1 < layers.length; at++) {
      const elsewhere = stacksOf(overlay, casedElsewhere(resolution, rows, [at, at + 1]));
      const pair = new FileOverlay(makeNames);
      pair.update([layers[at]!, layers[at + 1]!], []);
      const alike = stacksOf(
        pair,
        pair.union.twins.map(({ node }) => node),
      );
      const one = await squashed([layers[at]!, layers[at + 1]!], bytes);
      expect(one.findings).toEqual([]);
      expect(one.told.map(({ code }) => code).filter((code) => code !== 'squashNamesAlike')).toEqual([]);
      const now = [...layers.slice(0, at), one.layer, ...layers.slice(at + 2)];
      const views = await viewsOf(now, new Map([...bytes, ['one', one.bytes]]));
      for (const [n, stack] of stacks.entries()) {
        if (at + 1 >= stack.length || elsewhere.has(n) || alike.has(n)) continue;
        expect(views[n], `seed ${seed + from + n}, pair ${at}: ${JSON.stringify(stack)}`).toEqual(expected[n]);
        pairs++;
      }
    }
  }
  expect(pairs).toBeGreaterThan(count);
});
