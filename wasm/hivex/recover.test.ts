import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { corpus } from '../../src/testing/corpus.ts';
import { damage, fuzzCount } from '../../src/testing/damage.ts';
import { buildHive, dword, type KeySpec } from '../../src/testing/hive-builder.ts';
import { setChecksum } from '../../src/testing/hive-checksum.ts';
import { newLog, oldLog } from '../../src/testing/hive-log-builder.ts';
import { type Hive, HivexError, nameOf, open } from './src/index.ts';
import { marvin32 } from './src/marvin.ts';

const module = new WebAssembly.Module(readFileSync(new URL('hivex.checked.wasm', import.meta.url)));

/** Everything a hive holds, as sorted lines. */
function lines(hive: Hive): string[] {
  const all: string[] = [];
  const walk = hive.walk();
  for (let done = false; !done; ) {
    const { keys, values, done: last } = walk.step();
    for (let i = 0; i < keys.count; i++)
      all.push(`${keys.id[i]} in ${keys.parent[i]}: ${nameOf(keys, i)} ${keys.lastWriteHi[i]} ${keys.lastWriteLo[i]}`);
    for (let i = 0; i < values.count; i++)
      all.push(`${values.key[i]} @${nameOf(values, i)} ${values.type[i]} ${values.hashHi[i]} ${values.hashLo[i]}`);
    done = last;
  }
  return all.sort();
}

const hiveOf = (n: number, keys: number, sequence1 = 7, sequence2 = 7) => {
  const many: KeySpec[] = Array.from({ length: keys }, (_, i) => ({
    name: `k${i}`,
    values: [{ name: 'n', type: 4, data: dword(i === 5 ? n : i) }],
  }));
  return buildHive({ name: 'R', keys: many }, { minor: 5, sequence1, sequence2 });
};

describe('recovery', () => {
  const before = hiveOf(1, 100, 8, 7);
  const between = hiveOf(2, 100);
  const after = hiveOf(3, 150); // larger: the hive grows
  const wanted = lines(open(after, module));

  test('new logs: all entries in order, growth included, over two files in any order', () => {
    const one = newLog([before, between], 7);
    const two = newLog([between, after], 8);
    for (const logs of [[newLog([before, between, after], 7)], [one, two], [two, one]]) {
      const hive = open(before, module, { logs });
      expect([hive.state, hive.recovery!.entries, hive.recovery!.sequence]).toEqual(['recovered', 2, 8]);
      expect(hive.findings.map((finding) => finding.code)).toEqual(['hiveRecovered']);
      expect(hive.base).toMatchObject({
        sequence1: 8,
        sequence2: 8,
        checksumValid: true,
        binsSize: after.length - 4096,
      });
      expect(lines(hive)).toEqual(wanted);
    }
  });

  test('new logs: a gap ends it, an entry for another number does not begin it', () => {
    const gap = open(before, module, { logs: [newLog([before, between], 7), newLog([between, after], 9)] });
    expect([gap.state, gap.recovery!.entries]).toEqual(['recovered', 1]);
    expect(lines(gap)).toEqual(lines(open(between, module)));
    for (const sequence of [6, 8, 100]) {
      const hive = open(before, module, { logs: [newLog([before, after], sequence)] });
      expect([hive.state, hive.recovery]).toEqual(['dirtyNoLog', null]);
      expect(lines(hive)).toEqual(lines(open(before, module)));
    }
  });

  test('an entry whose hash is wrong ends it', () => {
    const log = newLog([before, between, after], 7);
    const second = 512 + new DataView(log.buffer).getUint32(516, true);
    log[second + 600]! ^= 1;
    const hive = open(before, module, { logs: [log] });
    expect([hive.state, hive.recovery!.entries]).toEqual(['recovered', 1]);
    expect(lines(hive)).toEqual(lines(open(between, module)));
  });

  test('old logs', () => {
    const hive = open(before, module, { logs: [new Uint8Array(0), oldLog(before, after, 8)] });
    expect([hive.state, hive.recovery!.entries]).toEqual(['recovered', 1]);
    expect(lines(hive)).toEqual(wanted);
    const cut = oldLog(before, after, 8);
    expect(open(before, module, { logs: [cut.subarray(0, cut.length - 1)] }).state).toBe('dirtyNoLog');
    const other = oldLog(before, buildHive({ name: 'R' }, { lastWrite: 5n }), 8);
    expect(open(before, module, { logs: [other] }).state).toBe('dirtyNoLog');
  });

  test('a base block with a wrong checksum comes from the log', () => {
    const broken = before.slice();
    broken[40]! ^= 0xff;
    const hive = open(broken, module, { logs: [newLog([between, after], 7)] });
    expect(hive.recovery).toMatchObject({ baseFromLog: true, entries: 1 });
    expect(hive.base.checksumValid).toBe(true);
    expect(hive.replayChanges()).toMatchObject({ readableBefore: true });
    // without its logs such a hive may be none at all
    broken.fill(0xff, 20, 40);
    const lost = open(broken, module, { logs: [newLog([between, after], 7)] });
    const changes = lost.replayChanges()!;
    expect([changes.readableBefore, changes.keys.length]).toEqual([false, 151]);
    expect(new Set(changes.keys.map((key) => key.kind))).toEqual(new Set(['added']));
  });

  test('a clean hive stays as it is', () => {
    const clean = hiveOf(1, 100);
    const hive = open(clean, module, { logs: [newLog([clean, after], 7)] });
    expect([hive.state, hive.recovery, hive.findings]).toEqual(['clean', null, []]);
    expect(lines(hive)).toEqual(lines(open(clean, module)));
  });

  test('what the logs changed, before and after', () => {
    const hive = open(before, module, { logs: [newLog([before, between, after], 7)] });
    const { ranges, keys } = hive.replayChanges()!;
    expect(ranges.every(({ offset, length }) => offset >= 4096 && offset + length <= after.length)).toBe(true);
    expect(keys.filter((key) => key.kind === 'added').map((key) => key.path)).toEqual(
      Array.from({ length: 50 }, (_, i) => `k${i + 100}`).sort(),
    );
    const rest = keys.filter((key) => key.kind !== 'added');
    expect(rest.map((key) => [key.path, key.kind])).toEqual([['k5', 'changed']]);
    expect(rest[0]!.values).toEqual([
      {
        kind: 'changed',
        before: { name: 'n', type: 4, data: dword(1) },
        after: { name: 'n', type: 4, data: dword(3) },
      },
    ]);
    expect(open(before, module).replayChanges()).toBeNull();
  });

  test('what became of each log', () => {
    const good = newLog([before, between, after], 7);
    const verdicts = (logs: Uint8Array[], hive = before) =>
      open(hive, module, { logs }).logs.map(({ verdict, applied }) => [verdict, applied]);
    const half = good.slice(0, 2000);
    const noBase = good.slice();
    noBase[20]! ^= 1;
    expect(
      verdicts([good, newLog([between, after], 11), half, noBase, new Uint8Array(0), before, good.slice()]),
    ).toEqual([
      ['applied', 2],
      ['mismatched', 0],
      ['damagedEntries', 0],
      ['damagedBase', 0],
      ['empty', 0],
      ['noLog', 0],
      ['unused', 0],
    ]);
    expect(verdicts([good, noBase], hiveOf(1, 100))).toEqual([
      ['notNeeded', 0],
      ['notNeeded', 0],
    ]);
    const refused = open(before, module, { logs: [newLog([between, after], 9), noBase] });
    expect(refused.findings.map(({ code, expected, actual }) => [code, expected, actual])).toEqual([
      ['hiveDirty', 8, 7],
      ['hiveLogRefused', 7, 9],
      ['hiveLogRefused', 7, 0],
    ]);
  });

  test('the hive that was handed in is not changed', () => {
    const copy = before.slice();
    open(copy, module, { logs: [newLog([before, after], 7)] });
    expect(copy).toEqual(before);
  });

  test('fuzz: damaged logs end in a hive or an error', () => {
    const logs = [newLog([before, between, after], 7), oldLog(before, after, 8)];
    for (let seed = 1; seed <= fuzzCount(400); seed++) {
      const bad = damage(logs[seed & 1]!, seed, [0, 512, 552]);
      if (seed % 3 === 0 && bad.length >= 512) setChecksum(bad);
      try {
        const hive = open(before, module, { logs: [bad] });
        expect(['recovered', 'dirtyNoLog'], `seed ${seed}`).toContain(hive.state);
        expect(hive.replayChanges() === null, `seed ${seed}`).toBe(hive.recovery === null);
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(HivexError);
      }
    }
  });
});

test('the hash of an entry made by Windows', () => {
  // The first 32 bytes of an entry in a log of Windows 10, and the hash that stands behind them.
  const entry = '48764c45005e00000000000002000000005000000100000031e40718666c8667';
  expect(marvin32(Uint8Array.from(Buffer.from(entry, 'hex'))).map((half) => half.toString(16))).toEqual([
    'a7657f02',
    'cd44f3cf',
  ]);
});

describe('hives that Windows recovered itself', () => {
  const cases = [
    ['NewDirtyHive1/NewDirtyHive', 'NewDirtyHive1/RecoveredHive_Windows10', 4],
    ['NewDirtyHive2/NewDirtyHive', 'NewDirtyHive1/RecoveredHive_Windows10', 3],
    ['OldDirtyHive/OldDirtyHive', 'OldDirtyHive/RecoveredHive_Windows7', 1],
  ] as const;
  const at = (name: string) => corpus(`msuhanov+yarp/hives_for_tests/${name}`);
  const bytes = (name: string) => new Uint8Array(readFileSync(at(name)!));

  test.skipIf(at(cases[0][0]) === null).each(cases)('%s', (dirty, recovered, entries) => {
    const logs = [bytes(`${dirty}.LOG1`), bytes(`${dirty}.LOG2`)];
    const hive = open(bytes(dirty), module, { logs });
    expect([hive.state, hive.recovery!.entries]).toEqual(['recovered', entries]);
    expect(lines(hive)).toEqual(lines(open(bytes(recovered), module)));
    expect(lines(open(bytes(dirty), module))).not.toEqual(lines(hive));
    // The changes, undone in the list of what is there now, lead back to the hive as it was.
    const paths = (of: Hive) => {
      const all: string[] = [];
      const above: string[] = [];
      of.visit({
        nodeStart: (_node, name) => void all.push(above.push(name) === 1 ? '' : above.slice(1).join('\\')),
        nodeEnd: () => void above.pop(),
      });
      return all.sort();
    };
    const { keys } = hive.replayChanges()!;
    expect(keys.length).toBeGreaterThan(0);
    const added = new Set(keys.filter((key) => key.kind === 'added').map((key) => key.path));
    const removed = keys.filter((key) => key.kind === 'removed').map((key) => key.path);
    const undone = [...paths(hive).filter((name) => !added.has(name)), ...removed].sort();
    expect(undone).toEqual(paths(open(bytes(dirty), module)));
  });

  test.skipIf(at('BadLogHive1/BadLogHive') === null).each(['BadLogHive1/BadLogHive', 'BadLogHive3/BadLogHive'])(
    '%s has logs with a broken base block',
    (name) => {
      const hive = open(bytes(name), module, { logs: [bytes(`${name}.LOG1`), bytes(`${name}.LOG2`)] });
      expect([hive.state, hive.recovery]).toEqual(['dirtyNoLog', null]);
    },
  );
});

/** Milliseconds of work, whatever else the machine does. */
function worked(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test('values of one name, a hundred thousand of them, are compared in a moment', () => {
  const values = (n: number) => Array.from({ length: 100_000 }, () => ({ name: 'v', type: 4, data: dword(n) }));
  const dirty = { minor: 5, sequence1: 8, sequence2: 7 } as const;
  const before = buildHive({ name: 'R', values: values(1) }, dirty);
  const after = buildHive({ name: 'R', values: values(2) }, { minor: 5 });
  const hive = open(before, module, { logs: [newLog([before, after], 7)] });
  let changed = 0;
  expect(
    worked(() => {
      changed = hive.replayChanges()!.keys[0]!.values.length;
    }),
  ).toBeLessThan(6000);
  expect(changed).toBe(100_000);
});

test('logs of very many transactions are told in a moment', () => {
  const before = hiveOf(1, 10, 8, 7);
  const log = (first: number) => {
    const count = 60_000;
    const bytes = new Uint8Array(512 * (count + 1));
    bytes.set(newLog([before, hiveOf(2, 10)], 7).subarray(0, 512));
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const at = 512 * (i + 1);
      const entry = bytes.subarray(at, at + 512);
      view.setUint32(at, 0x454c7648, true);
      view.setUint32(at + 4, 512, true);
      view.setUint32(at + 12, first + i, true);
      view.setUint32(at + 16, before.length - 4096, true);
      const hash = (to: number, [lo, hi]: readonly [number, number]) => {
        view.setUint32(at + to, lo, true);
        view.setUint32(at + to + 4, hi, true);
      };
      hash(24, marvin32(entry.subarray(40)));
      hash(32, marvin32(entry.subarray(0, 32)));
    }
    return bytes;
  };
  const logs = [log(7), log(1_000_000)];
  let verdicts: unknown[] = [];
  expect(
    worked(() => {
      verdicts = open(before, module, { logs }).logs.map(({ verdict, applied }) => [verdict, applied]);
    }),
  ).toBeLessThan(5000);
  expect(verdicts).toEqual([
    ['applied', 60_000],
    ['mismatched', 0],
  ]);
});

describe('what keys share is not told once for each', () => {
  const security = new Uint8Array(60_000).fill(3);
  const state = (lastWrite: bigint, options: object) => {
    const keys = Array.from({ length: 2000 }, (_, i) => ({ name: `k${i}`, lastWrite, security, class: `c${i}` }));
    keys[0]!.class = 'c'.repeat(30_000);
    return buildHive({ name: 'R', keys, security }, { minor: 5, ...options });
  };
  const before = state(1n, { sequence1: 8, sequence2: 7 });
  const after = state(2n, {});

  test('descriptors are read once', () => {
    const { keys } = open(before, module, { logs: [newLog([before, after], 7)] }).replayChanges()!;
    expect(keys).toHaveLength(2000);
    const { kind, before: old, after: now } = keys.find(({ path }) => path === 'k7')!;
    expect([kind, old!.className, now!.className]).toEqual(['changed', 'c7', 'c7']);
    for (const one of [old, now]) expect(Buffer.compare(one!.security!, security)).toBe(0);
    expect(new Set(keys.flatMap((key) => [key.before!.security, key.after!.security])).size).toBe(2);
  });

  test('classes that have more bytes than the hive are refused', () => {
    const shared = [before, after].map((bytes) => {
      const hive = open(bytes, module);
      const view = new DataView(bytes.buffer, 4100);
      const [first, ...others] = hive.nodeChildren(hive.root());
      for (const key of others) {
        view.setUint32(key + 48, view.getUint32(first! + 48, true), true);
        view.setUint16(key + 74, 60_000, true);
      }
      return bytes;
    });
    const hive = open(shared[0]!, module, { logs: [newLog(shared, 7)] });
    expect(hive.nodeClass(hive.nodeGetChild(hive.root(), 'k9')!)).toHaveLength(30_000);
    expect(() => hive.replayChanges()).toThrow(/class names/);
  });
});
