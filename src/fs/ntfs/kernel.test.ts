/** The record kernel against its twin: the same rows and events for good, damaged and random records. */
import { describe, expect, test } from 'vitest';
import { ERR_ARGUMENT, MORE, NTFS_COMPLEX, NTFS_DAMAGED, NTFS_SIGNATURE, NTFS_TORN, OK } from '../../../wasm/abi.ts';
import { damage, fuzzCount, Random } from '../../testing/damage.ts';
import { loadModule } from '../../testing/modules.ts';
import { chunkRows } from '../../testing/node-rows.ts';
import {
  type AttributeSpec,
  encodeAttribute,
  encodeName,
  encodeRecord,
  encodeStandard,
} from '../../testing/ntfs/encode.ts';
import { type TwinResult, type TwinRow, twinRecord } from '../../testing/twins/ntfs-mft.ts';
import { RecordKernel } from './kernel.ts';

const EVENTS: Record<number, TwinResult['event']> = {
  [NTFS_COMPLEX]: 'complex',
  [NTFS_TORN]: 'torn',
  [NTFS_SIGNATURE]: 'signature',
  [NTFS_DAMAGED]: 'damaged',
};
const ticks = (lo: number, hi: number) => (BigInt(hi) << 32n) | BigInt(lo);

/** A kernel's rows of some records, as the twin says them. */
function scanRecords(kernel: RecordKernel, records: readonly Uint8Array[], first: number): TwinResult[] {
  const size = records[0]!.length;
  const input = kernel.input(size * records.length);
  for (let i = 0; i < records.length; i++) input.set(records[i]!, i * size);
  const rows: TwinRow[] = [];
  const events = new Map<number, TwinResult['event']>();
  const sequences: number[] = [];
  for (let at = 0, status: number = MORE; status === MORE; at = kernel.next) {
    status = kernel.scan(at, records.length, size, first);
    expect([OK, MORE]).toContain(status);
    for (const { index, kind } of kernel.events()) events.set(index, EVENTS[kind]!);
    sequences.push(...kernel.sequences(kernel.next).subarray(at));
    const { chunk, parentSequence } = kernel.take();
    chunkRows(chunk).forEach((r, i) => {
      expect(r.ref).toBe(r.id);
      expect(r.linkId).toBe(r.links > 1 ? r.id : 0);
      rows.push({
        id: r.id,
        parent: r.parent,
        parentSequence: parentSequence[i]!,
        name: r.name,
        short: r.short,
        size: r.size,
        allocated: r.allocated,
        times: [
          ticks(r.createdLo, r.createdHi),
          ticks(r.modifiedLo, r.modifiedHi),
          ticks(r.changedLo, r.changedHi),
          ticks(r.accessedLo, r.accessedHi),
        ],
        attributes: r.attributes,
        reparseTag: r.reparseTag,
        securityId: r.securityId,
        links: r.links,
        flags: r.flags,
        byteState: r.byteState,
      });
    });
  }
  return records.map((_, i) => ({
    sequence: sequences[i]!,
    event: events.get(i) ?? null,
    rows: rows.filter((r) => r.id === first + i),
  }));
}

/** A record with some of everything, from a seed. */
function randomRecord(seed: number, size: number): Uint8Array {
  const random = new Random(seed);
  const times = [1n, 2n, 3n, 4n].map((n) => n * 0x1_0000_0001n + BigInt(random.below(1000)));
  const specs: AttributeSpec[] = [];
  if (random.below(8) > 0) specs.push({ type: 0x10, value: encodeStandard(times, random.below(2 ** 31), 256, true) });
  if (random.below(12) === 0) specs.push({ type: 0x20, value: new Uint8Array(32) });
  for (let i = random.below(4); i >= 0; i--) {
    const name = random.pick(['a', 'long name.txt', 'LONGNA~1.TXT', '\ud800 lone', 'a']);
    const parent = BigInt(random.pick([5, 5, 40, 2 ** 33])) | (BigInt(random.below(3)) << 48n);
    const spec = { parent, name, namespace: random.below(4), times, allocated: 8, size: 5, reparseTag: 0 };
    specs.push({ type: 0x30, value: encodeName({ ...spec, attributes: random.below(2 ** 31) }) });
  }
  const flags = random.pick([0, 0, 1, 0x4000, 0x8000]);
  const mapping = {
    lowestVcn: random.pick([0, 0, 0, 5]),
    runs: [{ lcn: 10, count: 4 }],
    allocated: 16_384,
    size: 9000,
    valid: 9000,
  };
  if (random.below(2) === 0) specs.push({ type: 0x80, flags, value: random.bytes(random.below(100)) });
  else specs.push({ type: 0x80, flags, mapping: { ...mapping, ...(flags === 0 ? {} : { total: 4096 }) } });
  if (random.below(3) === 0) specs.push({ type: 0x80, name: 'stream', value: random.bytes(8) });
  if (random.below(4) === 0) {
    const tag = random.pick([0x80000017, 0x80000013, 0x80000018, 0x9000101a, 0xa000000c]);
    specs.push({
      type: 0xc0,
      value: Uint8Array.of(tag & 255, (tag >> 8) & 255, (tag >> 16) & 255, tag >>> 24, 0, 0, 0, 0),
    });
  }
  if (random.below(6) === 0) specs.push({ type: 0xe0, value: new Uint8Array(16) });
  const base = random.below(10) === 0 ? { base: 77n } : {};
  const attributes = specs.map(encodeAttribute);
  return encodeRecord(
    { number: 0, sequence: seed & 0xffff, links: 1, flags: random.below(4), attributes, ...base },
    size,
  );
}

describe.each([false, true])('checked build: %s', (checked) => {
  const kernel = () => new RecordKernel(loadModule('ntfs', checked));

  test.each([1024, 4096])('agrees with the twin on whole records of %i bytes', (size) => {
    const records = Array.from({ length: 400 }, (_, i) => randomRecord(i + 1, size));
    const twins = records.map((r, i) => twinRecord(r.slice(), 100 + i));
    expect(twins.filter((t) => t.rows.length > 0).length).toBeGreaterThan(100);
    expect(scanRecords(kernel(), records, 100)).toEqual(twins);
  });

  test.each([1024, 4096])('fuzz: agrees with the twin on damaged records of %i bytes', (size) => {
    const shared = kernel();
    const count = fuzzCount(1500);
    for (let seed = 1; seed <= count; seed += 50) {
      const records = Array.from({ length: 50 }, (_, i) => {
        const bad = damage(randomRecord(seed + i, size), seed + i, [0, 16, 48, 56, 80, 152, 256]);
        const whole = new Uint8Array(size);
        whole.set(bad.subarray(0, size));
        return whole;
      });
      const twins = records.map((r, i) => twinRecord(r.slice(), i + 6));
      expect(scanRecords(shared, records, 6), `seeds ${seed} to ${seed + 49}`).toEqual(twins);
    }
  });

  test('asks for the rows to be taken when a window is full', () => {
    const name = {
      parent: 5n,
      namespace: 1,
      times: [1n, 2n, 3n, 4n],
      allocated: 0,
      size: 0,
      attributes: 32,
      reparseTag: 0,
    };
    const attributes = Array.from({ length: 3 }, (_, i) =>
      encodeAttribute({ type: 0x30, value: encodeName({ ...name, name: `${i}`.padEnd(100, 'x') }) }, i),
    );
    const record = encodeRecord({ number: 0, sequence: 1, links: 3, flags: 1, attributes }, 1024);
    const shared = kernel();
    const input = shared.input(4 << 20);
    for (let i = 0; i < 4096; i++) input.set(record, i * 1024);
    let rows = 0;
    let calls = 0;
    for (let at = 0, status: number = MORE; status === MORE; at = shared.next, calls++) {
      status = shared.scan(at, 4096, 1024, 100);
      if (status === MORE) expect(shared.rowCount).toBeGreaterThan(1000);
      rows += shared.take().chunk.count;
    }
    expect(rows).toBe(4096 * 3);
    expect(calls).toBeGreaterThan(1);
  });

  test('refuses arguments outside its window', () => {
    const shared = kernel();
    expect(shared.scan(0, 1, 1000, 0)).toBe(ERR_ARGUMENT);
    expect(shared.scan(0, 1, 32_768, 0)).toBe(ERR_ARGUMENT);
    expect(shared.scan(0, 4097, 1024, 0)).toBe(ERR_ARGUMENT);
    expect(shared.scan(2, 1, 1024, 0)).toBe(ERR_ARGUMENT);
  });
});
