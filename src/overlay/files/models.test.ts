/**
 * The overlay of files against the reference model, many stacks in one merge: each stands under a name of its own. All small
 * trees in three layers are 2,352,637 stacks: a part of them here, all of them and as many random ones as asked with FUZZ.
 * MODEL_VECTORS names a file of stacks and views made by a model in another language, as in files-vectors.jsonl.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { FileMarker } from '../../layer/types.ts';
import { dir, file, type TreeSpec } from '../../testing/chunks.ts';
import { makeLayers, makeNames, randomRun } from '../../testing/layers.ts';
import { randomBelow } from '../../testing/merged-trees.ts';
import { compareStacks, everyStack } from '../../testing/model-stacks.ts';
import { allFileTrees, type RefNode, type RefView, squashFiles, viewFiles } from '../../testing/reference/files.ts';
import { NO_LAYER } from '../types.ts';
import { FileOverlay } from './overlay.ts';

type Stack = readonly (RefNode | null)[];

const texts: string[] = ['?'];
const numbers = new Map<string, number>();
/** Numbers stand for identities: of files in the size column, of a directory's metadata in `allocated`. */
function number(text: string): number {
  let known = numbers.get(text);
  if (known === undefined) {
    known = texts.push(text) - 1;
    numbers.set(text, known);
  }
  return known;
}

function specOf(node: RefNode, path: string[], markers: FileMarker[]): TreeSpec[string] | null {
  if (node.type === 'whiteout') {
    markers.push({ kind: 'whiteout', path });
    return null;
  }
  if (node.type === 'file') return file({ size: number(node.id) });
  if (node.opaque) markers.push({ kind: 'opaque', path });
  const kids: Record<string, TreeSpec[string]> = {};
  for (const [name, kid] of Object.entries(node.kids)) {
    const spec = specOf(kid, [...path, name], markers);
    if (spec !== null) kids[name] = spec;
  }
  return dir({ allocated: number(node.meta) }, kids);
}

/** What the overlay shows of each stack (top first). */
function viewsOf(stacks: readonly Stack[]): (RefView | null)[] {
  const layers = Math.max(...stacks.map((stack) => stack.length));
  const specs = Array.from({ length: layers }, (_, up) => {
    const tree: Record<string, TreeSpec[string]> = {};
    const markers: FileMarker[] = [];
    stacks.forEach((stack, n) => {
      const node = stack[stack.length - 1 - up] ?? null;
      const spec = node === null ? null : specOf(node, [`s${n}`], markers);
      if (spec !== null) tree[`s${n}`] = spec;
    });
    return { tree, markers };
  });
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers(...specs), []);
  const { winner, union } = overlay.resolution;
  const viewOf = (node: number): RefView | null => {
    const layer = winner[node]!;
    if (layer === NO_LAYER) return null;
    const row = union.slots[layer]![node]!;
    const { table } = overlay.layers[layer]!;
    if (!table!.isFolder(row)) return { file: texts[table!.data.size[row]!]! };
    const kids: { [name: string]: RefView } = {};
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
      const view = viewOf(child);
      if (view !== null) kids[overlay.name(child)] = view;
    }
    return { meta: texts[table!.data.allocated[row]!]!, kids };
  };
  const views: (RefView | null)[] = stacks.map(() => null);
  for (let child = union.childStart[0]!; child < union.childStart[1]!; child++) {
    const view = viewOf(child);
    if (view !== null) views[Number(overlay.name(child).slice(1))] = view;
  }
  return views;
}

/** Keys in one order, so that equal views are equal texts. */
const told = (view: RefView | null): string => {
  if (view === null) return '-';
  if ('file' in view) return view.file;
  const kids = Object.entries(view.kids).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${view.meta}{${kids.map(([name, kid]) => `${name}:${told(kid)}`).join()}}`;
};

const TRIAL = { views: viewsOf, told };

/** Deeper trees over few names, in up to six layers. */
function* randomStacks(seed: number, count: number): Generator<Stack> {
  const random = randomBelow(seed);
  const node = (layer: number, depth: number): RefNode => {
    const what = depth > 3 ? random(2) : random(6);
    if (what === 0) return { type: 'whiteout' };
    if (what === 1) return { type: 'file', id: `f${layer}.${depth}` };
    const kids: Record<string, RefNode> = {};
    for (const name of ['a', 'b', 'c']) if (random(5) < 3) kids[name] = node(layer, depth + 1);
    return { type: 'dir', opaque: random(6) === 0, meta: `m${layer}.${depth}`, kids };
  };
  for (let n = 0; n < count; n++)
    yield Array.from({ length: 1 + random(6) }, (_, i) => (random(10) === 0 ? null : node(9 - i, 0)));
}

describe('the merge of files and the reference model', () => {
  const whole = process.env['FUZZ'] !== undefined;

  it('fuzz: agree on small trees in three layers', () => {
    const step = whole ? 1 : 499;
    const count = compareStacks(
      TRIAL,
      everyStack([allFileTrees(2), allFileTrees(1), allFileTrees(0)], step),
      viewFiles,
      'small trees',
    );
    expect(count).toBe(Math.ceil(2_352_637 / step));
  });

  it('fuzz: agree on random trees in up to six layers', () => {
    const { seed, count } = randomRun(2000);
    expect(compareStacks(TRIAL, randomStacks(seed, count), viewFiles, `seed ${seed}`)).toBe(count);
  });

  it('agree with a model in another language, whose squashing is ours', async () => {
    interface Vector {
      readonly stack: Stack;
      readonly squashed: RefNode | null;
      readonly view: RefView | null;
    }
    const check = (lines: readonly string[]) => {
      const vectors = lines.map((line) => JSON.parse(line) as Vector);
      const known = new Map(vectors.map(({ stack, view }) => [stack, view]));
      compareStacks(TRIAL, known.keys(), (stack) => known.get(stack) ?? null, 'vectors');
      for (const { stack, squashed, view } of vectors) {
        expect(told(viewFiles(stack))).toBe(told(view));
        expect(squashFiles(stack[0]!, stack[1]!)).toEqual(squashed);
      }
      return vectors.length;
    };
    const own = readFileSync(new URL('files-vectors.jsonl', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    expect(check(own)).toBe(200);
    const more = process.env['MODEL_VECTORS'];
    if (more === undefined) return;
    let lines: string[] = [];
    for await (const line of createInterface({ input: createReadStream(more) })) {
      lines.push(line);
      if (lines.length === 20_000) lines = lines.slice(check(lines));
    }
    check(lines);
  });
});
