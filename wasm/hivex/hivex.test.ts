import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildHive, dword, type KeySpec, multiSz, qword, sz } from '../../src/testing/hive-builder.ts';
import { HivexError, MAX_HIVE_BYTES, nameOf, open } from './src/index.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const module = new WebAssembly.Module(readFileSync(path.join(here, 'hivex.checked.wasm')));

const SPEC: KeySpec = {
  name: 'ROOT',
  keys: [
    {
      name: 'Software',
      class: 'a class',
      lastWrite: 123n,
      values: [
        { name: '', type: 1, data: sz('default') },
        { name: 'Text', type: 1, data: sz('caf\u00e9') },
        { name: 'Number', type: 4, data: dword(0xfffffffe) },
        { name: 'Big-endian', type: 5, data: Uint8Array.of(0, 0, 1, 0) },
        { name: 'Long', type: 11, data: qword(2n ** 63n) },
        { name: 'List', type: 7, data: multiSz(['x', 'y']) },
        { name: 'Large', type: 3, data: Uint8Array.from({ length: 40_000 }, (_, i) => i) },
      ],
      keys: [{ name: 'In' }],
    },
    { name: 'Other' },
  ],
};
const BYTES = new Uint8Array(buildHive(SPEC, { minor: 5, fileName: 'TEST' }));

describe("hivex's calls", () => {
  const hive = open(BYTES, module);
  const root = hive.root();
  const software = hive.nodeGetChild(root, 'SOFTWARE')!;
  const value = (key: string) => hive.nodeGetValue(software, key)!;

  test('nodes', () => {
    expect(hive.nodeName(root)).toBe('ROOT');
    expect(hive.nodeParent(root)).toBeNull();
    expect(hive.nodeChildren(root).map((node) => hive.nodeName(node))).toEqual(['Other', 'Software']);
    expect(hive.nodeNrChildren(root)).toBe(2);
    expect(hive.nodeParent(software)).toBe(root);
    expect(hive.nodeTimestamp(software)).toBe(123n);
    expect(hive.nodeClass(software)).toBe('a class');
    expect(hive.nodeClass(root)).toBeNull();
    expect(hive.nodeSecurity(root)![0]).toBe(1);
    expect(hive.nodeGetChild(root, 'none')).toBeNull();
  });

  test('values', () => {
    expect(hive.nodeNrValues(software)).toBe(7);
    expect(hive.nodeValues(software).map((one) => hive.valueKey(one))).toEqual(
      SPEC.keys![0]!.values!.map((one) => one.name),
    );
    expect(hive.valueString(value(''))).toBe('default');
    expect(hive.valueString(value('TEXT'))).toBe('caf\u00e9');
    expect(hive.valueDword(value('number'))).toBe(0xfffffffe);
    expect(hive.valueDword(value('big-ENDIAN'))).toBe(256);
    expect(hive.valueQword(value('Long'))).toBe(2n ** 63n);
    expect(hive.valueMultipleStrings(value('List'))).toEqual(['x', 'y']);
    expect(hive.valueType(value('Large'))).toEqual({ type: 3, length: 40_000 });
    expect(hive.valueValue(value('Large'))).toEqual(SPEC.keys![0]!.values![6]!.data);
    for (const one of hive.nodeValues(software))
      expect(Buffer.from(hive.valueView(one))).toEqual(Buffer.from(hive.valueValue(one)));
    expect(hive.valueSegments(value('Large')).map((one) => one.length)).toEqual([16_344, 16_344, 7312]);
    expect(hive.nodeGetValue(software, 'none')).toBeNull();
    expect(() => hive.valueDword(value('Long'))).toThrow(/InvalidData.*4 bytes.*8 bytes/);
    expect(() => hive.valueQword(value('Number'))).toThrow(HivexError);
  });

  test('visit, depth first, and not below what is skipped', () => {
    const seen: string[] = [];
    hive.visit({
      nodeStart: (_node, name) => {
        seen.push(`<${name}`);
        return name !== 'Software';
      },
      nodeEnd: (_node, name) => void seen.push(`${name}>`),
      value: (_node, _value, type, length, key) => void seen.push(`${key} ${type} ${length}`),
    });
    expect(seen).toEqual(['<ROOT', '<Other', 'Other>', '<Software', 'Software>', 'ROOT>']);
    let values = 0;
    hive.visit({ value: () => void values++ });
    expect(values).toBe(7);
  });

  test('walk; a second walk ends the first', () => {
    const first = hive.walk();
    const { keys, values, done } = hive.walk().step();
    expect([keys.count, values.count, done, nameOf(keys, 0)]).toEqual([4, 7, true, 'ROOT']);
    expect(() => first.step()).toThrow(/walk of this hive/);
    const at = values.dataOffset[1]!;
    expect(hive.view().slice(at, at + 10)).toEqual(sz('caf\u00e9'));
    expect(values.dataOffset[6]).toBe(0xffff_ffff);
  });

  test('base block', () => {
    expect(hive.base).toMatchObject({ major: 1, minor: 5, fileName: 'TEST', checksumValid: true, sequence1: 1 });
    expect([hive.state, hive.layered, hive.findings]).toEqual(['clean', false, []]);
    const offline = BYTES.slice();
    new DataView(offline.buffer).setUint32(176, 0x6752664f, true); // OfRg
    expect([hive.base.offlineRegistry, open(offline, module).base.offlineRegistry]).toEqual([false, true]);
    expect(hive.bytes(0, 4)).toEqual(Uint8Array.of(0x72, 0x65, 0x67, 0x66));
    expect(() => hive.bytes(0, 1 << 30)).toThrow(HivexError);
  });
});

describe('input', () => {
  test('a reader is read in pieces and need not be in memory', () => {
    const asked: number[] = [];
    const reader = {
      size: BYTES.length,
      read(offset: number, target: Uint8Array) {
        asked.push(offset);
        target.set(BYTES.subarray(offset, offset + target.length));
      },
    };
    expect(open(reader, module).nodeNrChildren(open(reader, module).root())).toBe(2);
    expect(asked.length).toBeGreaterThan(1);
  });

  test('what is no hive, is too short or too large is refused before memory is taken', () => {
    const code = (size: number, bytes: Uint8Array = new Uint8Array(4)) => {
      try {
        open({ size, read: (_offset, target) => target.set(bytes.subarray(0, target.length)) }, module);
      } catch (error) {
        expect(error).toBeInstanceOf(HivexError);
        return (error as HivexError).code;
      }
      return null;
    };
    expect(code(100)).toBe('UnexpectedEnd');
    expect(code(1 << 20)).toBe('InvalidSignature');
    expect(code(MAX_HIVE_BYTES + 1, BYTES)).toBe('UnsupportedSize');
  });

  test('an error of the reader comes through as it is', () => {
    const failing = {
      size: BYTES.length,
      read(): void {
        throw new RangeError('disk on fire');
      },
    };
    expect(() => open(failing, module)).toThrow('disk on fire');
  });

  test('progress is told', () => {
    const told: number[] = [];
    open(BYTES, module, { progress: (done, total) => void told.push(done / total) });
    expect(told.at(-1)).toBe(1);
  });
});
