import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { hex } from '../base/guid.ts';
import { windowsUpcase } from '../index/upcase.ts';
import { randomBelow } from '../testing/merged-trees.ts';
import { MODES, randomSketches, type Sketch, setUp, sha256 } from '../testing/plan-input.ts';
import { buildPlan, viewLines } from './build.ts';
import { canonicalBytes } from './canonical.ts';
import { exportPlan, inspectPlan, planBytes } from './export-plan.ts';
import { readManifest, readPlan } from './file.ts';
import { merkleRoot } from './merkle.ts';
import type { Plan } from './plan.ts';
import { planId } from './plan-id.ts';
import { looksLikePlan } from './probe.ts';
import { prove } from './prove.ts';
import { verifyPlan } from './verify.ts';
import { readZip, writeZip } from './zip.ts';

const upcase = windowsUpcase();
const tables = { files: upcase, keys: upcase };
const SKETCHES: readonly Sketch[] = [
  { role: 'os', tree: { a: 'a', D: { b: 'b', c: 'c' } }, hives: { 'HKLM/SOFTWARE': { values: { v: 'x', w: 'y' } } } },
  { role: 'app', tree: { D: { d: 'd' } }, hives: {} },
  { role: 'user', tree: { D: { b: 'other' } }, hives: { 'HKLM/SOFTWARE': { values: { v: 'y'.repeat(3000) } } } },
];

/** The plan with other lines in one segment, all digests made anew: an attacker's work. */
async function forged(plan: Plan, path: string, change: (text: string) => string | Uint8Array): Promise<Plan> {
  const segments = new Map(plan.segments);
  const changed = change(new TextDecoder().decode(segments.get(path)));
  segments.set(path, typeof changed === 'string' ? new TextEncoder().encode(changed) : changed);
  const entries = [];
  const hashes = [];
  for (const entry of plan.manifest.segments) {
    const bytes = segments.get(entry.path)!;
    const hash = await sha256(bytes);
    hashes.push(hash);
    entries.push({ ...entry, bytes: String(bytes.length), sha256: hex(hash) });
  }
  const root = hex(await merkleRoot(hashes, sha256));
  return sealed(
    { ...plan, segments },
    { ...plan.manifest, segments: entries, integrity: { ...plan.manifest.integrity, merkleRoot: root } },
  );
}

async function sealed(plan: Plan, manifest: Plan['manifest']): Promise<Plan> {
  const id = await planId(manifest, sha256);
  const made = { ...manifest, integrity: { ...manifest.integrity, planId: id } };
  return { ...plan, manifest: made, manifestBytes: canonicalBytes(made) };
}

async function fresh() {
  const { input, host } = setUp(SKETCHES);
  return (await buildPlan(input, host)).plan;
}

describe('versions', () => {
  const manifestWith = async (change: object) => canonicalBytes({ ...(await fresh()).manifest, ...change });

  test('an unknown minor version with unknown fields is accepted', async () => {
    const plan = await fresh();
    const manifest = { ...plan.manifest, schemaVersion: '1.7', ext: { 'com.example': { x: 1 } } };
    const later = await sealed(plan, manifest as Plan['manifest']);
    expect(readManifest(later.manifestBytes, 'p').schemaVersion).toBe('1.7');
    await expect(verifyPlan(later, [upcase], sha256)).resolves.toMatchObject({ ordered: true });
  });

  test.each([
    ['major version', { schemaVersion: '2.0' }, 'UnsupportedVersion'],
    ['required feature', { requires: ['files.v1', 'teleport'] }, 'UnsupportedFeature'],
    ['format', { planFormat: 'other' }, 'InvalidSignature'],
    [
      'action of a rule',
      { rules: [{ id: 'r', target: 'file', match: { kind: 'exact', p: 'a' }, action: 'x', origin: 'user' }] },
      'InvalidData',
    ],
  ])('an unknown %s is refused', async (_what, change, code) => {
    const bytes = await manifestWith(change);
    expect(() => readManifest(bytes, 'p')).toThrow(new RegExp(`^${code}`));
  });

  test('nesting that would exhaust the stack is refused before it is parsed', () => {
    const deep = `{"planFormat":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => readManifest(new TextEncoder().encode(deep), 'p')).toThrow(/at most 64 levels/);
  });
});

describe('forged plans with correct digests', () => {
  const FILES = 'files/00000.ndjson';
  const KEYS = 'registry/00000.ndjson';

  test.each([
    ['groups out of order', FILES, (t: string) => `${t.trimEnd().split('\n').reverse().join('\n')}\n`, /in path order/],
    ['a name twice', FILES, (t: string) => t.replace('"e":[', '"e":[{"a":"hide","n":"D"},'), /each name once/],
    ['an unknown layer', FILES, (t: string) => t.replace('"attrs":"user"', '"attrs":"ghost"'), /a layer of the plan/],
    ['a path upwards', FILES, (t: string) => t.replace('"d":"D"', '"d":"D\\\\.."'), /components that are names/],
    ['a name with a separator', FILES, (t: string) => t.replace('"n":"b"', '"n":"x\\\\b"'), /InvalidName/],
    ['an unknown action', FILES, (t: string) => t.replace('"a":"mergeDir"', '"a":"format"'), /a record of the schema/],
    ['a line that is no JSON', FILES, () => '{"d":\n', /a line of JSON/],
    ['a line without end', FILES, (t: string) => t.trimEnd(), /a line that ends/],
    ['text that is no UTF-8', FILES, () => Uint8Array.of(0x22, 0xff, 0x22, 0x0a), /UTF-8/],
    [
      'a missing blob',
      KEYS,
      (t: string) => t.replace(/"blob":"."/, '"blob":"0"').replace(/"blob":"[0-9a-f]{4}/, '"blob":"0000'),
      /blobs/,
    ],
    [
      'a key record with a value name',
      KEYS,
      (t: string) => t.replace('"a":"ensureKey"', '"a":"ensureKey","v":""'),
      /a value name/,
    ],
  ])('%s', async (_what, path, change, message) => {
    const plan = await forged(await fresh(), path, change as (t: string) => string | Uint8Array);
    await expect(
      (async () => {
        await verifyPlan(plan, [upcase], sha256);
      })(),
    ).rejects.toThrow(message);
  });

  test('a plan that says another view is whole, but the replay tells', async () => {
    const { input, host, layers, sim } = setUp(SKETCHES);
    const { plan, proof } = await exportPlan(input, layers, host);
    expect(proof).toMatchObject({ proven: true, difference: null });
    const other = await forged(plan, FILES, (t) =>
      t.replace('{"a":"redirect","l":"user","n":"b"}', '{"a":"hide","n":"b"}'),
    );
    await verifyPlan(other, [upcase], sha256);
    const replay = await prove(other, sim, () => viewLines(input, new Set()), sha256);
    expect(replay.proven).toBe(false);
    expect(replay.difference?.merged).toContain('"D\\\\b"');
  });
});

describe('a plan and the open layers', () => {
  const opened = ({ layers, input }: ReturnType<typeof setUp>, change: (i: number, sha: string) => string | null) =>
    layers.map((layer, i) => {
      const sha = change(i, input.layers[i]!.fingerprint[0]!.sha256);
      return {
        layer,
        role: layer.role,
        name: layer.name,
        fingerprint: sha === null ? [] : [{ what: 'test', sha256: sha }],
      };
    });

  test('the same layers: every one exact, and the plan is replayed', async () => {
    const set = setUp(SKETCHES);
    const { file, summary } = await exportPlan(set.input, set.layers, set.host);
    expect(summary).toMatchObject({ proven: true, warnings: [] });
    const again = await inspectPlan(
      await planBytes(file),
      opened(set, (_i, sha) => sha),
      tables,
      sha256,
    );
    expect(again.layers.map(({ id, match }) => [id, match])).toEqual([
      ['os', 'exact'],
      ['app1', 'exact'],
      ['user', 'exact'],
    ]);
    expect(again.summary).toEqual(summary);
    expect(again.samples.slice(0, 2)).toEqual([
      { path: 'D', action: 'mergeDir', layer: 'user' },
      { path: 'D\\b', action: 'redirect', layer: 'user' },
    ]);
  });

  test('another base: said part by part, nothing is replayed', async () => {
    const set = setUp(SKETCHES);
    const { file } = await exportPlan(set.input, set.layers, set.host);
    const open = opened(set, (i, sha) => (i === 0 ? 'f'.repeat(64) : sha)).filter(({ role }) => role !== 'app');
    const { layers, summary } = await inspectPlan(await planBytes(file), open, tables, sha256);
    expect(layers).toMatchObject([
      { id: 'os', match: 'different', differs: ['test'] },
      { id: 'app1', match: 'absent', differs: [] },
      { id: 'user', match: 'exact', differs: [] },
    ]);
    expect(summary.proven).toBe(false);
  });

  test('the same fingerprints over other content: the replay notices', async () => {
    const set = setUp(SKETCHES);
    const { file } = await exportPlan(set.input, set.layers, set.host);
    const other = setUp(
      SKETCHES.map((s, i) => (i === 0 ? { ...s, tree: { a: 'a', D: { b: 'b', c: 'changed!' } } } : s)),
    );
    const { summary } = await inspectPlan(
      await planBytes(file),
      opened(other, (_i, sha) => sha),
      tables,
      sha256,
    );
    expect(summary.proven).toBe(false);
    expect(summary.warnings).toEqual(['The simulated driver comes to another view than the plan says.']);
  });
});

describe('the one-file form', () => {
  const entries = [
    { name: 'plan.json', bytes: new TextEncoder().encode('{}') },
    { name: 'files/00000.ndjson', bytes: new Uint8Array(1000).fill(7) },
    { name: 'empty', bytes: new Uint8Array(0) },
  ];
  const packed = async () => new Uint8Array(await (await writeZip(entries)).arrayBuffer());

  test('is the same bytes twice, in order, and comes back', async () => {
    const first = await packed();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(Buffer.compare(first, await packed())).toBe(0);
    expect(readZip(first, 'z')).toEqual(entries);
    expect(looksLikePlan(first)).toBe(true);
  });

  test('every other layout is refused', async () => {
    const whole = await packed();
    const end = whole.length - 22;
    const cases: Record<string, (bytes: Uint8Array) => Uint8Array> = {
      'something in front': (b) => Uint8Array.of(0, ...b),
      'something behind': (b) => Uint8Array.of(...b, 0),
      'fewer entries than there are': (b) => b.with(end + 8, 2).with(end + 10, 2),
      'a compressed entry': (b) => b.with(b.length - 22 - 51 + 10, 8),
      'a local name that differs': (b) => b.with(30, 0x71),
    };
    for (const [what, change] of Object.entries(cases))
      expect(() => readZip(change(whole), 'z'), what).toThrow(FormatError);
    const twice = new Uint8Array(await (await writeZip([entries[0]!, entries[0]!])).arrayBuffer());
    expect(() => readZip(twice, 'z')).toThrow(/no other entry/);
  });

  test('random damage never ends in anything but a FormatError', async () => {
    const set = setUp(randomSketches(randomBelow(5)), MODES);
    const { file } = await exportPlan(set.input, set.layers, set.host);
    const whole = await planBytes(file);
    const random = randomBelow(99);
    for (let n = 0; n < 500; n++) {
      const damaged = whole.slice(0, random(4) === 0 ? random(whole.length) : whole.length);
      for (let k = 1 + random(8); k > 0 && damaged.length > 0; k--) damaged[random(damaged.length)] = random(256);
      try {
        await verifyPlan(readPlan(damaged), [upcase], sha256);
      } catch (error) {
        expect(error, `case ${n}`).toBeInstanceOf(FormatError);
      }
    }
  });

  test('a part that the manifest does not name is refused', async () => {
    const plan = await fresh();
    const parts = [
      { name: 'plan.json', bytes: plan.manifestBytes },
      ...[...plan.segments].map(([name, bytes]) => ({ name, bytes })),
    ];
    const extra = await writeZip([...parts, { name: 'extra.txt', bytes: new Uint8Array(1) }]);
    expect(() => readPlan(new Uint8Array(0))).toThrow(FormatError);
    const bytes = await planBytes(extra);
    expect(() => readPlan(bytes)).toThrow(/parts that the manifest names/);
    const less = await planBytes(await writeZip(parts.slice(0, 2)));
    expect(() => readPlan(less)).toThrow(/MissingPart/);
  });
});
