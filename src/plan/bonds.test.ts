/** Names that a plan binds together: hard links that are kept or broken, files that are valid only together (4.7). */
import { describe, expect, test } from 'vitest';
import { windowsUpcase } from '../index/upcase.ts';
import type { RuleDraft } from '../layer/types.ts';
import { file, type TreeSpec } from '../testing/chunks.ts';
import { type LayerSpec, makeLayers } from '../testing/layers.ts';
import { randomBelow } from '../testing/merged-trees.ts';
import { sha256 } from '../testing/plan-input.ts';
import { planOf } from '../testing/settled.ts';
import type { Plan } from './plan.ts';
import { prove } from './prove.ts';
import { fileGroups } from './read-segments.ts';
import { checkRecords, verifyPlan } from './verify.ts';

const CASES = Math.min(Number(process.env['FUZZ'] ?? 80), 5000);
const upcase = windowsUpcase();

const made = (specs: readonly LayerSpec[], drafts: readonly RuleDraft[] = []) => planOf(makeLayers(...specs), drafts);
const rule = (p: string, action: RuleDraft['action'], layer?: string): RuleDraft => ({
  target: 'file',
  match: { kind: 'exact', p },
  action,
  ...(layer === undefined ? {} : { layer }),
});

/** Records by path, without their names. */
function recordsOf(plan: Plan) {
  const all: Record<string, object> = {};
  for (const { path, entries } of fileGroups(plan, upcase))
    for (const { name, record } of entries) {
      const { n: _n, ...fields } = record;
      all[[...path, name].join('\\')] = fields;
    }
  return all;
}

/** The plan with one text of its file records put in the place of another. */
function forged(plan: Plan, from: string, to: string): Plan {
  const segments = new Map(
    [...plan.segments].map(([path, bytes]) => {
      const text = new TextDecoder().decode(bytes);
      return [path, path.startsWith('files/') ? new TextEncoder().encode(text.replace(from, to)) : bytes];
    }),
  );
  expect([...segments.values()].join()).not.toBe([...plan.segments.values()].join());
  return { ...plan, segments };
}

describe('F-19 hard links', () => {
  const linked: TreeSpec = {
    d: { a: file({ size: 1, linkId: 9, links: 2 }), b: file({ size: 1, linkId: 9, links: 2 }) },
  };
  const stack = [{ tree: linked }, { tree: { d: { a: 'changed' } } }];

  test('an upper copy breaks the group, and the plan says of which names', async () => {
    const { plan, proven } = await made(stack);
    expect(proven).toBe(true);
    expect(plan.manifest.requires).toContain('linkGroup');
    expect(recordsOf(plan)).toEqual({
      d: expect.objectContaining({ a: 'mergeDir' }),
      'd\\a': { a: 'redirect', l: 'user', linkGroup: { id: 'l1', l: 'os', members: [{ p: 'd\\b' }], policy: 'break' } },
    });
  });

  test('a rule that leaves the copy out keeps the group: none of its names is to be copied up alone', async () => {
    const { plan, proven } = await made(stack, [rule('d\\a', 'keepLower')]);
    expect(proven).toBe(true);
    expect(recordsOf(plan)['d\\a']).toEqual({
      a: 'passthrough',
      linkGroup: { id: 'l1', l: 'os', members: [{ p: 'd\\b' }], policy: 'keep' },
    });
  });

  test('the names of a group stand once, however many of them are touched', async () => {
    const names = [...Array(60).keys()].map((i) => `n${i}`);
    const tree = Object.fromEntries(names.map((name) => [name, file({ size: 1, linkId: 9, links: 60 })]));
    const changed = Object.fromEntries(names.slice(0, 40).map((name) => [name, `changed ${name}`]));
    const { plan, proven } = await made(
      [{ tree: { d: tree } }, { tree: { d: changed } }],
      [rule('d\\n3', 'keepLower')],
    );
    expect(proven).toBe(true);
    const bonds = Object.values(recordsOf(plan)).flatMap((record) =>
      'linkGroup' in record ? [record.linkGroup as { policy: string; members?: readonly object[] }] : [],
    );
    expect(bonds.map(({ policy }) => policy).filter((policy) => policy === 'keep')).toHaveLength(1);
    expect(bonds).toHaveLength(40);
    expect(bonds.flatMap(({ members = [] }) => members)).toHaveLength(21);
  });

  test('groups that nothing above touches have no record', async () => {
    const { plan } = await made([{ tree: linked }, { tree: { d: { c: 'new' } } }]);
    expect(plan.manifest.requires).not.toContain('linkGroup');
    expect(Object.keys(recordsOf(plan))).toEqual(['d', 'd\\c']);
  });

  test('the replay refuses a bond that does not hold', async () => {
    const { plan, sim } = await made(stack, [rule('d\\a', 'keepLower')]);
    const replay = (from: string, to: string) => prove(forged(plan, from, to), sim, null, sha256);
    await expect(replay('"policy":"keep"', '"policy":"break"')).rejects.toThrow(/not layer os/);
    await expect(replay('"p":"d\\\\b"', '"p":"d\\\\x"')).rejects.toThrow(/bound to others/);
    await expect(replay('"l":"os","members"', '"l":"user","members"')).rejects.toThrow(/layer user/);
  });
});

describe('consistency groups', () => {
  const box = (text: string): TreeSpec => ({ m: { 'x.db': text, 'x.db-wal': `log of ${text}` } });
  const stack = [{ tree: box('a') }, { tree: { m: { 'x.db': 'b' } } }];
  const group = { id: 'g1', l: 'user', members: [{ n: 'x.db-wal' }] };

  test('are pinned to the layer of the main file, by default and by the rule of the click', async () => {
    for (const drafts of [[], [rule('m\\x.db-wal', 'hide')]]) {
      const { plan, proven } = await made(stack, drafts);
      expect(proven).toBe(true);
      expect(plan.manifest.requires).toContain('group');
      expect(recordsOf(plan)).toMatchObject({
        'm\\x.db': { a: 'redirect', l: 'user', group },
        'm\\x.db-wal': { a: drafts.length === 0 ? 'whiteout' : 'hide' },
      });
    }
  });

  test('an equal copy below does not stand in for a bound one', async () => {
    const equal = (wal: string): TreeSpec => ({ m: { 'x.db': 'same', 'x.db-wal': wal } });
    const { plan, proven } = await made([{ tree: equal('old') }, { tree: equal('new') }]);
    expect(proven).toBe(true);
    // without a log nothing is bound, and the copy below serves
    const free = await made([{ tree: { m: { 'x.db': 'same' } } }, { tree: { m: { 'x.db': 'same' } } }]);
    expect(Object.keys(recordsOf(free.plan))).toEqual(['m']);
    expect(recordsOf(plan)).toMatchObject({ 'm\\x.db': { a: 'redirect', l: 'user', group } });
  });

  test('what a rule has parted is not promised; nor is what one layer alone has', async () => {
    const parted = await made(stack, [rule('m\\x.db-wal', 'merge')]);
    expect(parted.proven).toBe(true);
    expect(parted.plan.manifest.requires).not.toContain('group');
    const alone = await made([{ tree: {} }, { tree: box('b') }]);
    expect(alone.plan.manifest.requires).not.toContain('group');
  });

  test('a bond without its feature, or to a layer that is none, is refused', async () => {
    const { plan } = await made(stack);
    await expect(verifyPlan(plan, [upcase], sha256)).resolves.toMatchObject({ ordered: true });
    const requires = plan.manifest.requires.filter((feature) => feature !== 'group');
    expect(() => checkRecords({ ...plan, manifest: { ...plan.manifest, requires } }, null, null)).toThrow(
      /requires group/,
    );
    expect(() => checkRecords(forged(plan, '"l":"user","members"', '"l":"app9","members"'), null, null)).toThrow(
      /a layer of the plan/,
    );
  });
});

test(`random stacks with links and groups: every plan proves (${CASES})`, async () => {
  const seed = Number(process.env['SEED'] ?? 20_261_121);
  const random = randomBelow(seed);
  const NAMES = ['x.db', 'x.db-wal', 'X.DB-shm', 'a.dll', 'b.dll', 'NTUSER.DAT', 'ntuser.dat.LOG1', 'e.edb', 'edb.log'];
  const tree = (): TreeSpec =>
    Object.fromEntries(
      ['d', 'e'].map((folder) => [
        folder,
        Object.fromEntries(
          NAMES.filter(() => random(3) > 0).map((name) => {
            const linkId = random(4);
            return [name, linkId === 0 ? `text ${random(3)}` : file({ size: linkId, linkId, links: 2 })];
          }),
        ),
      ]),
    );
  const bound = { group: 0, linkGroup: 0 };
  for (let i = 0; i < CASES; i++) {
    const specs: LayerSpec[] = Array.from({ length: 2 + random(2) }, () => ({ tree: tree() }));
    const actions = ['keepLower', 'hide', 'merge', 'passthrough', 'exclude', 'redirect'] as const;
    const drafts = Array.from({ length: random(4) }, () => {
      const action = actions[random(actions.length)]!;
      const p = `${random(2) === 0 ? 'd' : 'e'}\\${NAMES[random(NAMES.length)]}`;
      return rule(p, action, action === 'redirect' ? 'os' : undefined);
    });
    const { plan, proven } = await made(specs, drafts);
    expect([seed, i, proven]).toEqual([seed, i, true]);
    for (const bond of ['group', 'linkGroup'] as const) if (plan.manifest.requires.includes(bond)) bound[bond]++;
  }
  expect(Math.min(bound.group, bound.linkGroup)).toBeGreaterThan(CASES / 4);
});
