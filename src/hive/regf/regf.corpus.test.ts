/** Every hive of the corpus, against hivexml, reglookup and the twin. */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Hive, nameOf, open } from 'hivex-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import { hex } from '../../base/guid.ts';
import { valueText } from '../../content/registry-value.ts';
import { readSecurityDescriptor } from '../../content/security-descriptor.ts';
import { MemorySource } from '../../source/memory.ts';
import { corpusFolder } from '../../testing/corpus.ts';
import { buildHive, dword, type KeySpec, multiSz, qword, sz } from '../../testing/hive-builder.ts';
import { readHivexml, type XmlNode, type XmlValue } from '../../testing/hivexml.ts';
import { loadModule } from '../../testing/modules.ts';
import { readReglookup, unquote } from '../../testing/reglookup.ts';
import { hasTool } from '../../testing/tools.ts';
import { readTwin, type TwinKey } from '../../testing/twins/regf.ts';
import { hiveFormats } from '../registry.ts';
import { regfFormat } from './index.ts';

const base = corpusFolder();

/** Files that begin with a base block, hives and logs, relative to the corpus. */
function regfFiles(): string[] {
  if (base === null) return [];
  const head = Buffer.alloc(4);
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      const fd = openSync(file, 'r');
      const length = readSync(fd, head, 0, 4, 0);
      closeSync(fd);
      return length === 4 && head.toString('latin1') === 'regf';
    })
    .map((file) => path.relative(base, file))
    .sort();
}

const module = () => loadModule('hivex', true);
const files = regfFiles();
const bytesOf = (file: string) => new Uint8Array(readFileSync(path.join(base!, file)));
const isHive = (file: string) => bytesOf(file)[28] === 0;
const hives = files.filter(isHive);

/** Damaged on purpose: no tool is an oracle for what is left of them. */
const DAMAGED =
  /BadListHive|TruncatedHive|corrupt_sub_key_list|01_Key_node_Security|10_CmpKeySecurity|TruncatedPairHive|TwoOwners/;

const seconds = (ticks: bigint) =>
  filetimeIso(Number(ticks & 0xffff_ffffn), Number(ticks >> 32n))?.replace(/\.\d+Z/, 'Z') ?? null;

/** Text of UTF-16 data up to the first NUL, as a C string ends. */
function textOf(data: Uint8Array): string {
  const text = Buffer.from(data.subarray(0, data.length & ~1)).toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function expectValue(xml: XmlValue, type: number, data: Uint8Array, where: string): void {
  if (xml.base64) {
    expect(Buffer.from(xml.value, 'base64').equals(data), where).toBe(true);
    return;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (xml.type.startsWith('int') && data.length < Number(xml.type.slice(3)) / 8) {
    expect(xml.value, where).toBe('-1'); // hivexml's number for data that are too short
    return;
  }
  switch (xml.type) {
    case 'int32':
      expect(Number(xml.value) >>> 0, where).toBe(view.getUint32(0, type !== 5));
      break;
    case 'int64':
      expect(BigInt.asUintN(64, BigInt(xml.value)), where).toBe(view.getBigUint64(0, true));
      break;
    case 'string-list': {
      const text = Buffer.from(data.subarray(0, data.length & ~1)).toString('utf16le');
      const strings = text.split('\0');
      while (strings.at(-1) === '') strings.pop();
      while (xml.strings.at(-1) === '') xml.strings.pop();
      expect(strings.slice(0, xml.strings.length), where).toEqual(xml.strings);
      break;
    }
    default:
      // XML cannot carry control characters, and line ends in attributes come back as spaces.
      expect(textOf(data).replace(/\s/g, ' '), where).toBe(xml.value.replace(/\s/g, ' '));
  }
}

/** XML cannot say a NUL: hivexml's names end there. */
const xmlName = (name: string) => name.split('\0')[0];

function compareXml(hive: Hive, root: XmlNode): number {
  let compared = 0;
  const visit = (node: number, xml: XmlNode, where: string): void => {
    expect(xmlName(hive.nodeName(node)), where).toBe(xml.name);
    if (xml.mtime !== null) expect(seconds(hive.nodeTimestamp(node)), where).toBe(xml.mtime);
    const values = hive.nodeValues(node);
    expect(values.length, where).toBe(xml.values.length);
    values.forEach((value, i) => {
      const key = hive.valueKey(value);
      expect(xmlName(key), where).toBe(xml.values[i]!.key);
      expectValue(xml.values[i]!, hive.valueType(value).type, hive.valueValue(value), `${where} @${key}`);
      compared++;
    });
    const children = hive.nodeChildren(node);
    expect(children.length, where).toBe(xml.nodes.length);
    children.forEach((child, i) => {
      visit(child, xml.nodes[i]!, `${where}\\${xml.nodes[i]!.name}`);
    });
    compared++;
  };
  visit(hive.root(), root, '');
  return compared;
}

/** Keys by quoted path, values by path and data, of what reglookup prints unambiguously. */
function compareLookup(hive: Hive, file: string): number {
  const rows = readReglookup(file);
  const keyTimes = rows.filter((row) => row.type === 'KEY').map((row) => row.mtime);
  const binary = rows
    .filter((row) => row.type === 'BINARY')
    .map((row) => (row.value === '(null)' ? '' : Buffer.from(unquote(row.value)).toString('hex')));
  const ours: string[] = [];
  const data: string[] = [];
  hive.visit({
    nodeStart: (node) => {
      ours.push(seconds(hive.nodeTimestamp(node))?.replace('T', ' ').replace('Z', '') ?? '');
      return true;
    },
    value: (_node, value, type) => {
      if (type === 3) data.push(Buffer.from(hive.valueValue(value)).toString('hex'));
    },
  });
  expect(ours.length).toBe(keyTimes.length);
  // It prints times before 1970 in its own way.
  const sane = (times: string[]) => times.filter((time) => time > '1971').sort();
  expect(sane(ours)).toEqual(sane(keyTimes));
  expect(data.sort()).toEqual(binary.sort());
  return rows.length;
}

/** One key as a line, and its values as lines; the same from the engine and from the twin. */
const keyLine = (
  name: string,
  parent: number,
  keys: number,
  values: number,
  className: string | null,
  sd: Uint8Array | null,
) => JSON.stringify([name, parent, keys, values, className, sd && hex(sd)]);
const valueLine = (name: string, type: number, data: Uint8Array) => JSON.stringify([name, type, hex(data)]);

/** The columns of a walk against the tree of the twin. */
function compareTwin(hive: Hive, root: TwinKey): number {
  const keys = new Map<number, { line: string; values: string[] }>();
  const at = (cell: number) => {
    const entry = keys.get(cell) ?? { line: '', values: [] };
    keys.set(cell, entry);
    return entry;
  };
  const walk = hive.walk();
  for (let done = false; !done; ) {
    const { keys: k, values: v, findings, done: last } = walk.step();
    expect(findings).toEqual([]);
    for (let i = 0; i < v.count; i++)
      at(v.key[i]!).values.push(valueLine(nameOf(v, i), v.type[i]!, hive.valueValue(v.ref[i]!)));
    for (let i = 0; i < k.count; i++) {
      const id = k.id[i]!;
      const [parent, subkeys, values] = [k.parent[i]!, k.subkeys[i]!, k.values[i]!];
      at(id).line = keyLine(nameOf(k, i), parent, subkeys, values, hive.nodeClass(id), hive.nodeSecurity(id));
    }
    done = last;
  }
  const ours: string[] = [];
  const theirs: string[] = [];
  const visit = (key: TwinKey, parent: number): void => {
    const { line, values } = at(key.cell);
    ours.push(line, ...values);
    theirs.push(keyLine(key.name, parent, key.keys.length, key.values.length, key.className, key.security));
    theirs.push(...key.values.map((value) => valueLine(value.name, value.type, value.data)));
    for (const child of key.keys) visit(child, key.cell);
  };
  visit(root, root.cell);
  expect(ours.join('\n') === theirs.join('\n')).toBe(true);
  return keys.size;
}

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

  test('sound hives read as the twin reads them', () => {
    let keys = 0;
    for (const file of hives.filter((one) => !DAMAGED.test(one))) {
      const bytes = bytesOf(file);
      keys += compareTwin(open(bytes, module()), readTwin(bytes));
    }
    expect(keys).toBeGreaterThan(80_000);
  });

  test.skipIf(!hasTool('hivexml'))('as hivexml', () => {
    let compared = 0;
    let read = 0;
    for (const file of hives) {
      const full = path.join(base!, file);
      let xml: XmlNode;
      try {
        xml = readHivexml(full);
      } catch {
        continue; // hivexml refuses it
      }
      if (DAMAGED.test(file)) continue;
      compared += compareXml(open(readFileSync(full), module()), xml);
      read++;
    }
    expect(read).toBeGreaterThan(90);
    expect(compared).toBeGreaterThan(200_000);
  });

  test.skipIf(!hasTool('reglookup'))('as reglookup', () => {
    let rows = 0;
    for (const file of hives.filter((one) => !DAMAGED.test(one)))
      rows += compareLookup(open(bytesOf(file), module()), path.join(base!, file));
    expect(rows).toBeGreaterThan(200_000);
  });

  test('every security descriptor and value can be put into words', () => {
    let descriptors = 0;
    for (const file of hives.filter((one) => !DAMAGED.test(one))) {
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
    expect(compareLookup(open(bytes, module()), file)).toBe(1 + 7 + 1200 + 12 + 12);
  });
});
