/** The lines that a hive's own engine writes are those of the listing, byte by byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../base/byte-writer.ts';
import { FormatError } from '../base/errors.ts';
import { webHost } from '../engine/host.ts';
import type { HivePlace } from '../engine/image-hives.ts';
import { openImage } from '../engine/open-image.ts';
import { writeHiveJson } from '../engine/reg-json.ts';
import { openRegListing } from '../engine/reg-listing.ts';
import { MemorySource } from '../source/memory.ts';
import { damage, fuzzCount } from '../testing/damage.ts';
import { buildHive, type KeySpec } from '../testing/hive-builder.ts';
import { setChecksum } from '../testing/hive-checksum.ts';
import { loadModule, loadModules } from '../testing/modules.ts';
import { propertyRun } from '../testing/property-run.ts';
import { writeJson } from './reg-lines.ts';

const host = webHost({ ...loadModules(), hivex: loadModule('hivex', true) });

interface Told {
  readonly text: string;
  readonly codes: readonly string[];
}

const place = (prefix: string): HivePlace => ({
  id: 'x',
  mount: '',
  ref: null,
  logs: [],
  name: 'x',
  prefix,
  path: '',
});

/** What the engine writes, and what the listing does: of the keys that the engine has left, when it leaves some. */
async function both(bytes: Uint8Array, prefix = ''): Promise<{ own: Told; listed: Told; whole: boolean }> {
  const { image } = openImage(host, new MemorySource('x', bytes));
  const parts: Uint8Array[] = [];
  const keep = (part: Uint8Array) => void parts.push(part.slice());
  const written = writeHiveJson(image, place(prefix), keep, {});
  if (written === null) throw new Error('a boot store');
  const listing = await openRegListing(image, place(prefix), prefix, '', true);
  const lines: Uint8Array[] = [];
  const writer = new ByteWriter((part) => void lines.push(part.slice()));
  writeJson(listing, writer);
  writer.flush();
  const told = (all: Uint8Array[], findings: readonly { readonly code: string }[]) => ({
    text: Buffer.concat(all).toString('utf8'),
    codes: [...new Set(findings.map((finding) => finding.code))].sort(),
  });
  return { own: told(parts, written.findings), listed: told(lines, listing.findings), whole: written.whole };
}

const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x1234, 0xffff_0007, 0xabcd_ef01];
const text = fc.string({ unit: 'binary', maxLength: 300 }).map((one) => new Uint8Array(Buffer.from(one, 'utf16le')));
const data = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  text,
  text.map((one) => Uint8Array.from([...one, 0, 0, ...one, 0, 0, 0, 0])),
  fc.nat({ max: 300 }).map((n) => new Uint8Array(n).fill(0x41)),
  fc.constantFrom(16_344, 16_345, 50_000).map((n) => Uint8Array.from({ length: n }, (_, i) => i * 7)),
);
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.constantFrom('a"b', 'back\\slash', 'tab\t', '\u0001', 'caf\u00e9', 'a\ud800', '\u540d\u524d', 'A', 'a', '\u00ff'),
);
const key: fc.Arbitrary<KeySpec> = fc.letrec<{ key: KeySpec }>((tie) => ({
  key: fc.record({
    name,
    class: fc.option(name),
    lastWrite: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 57n })),
    layerKind: fc.nat({ max: 3 }),
    values: fc.array(
      fc.record({
        name: fc.oneof(fc.constant(''), name),
        type: fc.constantFrom(...TYPES),
        data,
        tombstone: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
    keys: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('key'), { maxLength: 8 })),
  }),
})).key;

describe('the engine and the listing write the same', () => {
  test('of any tree, in whatever order its keys are listed', async () => {
    await fc.assert(
      fc.asyncProperty(
        key,
        fc.boolean(),
        fc.constantFrom('', 'HKLM\\SOFT', 'a"\u540d'),
        async (root, keepOrder, prefix) => {
          const bytes = buildHive(root, { minor: 6, layered: true, keepOrder, lastWrite: 5n });
          const { own, listed } = await both(bytes, prefix);
          expect(own).toEqual(listed);
        },
      ),
      propertyRun(25),
    );
  });

  test('of each day from 1601 to 2400, and of times that no calendar shows', async () => {
    const DAY = 864_000_000_000n;
    const times = Array.from({ length: 3000 }, (_, i) => BigInt(i) * 97n * DAY + BigInt(i * 123_457));
    const odd = [0n, 1n, 2_650_467_743_999_999_999n, 2_650_467_744_000_000_000n, 2n ** 63n, 2n ** 64n - 1n];
    const keys = [...times, ...odd].map((lastWrite, i) => ({ name: `k${i}`, lastWrite }));
    const { own, listed } = await both(buildHive({ name: 'R', keys }));
    expect(own).toEqual(listed);
  });

  test('of data that are larger than the window', async () => {
    const large = { name: 'large', type: 3, data: Uint8Array.from({ length: 5_000_000 }, (_, i) => i ^ (i >> 8)) };
    const { own, listed } = await both(buildHive({ name: 'R', values: [large, { name: 'after' }] }, { minor: 5 }));
    expect(own.text === listed.text).toBe(true);
  });

  test('of keys in a reverse list of ten thousand', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => ({ name: `K${(i * 7919) % 10_007}` })).reverse();
    const { own, listed } = await both(buildHive({ name: 'R', keys }, { keepOrder: true }));
    expect(own.text === listed.text).toBe(true);
  });

  test('keys deeper than any of Windows are left to the listing', async () => {
    let root: KeySpec = { name: 'end' };
    for (let i = 0; i < 5000; i++) root = { name: 'd', keys: [root] };
    const { own, listed, whole } = await both(buildHive(root));
    expect(whole).toBe(false);
    expect(own.text.endsWith('}\n') && listed.text.startsWith(own.text)).toBe(true);
  });

  test('fuzz: of damaged hives', async () => {
    const spec: KeySpec = {
      name: 'R',
      values: [{ name: 'big', type: 3, data: new Uint8Array(20_000).fill(3) }],
      keys: Array.from({ length: 12 }, (_, i) => ({
        name: `key ${i}`,
        class: 'c',
        values: [{ name: `v${i}`, type: i, data: new Uint8Array(i * 3) }],
        keys: [{ name: 'in', values: [{ name: '', type: 1, data: new Uint8Array(6) }] }],
      })),
    };
    const bytes = buildHive(spec, { minor: 5 });
    const view = new DataView(bytes.buffer);
    const cells: number[] = [];
    for (let at = 4128; at < 8192; at += Math.abs(view.getInt32(at, true))) cells.push(at, at + 40);
    let compared = 0;
    for (let seed = 1; seed <= fuzzCount(200); seed++) {
      const bad = damage(bytes, seed, cells);
      if (bad.length > 512) setChecksum(bad);
      try {
        const { own, listed } = await both(bad);
        if (own.codes.includes('hiveDataShared')) continue; // it stops where the listing goes on
        expect(own.text, `seed ${seed}`).toBe(listed.text);
        expect(own.codes, `seed ${seed}`).toEqual(listed.codes);
        compared++;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });
});
