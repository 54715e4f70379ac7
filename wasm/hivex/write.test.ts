import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowsUpcase } from '../../src/index/upcase.ts';
import { dumpLines } from '../../src/testing/hive-compare.ts';
import { propertyRun } from '../../src/testing/property-run.ts';
import { type KeyInput, open, type WriteOptions, writeHive } from './src/index.ts';
import { upcaseTable } from './src/upcase.ts';

const module = new WebAssembly.Module(readFileSync(new URL('hivex.checked.wasm', import.meta.url)));

const written = (root: KeyInput, options?: WriteOptions) => new Uint8Array(Buffer.concat(writeHive(root, options)));

/** The same from what was handed in. */
function wanted(root: KeyInput): string[] {
  const lines: string[] = [];
  const visit = (key: KeyInput, path: string) => {
    const flags = (key.symlink ? 1 : 0) | (key.inheritClass ? 2 : 0) | (key.class ? 4 : 0);
    const security = Buffer.from(key.security!).toString('hex');
    lines.push(
      `${path} ${key.lastWrite} ${key.layerKind ?? 0} ${flags} ${JSON.stringify(key.class || null)} ${security}`,
    );
    for (const { name, type, data, tombstone } of key.values ?? [])
      lines.push(
        `${path} @${JSON.stringify(name)} ${tombstone ? 0 : type} ${tombstone ? 'tombstone' : Buffer.from(data!).toString('hex')}`,
      );
    const upper = (name: string) => Array.from(name.split(''), (unit) => upcaseTable()[unit.charCodeAt(0)]!);
    const less = (a: number[], b: number[]) => {
      const at = a.findIndex((unit, i) => unit !== b[i]);
      if (at < 0) return a.length - b.length;
      return at >= b.length ? 1 : a[at]! - b[at]!;
    };
    const keys = [...(key.keys ?? [])].map((one) => ({ one, order: upper(one.name) }));
    for (const { one } of keys.sort((a, b) => less(a.order, b.order)))
      visit(one, `${path}\\${JSON.stringify(one.name)}`);
  };
  visit(root, '');
  return lines;
}

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.constantFrom('a', 'A', 'Z', '_', '\u00e9', '\u0101', '\ud800', 'very long '.repeat(25)),
);
const data = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(16_343, 16_344, 16_345, 40_000).map((n) => new Uint8Array(n).fill(7)) },
);
const key: fc.Arbitrary<KeyInput> = fc.letrec<{ key: KeyInput }>((tie) => ({
  key: fc.record({
    name,
    class: fc.option(fc.string({ maxLength: 6 })),
    lastWrite: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    security: fc.constantFrom(new Uint8Array(20).fill(1), new Uint8Array(24).fill(2), new Uint8Array(24).fill(2)),
    layerKind: fc.nat({ max: 3 }),
    inheritClass: fc.boolean(),
    symlink: fc.boolean(),
    values: fc.array(
      fc.record({
        name: fc.oneof(fc.constant(''), name),
        type: fc.nat({ max: 2 ** 32 - 1 }),
        data,
        tombstone: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
    keys: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('key'), { maxLength: 6 }),
    ),
  }),
})).key;

describe('written hives', () => {
  test('fuzz: any tree reads back as it was handed in', () => {
    fc.assert(
      fc.property(key, fc.constantFrom('lh', 'lf', 'li', 'ri'), fc.nat({ max: 3 }), (root, list, leafSize) => {
        const hive = open(written(root, { layered: true, list, leafSize: leafSize + 1 }), module);
        expect([hive.findings, hive.state, hive.layered]).toEqual([[], 'clean', true]);
        expect(dumpLines(hive)).toEqual(wanted(root));
        expect(hive.walk().step().findings).toEqual([]);
        // once more, from what was read
        expect(dumpLines(open(written(hive.tree(), { layered: true }), module))).toEqual(wanted(root));
      }),
      propertyRun(60),
    );
  });

  test('every version holds the same, lists of lists included', () => {
    const root: KeyInput = {
      name: 'ROOT',
      lastWrite: 7n,
      values: [
        { name: 'big', type: 3, data: new Uint8Array(40_000).fill(5) },
        { name: '\u540d', type: 0xffff_0001, data: Uint8Array.of(1) },
      ],
      keys: Array.from({ length: 40 }, (_, i) => ({ name: `k${i}`, lastWrite: 8n, class: `c${i}` })),
    };
    const first = dumpLines(open(written(root), module));
    expect(first).toHaveLength(1 + 2 + 40);
    for (let minor = 0; minor <= 6; minor++)
      for (const list of ['li', 'lf', 'lh', 'ri'] as const) {
        const hive = open(written(root, { minor, list, leafSize: 7 }), module);
        expect([hive.base.minor, hive.findings]).toEqual([minor, []]);
        expect(dumpLines(hive)).toEqual(first);
        expect(hive.walk().step().findings).toEqual([]);
      }
  });

  test('a list of lists of lists is read, one that holds itself is told', () => {
    const keys = Array.from({ length: 40 }, (_, i) => ({ name: `k${i}` }));
    const bytes = written(
      { name: 'R', keys, values: [{ name: 'v', type: 3, data: new Uint8Array(8) }] },
      { leafSize: 7 },
    );
    const view = new DataView(bytes.buffer);
    const hive = open(bytes, module);
    const list = view.getUint32(4100 + hive.root() + 28, true);
    // the value's data become a list with one entry, the list that was the key's
    const outer = view.getUint32(4100 + hive.nodeValues(hive.root())[0]! + 8, true);
    view.setUint32(4100 + outer, 0x0001_6972, true); // ri, 1
    view.setUint32(4100 + outer + 4, list, true);
    view.setUint32(4100 + hive.root() + 28, outer, true);
    const nested = open(bytes, module);
    expect(nested.nodeNrChildren(nested.root())).toBe(40);
    expect(nested.walk().step().keys.count).toBe(41);
    view.setUint32(4100 + outer + 4, outer, true);
    const circle = open(bytes, module);
    expect(circle.nodeNrChildren(circle.root())).toBe(0);
    const { keys: rows, findings } = circle.walk().step();
    expect([rows.count, findings.map((finding) => finding.code)]).toEqual([1, ['hiveListShared', 'hiveSubkeyCount']]);
  });

  test('bins and cells fill the file, free cells included; equal descriptors share a cell', () => {
    const security = new Uint8Array(40).fill(9);
    const keys = Array.from({ length: 3000 }, (_, i) => ({
      name: `key ${i}`,
      security: security.slice(),
      values: [{ name: 'v', type: 3, data: new Uint8Array((i * 37) % 5000) }],
    }));
    const bytes = written({ name: 'R', security, keys }, { minor: 5 });
    const view = new DataView(bytes.buffer);
    let allocated = 0;
    for (let bin = 4096; bin < bytes.length; bin += view.getUint32(bin + 8, true)) {
      expect([view.getUint32(bin, true), view.getUint32(bin + 4, true)]).toEqual([0x6e696268, bin - 4096]);
      const end = bin + view.getUint32(bin + 8, true);
      let at = bin + 32;
      for (; at < end; at += Math.abs(view.getInt32(at, true))) {
        expect(view.getInt32(at, true) & 7).toBe(0);
        allocated -= Math.min(0, view.getInt32(at, true));
      }
      expect(at).toBe(end);
    }
    expect(view.getUint32(40, true)).toBe(bytes.length - 4096);
    expect(allocated / bytes.length).toBeGreaterThan(0.92); // little is lost at the ends of bins
    const hive = open(bytes, module);
    const { security: cells } = hive.walk().step().keys;
    expect(new Set(cells).size).toBe(1);
    expect(view.getUint32(4100 + cells[0]! + 12, true)).toBe(3001);
    expect(view.getUint32(4100 + cells[0]! + 4, true)).toBe(cells[0]);
  });

  test('iterators are asked for one key at a time, and depth costs no call stack', () => {
    let alive = 0;
    let most = 0;
    function* keys(depth: number): Generator<KeyInput> {
      alive++;
      most = Math.max(most, alive);
      yield { name: `d${depth}`, ...(depth < 20_000 ? { keys: keys(depth + 1) } : {}) };
      alive--;
    }
    const hive = open(written({ name: 'R', keys: keys(0) }), module);
    expect([most, alive]).toEqual([20_001, 0]);
    let count = 0;
    hive.visit({ nodeStart: () => ++count > 0 });
    expect(count).toBe(20_002);
  });

  test('what the format cannot hold is refused', () => {
    expect(() => writeHive({ name: 'x'.repeat(70_000) })).toThrow(/InvalidArgument.*65535/);
    expect(() => writeHive({ name: 'R' }, { minor: 7 })).toThrow(/InvalidArgument/);
    expect(() => writeHive({ name: 'R' }, { minor: 5, layered: true })).toThrow(/InvalidArgument.*1\.6/);
    const values = [{ name: 'never touched', data: new Uint8Array(0x7fff_f000) }];
    expect(() => writeHive({ name: 'R', values }, { minor: 3 })).toThrow(/UnsupportedSize.*2 GiB/);
  });

  test('the upper case is that of Windows but for what Unicode has learned since', () => {
    const other = [...upcaseTable()].filter((unit, i) => unit !== windowsUpcase()[i]).length;
    expect(other).toBeLessThan(400);
    for (let unit = 0; unit < 0x180; unit++)
      if (upcaseTable()[unit] !== unit) expect(windowsUpcase()[unit], unit.toString(16)).toBe(upcaseTable()[unit]);
  });
});
