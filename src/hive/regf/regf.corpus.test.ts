/** Every hive of the corpus opens or is refused; hives of the builder are read by others. `table.corpus.test.ts` compares the dumps. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { open } from 'hivex-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { valueText } from '../../content/registry-value.ts';
import { readSecurityDescriptor } from '../../content/security-descriptor.ts';
import { MemorySource } from '../../source/memory.ts';
import { corpusFolder } from '../../testing/corpus.ts';
import { buildHive, dword, type KeySpec, multiSz, qword, sz } from '../../testing/hive-builder.ts';
import { compareLookup, compareXml } from '../../testing/hive-compare.ts';
import { regfFiles, SPOILED } from '../../testing/hive-corpus.ts';
import { readHivexml } from '../../testing/hivexml.ts';
import { loadModule } from '../../testing/modules.ts';
import { readReglookup } from '../../testing/reglookup.ts';
import { hasTool } from '../../testing/tools.ts';
import { hiveFormats } from '../registry.ts';
import { regfFormat } from './index.ts';

const base = corpusFolder();

const module = () => loadModule('hivex', true);
const files = regfFiles(base);
const bytesOf = (file: string) => new Uint8Array(readFileSync(path.join(base!, file)));
const isHive = (file: string) => bytesOf(file)[28] === 0;
const hives = files.filter(isHive);

describe.skipIf(base === null)('corpus', () => {
  test('every hive opens or is refused with a FormatError; every log is refused as one', () => {
    let opened = 0;
    for (const file of files) {
      const bytes = bytesOf(file);
      const source = new MemorySource(file, bytes);
      const window = { head: bytes.subarray(0, 65_536), tail: bytes.subarray(-1024), size: bytes.length };
      const format = hiveFormats.find((candidate) => candidate.probe(window));
      expect(format, file).toBe(regfFormat);
      try {
        regfFormat.open(source, { module: module(), logs: [] });
        opened++;
      } catch (error) {
        expect(error, file).toBeInstanceOf(FormatError);
        if (isHive(file)) expect(file).toContain('01_Key_node_Security');
      }
    }
    expect(opened).toBe(hives.length - 1);
    expect(opened).toBeGreaterThan(95);
  });

  test('a Windows 9x registry is refused by its name', () => {
    const bytes = readFileSync(path.join(base!, 'log2timeline+dfwinreg/test_data/SYSTEM.DAT'));
    const format = hiveFormats.find((one) =>
      one.probe({ head: bytes, tail: bytes.subarray(-1024), size: bytes.length }),
    );
    expect(format?.id).toBe('creg');
  });

  test('every security descriptor and value can be put into words', () => {
    let descriptors = 0;
    for (const file of hives.filter((one) => !SPOILED.test(one))) {
      const hive = open(bytesOf(file), module());
      const seen = new Set<number>();
      const walk = hive.walk();
      for (let done = false; !done; ) {
        const { keys, values, done: last } = walk.step();
        for (let i = 0; i < keys.count; i++) {
          if (seen.has(keys.security[i]!)) continue;
          seen.add(keys.security[i]!);
          const { damaged, owner, sddl } = readSecurityDescriptor(hive.nodeSecurity(keys.id[i]!)!, 'key');
          expect([damaged, owner !== null, /^O:.*D:/.test(sddl)], `${file} ${sddl}`).toEqual([false, true, true]);
          descriptors++;
        }
        for (let i = 0; i < values.count; i++)
          expect(valueText(values.type[i]!, hive.valueValue(values.ref[i]!)).length).toBeLessThanOrEqual(260);
        done = last;
      }
    }
    expect(descriptors).toBeGreaterThan(500);
  });

  test('a container delta has tombstones and superseding keys', () => {
    const file = path.join(base!, 'msuhanov+yarp/hives_for_tests/System_Delta');
    const hive = open(readFileSync(file), module());
    expect([hive.layered, hive.base.minor, hive.state]).toEqual([true, 6, 'clean']);
    const kinds = [0, 0, 0, 0];
    let tombstones = 0;
    const { keys, values } = hive.walk().step();
    for (const kind of keys.layerKind) kinds[kind]!++;
    for (const flags of values.flags) tombstones += flags & 1;
    expect([keys.count, kinds[3]! > 0, kinds[1]! > 0, tombstones > 0]).toEqual([586, true, true, true]);
  });
});

describe('hives of the builder, read by others', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'hive-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const spec: KeySpec = {
    name: 'ROOT',
    values: [
      { name: '', type: 1, data: sz('default') },
      { name: 'd', type: 4, data: dword(77) },
      { name: 'q', type: 11, data: qword(1n << 40n) },
      { name: 'm', type: 7, data: multiSz(['one', 'two']) },
      { name: 'name \u540d', type: 2, data: sz('%SystemRoot%\\\u540d') },
      { name: 'big', type: 3, data: Uint8Array.from({ length: 70_000 }, (_, i) => i * 11) },
      { name: 'exact', type: 3, data: Uint8Array.from({ length: 16_344 * 2 }, (_, i) => i * 5) },
    ],
    keys: Array.from({ length: 1200 }, (_, i) => ({
      name: `Key ${i}`,
      class: i % 7 === 0 ? 'class' : '',
      keys: i % 100 === 0 ? [{ name: '\u30ad\u30fc', values: [{ name: 'b', type: 3, data: Uint8Array.of(i) }] }] : [],
    })),
  };
  const variants = [
    { minor: 3 },
    { minor: 3, list: 'li' },
    { minor: 5 },
    { minor: 5, list: 'ri', leafSize: 50 },
    { minor: 5, leafSize: 5000 },
  ] as const;

  test.skipIf(!hasTool('hivexml')).each(variants)('hivexml %j', (options) => {
    const file = path.join(folder, 'hive');
    const bytes = buildHive(spec, options);
    writeFileSync(file, bytes);
    expect(compareXml(open(bytes, module()), readHivexml(file))).toBe(1 + 7 + 1200 + 12 + 12);
  });

  test.skipIf(!hasTool('reglookup')).each(variants)('reglookup %j', (options) => {
    const file = path.join(folder, 'hive');
    const bytes = buildHive(spec, options);
    writeFileSync(file, bytes);
    expect(compareLookup(open(bytes, module()), readReglookup(file))).toBe(1 + 7 + 1200 + 12 + 12);
  });
});
