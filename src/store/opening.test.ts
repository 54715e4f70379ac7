/** Opening over a bridge without workers: disks are files whose text says what they are and what they need. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { BridgeApi, FileSet } from '../bridge/types.ts';
import type { ChainEntry, LayerInfo, LayerSpec } from '../engine/api.ts';
import type { Taken } from './dropped.ts';
import { createImages } from './images.ts';
import { toSaved } from './memory.ts';
import { createNotices } from './notices.ts';
import { createOpening } from './opening.ts';
import type { SavedWorkspace } from './persist.ts';

/** `disk('c', 'b')`: c.vhdx, which needs b.vhdx. */
function disk(name: string, parent?: string, optional = false): Taken {
  const file = new File([], `${name}.vhdx`, { lastModified: 1 });
  return { file: Object.assign(file, { made: { name, parent, optional } }), handle: null };
}
/** A saved container image of that many layers. */
function saved(name: string, layers: number): Taken {
  const file = new File([], `${name}.tar`, { lastModified: 1 });
  return { file: Object.assign(file, { made: { name, optional: false, layers } }), handle: null };
}
/** A registry hive. */
function hive(name: string): Taken {
  return { file: Object.assign(new File([], name), { made: { name, optional: false, hive: true } }), handle: null };
}
type Made = { name: string; parent?: string; optional: boolean; layers?: number; hive?: boolean };
const made = (file: File) => (file as File & { made: Made }).made;

/** Chain of a file among others, as the engine would tell it. */
function chainOf(main: File, others: readonly File[], picks: ReadonlyMap<string, File>): ChainEntry[] {
  const entries: ChainEntry[] = [];
  let at: File | undefined = main;
  for (let id = 'parent'; at !== undefined && made(at).parent !== undefined; id += '/parent') {
    const { parent, optional }: Made = made(at);
    const all: readonly File[] = [main, ...others];
    const found: File | undefined = picks.get(id) ?? others.find((file) => made(file).name === parent);
    entries.push({
      id,
      depth: entries.length + 1,
      kind: 'parent',
      title: `the parent ${parent}`,
      required: !optional,
      names: [`${parent}.vhdx`],
      identity: '',
      status: found === undefined ? 'missing' : made(found).name === parent ? 'found' : 'differs',
      file: found?.name ?? null,
      files: found === undefined ? [] : [found.name],
      candidates: found === undefined ? [] : [{ file: found.name, index: all.indexOf(found), differs: null }],
    });
    at = found;
  }
  return entries;
}

const parentsIn = (main: File, files: readonly File[]): number[] =>
  chainOf(main, files, new Map()).flatMap(({ file }) => {
    const at = files.findIndex(({ name }) => name === file);
    return at < 0 ? [] : at;
  });

function setUp() {
  const layers: LayerInfo[] = [];
  const open = new Set<string>();
  const opened: FileSet[] = [];
  let next = 0;
  const bridge = {
    async identify(files: readonly File[]) {
      const groups = files.map((file, main) => ({
        main,
        others: parentsIn(file, files),
        logs: [],
        inner: files.some((other, i) => i !== main && parentsIn(other, files).includes(main)),
      }));
      return { probes: [], groups, plans: [], rules: [], refused: [] };
    },
    async openImage(set: FileSet) {
      opened.push(set);
      const image = `image${++next}`;
      open.add(image);
      const chain = chainOf(set.main, set.others, set.picks);
      const lacks = chain.some(({ file, required }) => file === null && required);
      const node = {
        mount: '',
        format: 'vhdx',
        title: set.main.name,
        size: 1,
        facts: {},
        identity: {},
        findings: [],
        chain,
        parts: [],
        kind: lacks ? null : made(set.main).hive ? ('hive' as const) : ('tree' as const),
        refusal: lacks
          ? ({ code: 'MissingParent', where: { source: 'x', offset: null }, expected: 'a', actual: 'b' } as const)
          : null,
      };
      const parts = Array.from({ length: made(set.main).layers ?? 0 }, (_, i) => ({
        ...node,
        mount: `l${i + 1}`,
        title: `RUN ${i + 1}`,
        facts: { layer: i + 1 },
      }));
      return { image, report: { name: set.main.name, size: 1, root: { ...node, parts } } };
    },
    async closeImage(image: string) {
      open.delete(image);
    },
    workspace: {
      async addLayer({ image, mount, role, name, replaces }: LayerSpec) {
        const id = `layer${++next}`;
        const at = layers.findIndex((layer) => layer.id === replaces);
        const old = layers[at];
        const layer = { ...(old ?? { role, name }), id, image, mount } as LayerInfo;
        if (at < 0) layers.unshift(layer);
        else layers[at] = layer;
        images.follow(layers);
        return id;
      },
      async setOrder() {},
    },
  } as unknown as BridgeApi;
  const images = createImages(bridge);
  const notices = createNotices();
  const replaced: [string, string][] = [];
  const opening = createOpening(bridge, notices, {
    plan: vi.fn(),
    added: vi.fn(),
    replaced: (old, now) => replaced.push([old, now]),
    layers: () => layers,
    images,
  });
  const state = () => opening.state.value;
  return {
    bridge,
    opening,
    images,
    layers,
    open,
    opened,
    notices,
    replaced,
    state,
    choices: () => {
      const now = state();
      return now.phase === 'choose' ? now.choices : [];
    },
    refused: () => {
      const now = state();
      return now.phase === 'choose' ? now.refused : [];
    },
  };
}

let it: ReturnType<typeof setUp>;
const names = () => it.choices().map(({ name, included }) => `${name}${included ? '' : '?'}`);
beforeEach(() => {
  it = setUp();
});

describe('a hive', () => {
  test('by itself is opened without a question', async () => {
    await it.opening.open([hive('SOFTWARE')]);
    expect(it.state().phase).toBe('idle');
    expect(it.layers).toMatchObject([{ name: 'SOFTWARE', role: 'os' }]);
    expect(it.images.get(it.layers[0]!.image)?.remembered).toBe(true);
  });

  test('beside other files, or above other layers, has a role to choose', async () => {
    await it.opening.open([hive('SOFTWARE'), hive('NTUSER')]);
    expect(it.choices().length).toBe(2);
    await it.opening.commit();
    await it.opening.open([hive('SYSTEM')]);
    expect(names()).toEqual(['SYSTEM']);
    expect(it.layers.length).toBe(2);
  });

  test('that joins files of an open dialog waits with them', async () => {
    await it.opening.open([disk('x')]);
    await it.opening.open([hive('SYSTEM')]);
    expect(it.choices().length).toBe(2);
  });
});

describe('a chain', () => {
  const [c, b, a] = [disk('c', 'b'), disk('b', 'a'), disk('a')];

  test('is one choice; its parents are opened when they are asked for', async () => {
    await it.opening.open([a, b, c]);
    expect(names()).toEqual(['c', 'a?', 'b?']);
    expect(it.opened).toHaveLength(1);
    it.opening.change(it.choices()[2]!.id, { included: true });
    await vi.waitFor(() => expect(it.choices()[2]!.image).not.toBeNull());
    await it.opening.commit();
    expect(it.layers.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(it.open.size).toBe(2);
  });

  test('what is missing may come while the dialog is open; what was read is not read again', async () => {
    const other = disk('x');
    await it.opening.open([c, b, other]);
    expect(names()).toEqual(['x']);
    expect(it.refused().map(({ name, chain }) => [name, chain.map(({ status }) => status)])).toEqual([
      ['c.vhdx', ['found', 'missing']],
    ]);
    const before = it.opened.filter(({ main }) => main === other.file).length;
    await it.opening.open([a]);
    expect(names().sort()).toEqual(['a?', 'b?', 'c', 'x']);
    expect(it.opened.filter(({ main }) => main === other.file)).toHaveLength(before);
    it.opening.cancel();
    expect(it.open.size).toBe(0);
  });

  test('what is missing may come after the dialog was closed', async () => {
    await it.opening.open([c, b]);
    it.opening.cancel();
    await it.opening.open([disk('unrelated')]);
    expect(names()).toEqual(['unrelated']);
    it.opening.cancel();
    await it.opening.open([a]);
    expect(names()).toEqual(['c', 'a?']);
    await it.opening.commit();
    await it.opening.open([disk('a')]);
    expect(names()).toEqual(['a']);
  });

  test('the same file dropped again is the one that waits', async () => {
    await it.opening.open([c]);
    it.opening.cancel();
    await it.opening.open([disk('c', 'b'), disk('b')]);
    expect(names()).toEqual(['c', 'b?']);
  });
});

describe('a file chosen by hand', () => {
  const [c, x] = [disk('c', 'b'), disk('x')];

  test('is used and is no layer of its own', async () => {
    await it.opening.open([c]);
    const { set } = it.refused()[0]!;
    await it.opening.pick({ set: set! }, 'parent', x);
    expect(names()).toEqual(['c', 'x?']);
    expect(it.choices()[0]!.chain[0]).toMatchObject({ status: 'differs', file: 'x.vhdx' });
    await it.opening.commit();
    const saved = toSaved('id', it.layers, it.images, { error: 0, warning: 0 }, undefined as never)!;
    expect(saved.files.map(({ name }) => name)).toEqual(['c.vhdx', 'x.vhdx']);
    expect(saved.picks).toEqual([{ file: 0, need: 'parent', picked: 1 }]);

    // and again from what was saved
    it = setUp();
    await it.opening.open([c, x], { saved });
    expect(it.layers.map(({ name }) => name)).toEqual(['c']);
    expect([...it.opened.at(-1)!.picks]).toEqual([['parent', x.file]]);
  });
});

describe('an image that lacks something and is shown in part', () => {
  const [c, b] = [disk('c', 'b', true), disk('b')];

  test('is opened again when it comes, in its place and without a question', async () => {
    await it.opening.open([disk('z'), c]);
    await it.opening.commit();
    const [lower, upper] = [it.layers[1]!.id, it.layers[0]!.id];
    const at = it.layers.findIndex(({ name }) => name === 'c');
    expect(it.images.lacking()).toHaveLength(1);
    await it.opening.open([b]);
    expect(it.state().phase).toBe('idle');
    expect(it.layers).toHaveLength(2);
    expect(it.layers[at]!.name).toBe('c');
    expect(it.replaced).toEqual([[at === 0 ? upper : lower, it.layers[at]!.id]]);
    expect(it.images.lacking()).toEqual([]);
    expect(it.notices.toasts.value.map(({ notice }) => notice.code)).toEqual(['imageRenewed']);
    expect(it.open.size).toBe(2);
  });
});

describe('images', () => {
  test('close with their last layer, not before', async () => {
    const images = createImages({ closeImage: async (image: string) => void closed.push(image) });
    const closed: string[] = [];
    const set = { main: disk('a'), others: [], logs: [], picks: new Map() };
    images.hold({ ...set, image: 'i', report: undefined as never, remembered: true });
    const layer = (id: string) => ({ id, image: 'i' }) as LayerInfo;
    images.follow([]); // not told of yet
    images.follow([layer('1'), layer('2')]);
    images.follow([layer('2')]);
    expect(closed).toEqual([]);
    images.follow([]);
    images.follow([]);
    expect(closed).toEqual(['i']);
    expect(images.get('i')).toBeUndefined();
  });
});

test('two layers of one image come back as two, of one image', async () => {
  const layer = (name: string) => ({ file: 0, mount: '', role: 'os', name, letter: 'B', hue: 'base' }) as const;
  const saved = {
    id: 'x',
    name: '',
    when: 0,
    layers: [layer('up'), layer('down')],
    files: [],
  } as unknown as SavedWorkspace;
  await it.opening.open([disk('a')], { saved });
  expect(it.layers.map(({ name }) => name)).toEqual(['up', 'down']);
  expect(new Set(it.layers.map(({ image }) => image)).size).toBe(1);
  expect(it.opened).toHaveLength(1);
});

describe('a saved container image', () => {
  test('alone becomes its layers, base first', async () => {
    await it.opening.open([saved('windows-app', 3)]);
    expect(it.choices().map(({ name, mount, role, included }) => [name, mount, role, included])).toEqual([
      ['RUN 3', 'l3', 'app', true],
      ['RUN 2', 'l2', 'app', true],
      ['RUN 1', 'l1', 'os', true],
    ]);
    await it.opening.commit();
    expect(it.layers.map(({ name, mount }) => [name, mount])).toEqual([
      ['RUN 3', 'l3'],
      ['RUN 2', 'l2'],
      ['RUN 1', 'l1'],
    ]);
    expect(it.opened).toHaveLength(1);
  });

  test('what was changed in the dialog stays with its layer when another file comes', async () => {
    await it.opening.open([saved('app', 2)]);
    it.opening.change(it.choices()[0]!.id, { included: false });
    await it.opening.open([disk('c')]);
    expect(names().sort()).toEqual(['RUN 1', 'RUN 2?', 'c']);
  });
});

describe('what goes wrong', () => {
  const codes = (notices: ReturnType<typeof setUp>['notices']) => notices.toasts.value.map(({ notice }) => notice.code);

  test('an image that becomes no layer is closed', async () => {
    const all = setUp();
    vi.spyOn(all.bridge.workspace, 'addLayer').mockRejectedValueOnce(new Error('too many layers'));
    await all.opening.open([disk('a'), disk('b')]);
    await all.opening.commit();
    expect([all.layers.length, codes(all.notices)]).toEqual([1, ['error']]);
    expect([...all.open]).toEqual([all.layers[0]!.image]);
    expect(all.images.get(all.layers[0]!.image)).toBeDefined();
  });

  test('an image that was opened again and takes no place is closed, the old one stays', async () => {
    const all = setUp();
    await all.opening.open([disk('c', 'b', true)]);
    await all.opening.commit();
    const [before] = all.open;
    vi.spyOn(all.bridge.workspace, 'addLayer').mockRejectedValueOnce(new Error('no'));
    await all.opening.open([disk('b')]);
    expect(codes(all.notices)).toContain('error');
    expect([...all.open]).toEqual([before]);
    expect(all.images.lacking().map(({ image }) => image)).toEqual([before]);
  });

  test('a part that was being opened when the dialog closed is no fault', async () => {
    const all = setUp();
    await all.opening.open([disk('c', 'b'), disk('b')]);
    const part = all.choices().find(({ partOf }) => partOf !== null)!;
    all.opening.change(part.id, { included: true });
    all.opening.cancel();
    await vi.waitFor(() => expect([...all.open]).toEqual([]));
    expect([codes(all.notices), all.state().phase]).toEqual([[], 'idle']);
  });
});
