import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { LayerRole } from '../layer/types.ts';
import { dir, type KeySpec, type TreeSpec } from '../testing/chunks.ts';
import { randomBelow } from '../testing/merged-trees.ts';
import { MODES, RULES, randomSketches, type Sketch, setUp, sha256 } from '../testing/plan-input.ts';
import { buildPlan } from './build.ts';
import { readPlan, writePlan } from './file.ts';
import type { PlanHost } from './input.ts';
import type { Plan } from './plan.ts';
import { prove } from './prove.ts';
import { simulate } from './simulate.ts';
import { summarize } from './summary.ts';
import { verifyPlan } from './verify.ts';

/** A whole plan costs as much as ten small trees. */
const CASES = Math.ceil(Number(process.env['FUZZ'] ?? 400) / 10);
const upcase = windowsUpcase();

const one = (hives: Readonly<Record<string, KeySpec>>, role: LayerRole = 'os'): Sketch => ({ role, tree: null, hives });

/** Registry records as `[key, value name, record without names]`. */
function registryRecords(plan: Plan): unknown[] {
  const text = [...plan.segments]
    .filter(([path]) => path.startsWith('registry/'))
    .map(([, bytes]) => new TextDecoder().decode(bytes));
  return text
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { k, e } = JSON.parse(line) as { k: string; e: Record<string, unknown>[] };
      return e.map(({ v, ...record }) => [k, v ?? null, record]);
    });
}

describe('file records', () => {
  test('a plan that gives 8.3 names says that it asks for it', async () => {
    const sketch = (name: string, role: LayerRole): Sketch => ({
      role,
      tree: { [name]: dir({ short: 'LONGNA~1' }) },
      hives: {},
    });
    const { input, host } = setUp([sketch('long name one', 'os'), sketch('long name two', 'user')]);
    const { plan } = await buildPlan(input, host);
    expect(plan.manifest.requires).toEqual(['files.v1', 'registry.v1', 'shortName']);
    const text = [...plan.segments.values()].map((bytes) => new TextDecoder().decode(bytes)).join('');
    expect(text).toContain('"sn":"LONGNA~2"');
    const read = readPlan(new Uint8Array(await (await writePlan(plan)).arrayBuffer()));
    expect(read.manifest.requires).toContain('shortName');
  });
});

describe('registry records', () => {
  test('upper value, new value, deleted value, equal value', async () => {
    const { input, host } = setUp([
      one({ 'HKLM/SOFTWARE': { keys: { K: { lastWrite: 5, values: { a: 'x', b: 'y', c: 'z', d: 'w' } } } } }),
      one(
        { 'HKLM/SOFTWARE': { keys: { k: { lastWrite: 9, values: { A: 'other', b: 'y', c: null, n: 'new' } } } } },
        'user',
      ),
    ]);
    const { plan } = await buildPlan(input, host);
    expect(registryRecords(plan)).toEqual([
      ['HKLM/SOFTWARE', null, { a: 'ensureKey', l: 'user', lw: '0' }],
      ['HKLM/SOFTWARE\\k', null, { a: 'ensureKey', l: 'user', lw: '9' }],
      ['HKLM/SOFTWARE\\k', 'A', { a: 'override', l: 'user', t: 1, d: 'bwB0AGgAZQByAA==' }],
      ['HKLM/SOFTWARE\\k', 'c', { a: 'tombstoneValue' }],
      ['HKLM/SOFTWARE\\k', 'n', { a: 'override', l: 'user', t: 1, d: 'bgBlAHcA' }],
    ]);
  });

  test('tombstone, both supersedes, link, class', async () => {
    const base = { values: { v: '1' }, keys: { below: { values: { w: '2' } } } };
    const { input, host } = setUp([
      one({ 'HKLM/SOFTWARE': { keys: { gone: base, local: base, tree: base, linked: base, classed: { flags: 4 } } } }),
      one(
        {
          'HKLM/SOFTWARE': {
            keys: {
              gone: { kind: 1 },
              local: { kind: 2, values: { v: '3' } },
              tree: { kind: 3, values: { v: '4' } },
              linked: { flags: 1, values: { SymbolicLinkValue: { type: 6, data: '\\T' } } },
              classed: { flags: 2 },
              own: { flags: 4 },
            },
          },
        },
        'user',
      ),
    ]);
    const { plan } = await buildPlan(input, host);
    const records = registryRecords(plan).filter((r) => (r as unknown[])[1] === null);
    expect(records.slice(1)).toEqual([
      ['HKLM/SOFTWARE\\classed', null, { a: 'ensureKey', l: 'user', lw: '0', class: 'inherit' }],
      ['HKLM/SOFTWARE\\gone', null, { a: 'tombstoneKey' }],
      ['HKLM/SOFTWARE\\linked', null, { a: 'link', l: 'user', lw: '0', target: '\\T' }],
      ['HKLM/SOFTWARE\\local', null, { a: 'supersedeLocal', l: 'user', lw: '0' }],
      ['HKLM/SOFTWARE\\own', null, { a: 'ensureKey', l: 'user', lw: '0', class: 'C' }],
      ['HKLM/SOFTWARE\\tree', null, { a: 'supersedeTree', l: 'user', lw: '0' }],
    ]);
  });

  test.each([
    ['merge', ['HKLM/SYSTEM\\ControlSet001\\S', 'v']],
    ['replace', null],
  ] as const)('the upper current control set stands under the number of the base: %s', async (mode, record) => {
    const set = (data: string): KeySpec => ({ keys: { S: { values: { v: data } } } });
    const { input, host, sim } = setUp(
      [
        { ...one({ 'HKLM/SYSTEM': { keys: { ControlSet001: set('base') } } }), controlSet: 1 },
        {
          ...one({ 'HKLM/SYSTEM': { keys: { ControlSet001: set('old'), ControlSet002: set('upper') } } }, 'user'),
          controlSet: 2,
        },
      ],
      [{ id: 'h', mount: '*', mode, allow: [], origin: 'user', enabled: true }],
    );
    const { plan } = await buildPlan(input, host);
    const overrides = registryRecords(plan).filter((r) => (r as unknown[])[1] !== null);
    expect(overrides.map((r) => (r as unknown[]).slice(0, 2))).toEqual(record === null ? [] : [record]);
    expect((await prove(plan, sim, null, sha256)).proven).toBe(true);
    const values = [...simulate(plan, sim)].filter((line) => line.startsWith('["value"'));
    expect(values).toHaveLength(1);
    expect(values[0]).toContain('ControlSet001');
  });

  test('a value of more than 4 KiB is a blob, once for equal data', async () => {
    const big = 'x'.repeat(2049);
    const { input, host } = setUp([
      one({ 'HKLM/SOFTWARE': {} }),
      one({ 'HKLM/SOFTWARE': { values: { a: big, b: big, c: 'x'.repeat(2048) } } }, 'user'),
    ]);
    const { plan } = await buildPlan(input, host);
    expect([...plan.blobs.values()].map((blob) => blob.length)).toEqual([4098]);
    await verifyPlan(plan, [upcase], sha256);
  });

  test('names that JSON cannot carry stand in fields that end in 16', async () => {
    const { input, host, sim } = setUp([
      { role: 'os', tree: { a: 'a' }, hives: { 'HKLM/SOFTWARE': {} } },
      {
        role: 'user',
        tree: { 'lone\ud800': 'b', 'd\udfff': { x: 'x', 'n\ud800': { y: 'y' } } },
        hives: { 'HKLM/SOFTWARE': { keys: { 'k\0': { values: { 'v\0w': 'data' } } } } },
      },
    ]);
    const { plan } = await buildPlan(input, host);
    const text = [...plan.segments.values()].map((bytes) => new TextDecoder().decode(bytes)).join('');
    expect(text).toContain('"n16":"bABvAG4AZQAA2A"');
    expect(text).toContain('"v16":"dgAAAHcA"');
    expect(text).toContain('"k16":');
    await verifyPlan(plan, [upcase], sha256);
    expect((await prove(plan, sim, null, sha256)).proven).toBe(true);
  });

  test('a value that cannot be read is said to be so, and one that changed ends the build', async () => {
    const { input, host, sim } = setUp([
      one({ 'HKLM/SOFTWARE': {} }),
      one({ 'HKLM/SOFTWARE': { values: { a: 'x' } } }, 'user'),
    ]);
    const { plan, warnings } = await buildPlan(input, { ...host, fetch: async (wanted) => wanted.map(() => null) });
    expect(registryRecords(plan)).toContainEqual(['HKLM/SOFTWARE', 'a', { a: 'override', l: 'user', t: 1 }]);
    expect(warnings).toEqual(['The data of 1 values could not be read.']);
    expect((await prove(plan, sim, null, sha256)).proven).toBe(true);
    const changed: PlanHost = { ...host, fetch: async (wanted) => wanted.map(() => new Uint8Array(2)) };
    await expect(buildPlan(input, changed)).rejects.toThrow(/UnexpectedChange/);
  });
});

describe('proof of whole plans, fuzz', { timeout: 1_800_000 }, () => {
  test.each([
    ['hive modes', []],
    ['hive modes and rules', RULES],
  ])('build, write, read, verify, simulate: the view comes back under %s', async (_what, rules) => {
    for (let seed = 1; seed <= CASES; seed++) {
      const { input, host, sim } = setUp(randomSketches(randomBelow(seed * 104_729)), MODES, rules);
      const limits = { records: 7, bytes: 4000 };
      const built = await buildPlan(input, seed % 2 === 0 ? host : { ...host, limits });
      const plan = readPlan(new Uint8Array(await (await writePlan(built.plan)).arrayBuffer()));
      const verified = await verifyPlan(plan, [upcase], sha256).catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`);
      });
      expect(verified.ordered).toBe(true);
      const proof = await prove(plan, sim, null, sha256).catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`);
      });
      expect(proof.proven, `seed ${seed}`).toBe(true);
      const summary = summarize(plan, true, built.warnings);
      expect(summary.records).toBe(verified.fileRecords + verified.registryRecords);
    }
  });

  test('a difference is named by its line', async () => {
    const { input, host, sim } = setUp([
      { role: 'os', tree: { a: 'a', b: 'b' }, hives: {} },
      { role: 'user', tree: { b: 'other' }, hives: {} },
    ]);
    const { plan } = await buildPlan(input, host);
    const honest = [...simulate(plan, sim)];
    const manifest = { ...plan.manifest, segments: [] };
    const proof = await prove(
      { ...plan, manifest: { ...manifest, integrity: { ...manifest.integrity } } },
      sim,
      () => honest,
      sha256,
    );
    expect(proof.proven).toBe(false);
    expect(proof.difference?.merged).toContain('["file","b","="');
    expect(proof.difference?.simulated).not.toEqual(proof.difference?.merged);
  });
});

describe('determinism', () => {
  const shuffled = <T>(list: readonly T[], random: (n: number) => number): T[] => {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const k = random(i + 1);
      [copy[i], copy[k]] = [copy[k]!, copy[i]!];
    }
    return copy;
  };

  test('equal bytes for other workspace ids, order of arrival and time zone', async () => {
    const zone = process.env['TZ'];
    const bytes: Uint8Array[] = [];
    try {
      for (const [run, TZ] of ['UTC', 'Asia/Shanghai', 'America/St_Johns'].entries()) {
        process.env['TZ'] = TZ;
        const sketches = randomSketches(randomBelow(4712));
        const reorder = (tree: TreeSpec): TreeSpec =>
          Object.fromEntries(
            shuffled(Object.entries(tree), randomBelow(run)).map(([name, entry]) => [
              name,
              typeof entry === 'string' || 'file' in entry || 'dir' in entry ? entry : reorder(entry as TreeSpec),
            ]),
          );
        // Names that fall together are told apart by order of arrival, so they are no part of this test.
        const { input, host } = setUp(
          sketches.map((s) => ({ ...s, tree: s.tree === null ? null : reorder(withoutTwins(s.tree)) })),
          MODES,
        );
        const findings = shuffled<Finding>(
          [
            {
              code: 'x',
              severity: 'info' as const,
              where: { source: 's', offset: null },
              message: 'm',
              facts: { layer: input.layers[0]!.id },
            },
            {
              code: 'y',
              severity: 'error' as const,
              where: { source: 's', offset: null },
              message: 'n',
              facts: { path: 'p\ud800' },
            },
          ],
          randomBelow(run),
        );
        const { plan } = await buildPlan({ ...input, findings }, host);
        const file = await writePlan(plan);
        bytes.push(new Uint8Array(await file.arrayBuffer()));
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    expect(bytes[0]!.length).toBeGreaterThan(4000);
    expect(Buffer.compare(bytes[0]!, bytes[1]!)).toBe(0);
    expect(Buffer.compare(bytes[0]!, bytes[2]!)).toBe(0);
    expect(new TextDecoder('latin1').decode(bytes[0])).not.toContain('w-');
  });
});

function withoutTwins(tree: TreeSpec): TreeSpec {
  const seen = new Set<string>();
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([name]) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()))
      .map(([name, entry]) => [
        name,
        typeof entry === 'string' || 'file' in entry || 'dir' in entry ? entry : withoutTwins(entry as TreeSpec),
      ]),
  );
}

describe('damage', () => {
  test('every changed byte of a file is noticed', async () => {
    const { input, host, sim } = setUp([
      { role: 'os', tree: { a: 'a', D: { b: 'b', c: 'c' } }, hives: { 'HKLM/SOFTWARE': { values: { v: 'x' } } } },
      { role: 'user', tree: { D: { b: 'other' } }, hives: { 'HKLM/SOFTWARE': { values: { v: 'y'.repeat(3000) } } } },
    ]);
    const { plan } = await buildPlan(input, host);
    const whole = new Uint8Array(await (await writePlan(plan)).arrayBuffer());
    const ignored: number[] = [];
    for (let at = 0; at < whole.length; at += 5) {
      const damaged = whole.slice();
      damaged[at] = damaged[at]! ^ (1 << (at % 8));
      try {
        const read = readPlan(damaged);
        await verifyPlan(read, [upcase], sha256);
        expect((await prove(read, sim, null, sha256)).proven).toBe(true);
        ignored.push(at);
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(FormatError);
      }
    }
    // Dates, versions, attributes and CRCs of the ZIP headers say nothing about the plan: fewer than 50 bytes an entry.
    expect(ignored.length).toBeLessThan(((plan.segments.size + plan.blobs.size + 1) * 50) / 5);
  });

  test('every truncation is refused with a FormatError', async () => {
    const { input, host } = setUp([{ role: 'os', tree: { a: 'a' }, hives: {} }]);
    const whole = new Uint8Array(await (await writePlan((await buildPlan(input, host)).plan)).arrayBuffer());
    for (let length = 0; length < whole.length; length += 7)
      expect(() => readPlan(whole.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
  });
});
