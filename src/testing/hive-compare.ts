/** A hive as hivex-wasm reads it against what hivexml, reglookup and the twin read: keys, names, types, bytes, times, classes. */
import { type Hive, nameOf, ValueFlag } from 'hivex-wasm';
import { expect } from 'vitest';
import { filetimeIso } from '../base/filetime.ts';
import { hex } from '../base/guid.ts';
import type { XmlNode, XmlValue } from './hivexml.ts';
import { type LookupRow, unquote } from './reglookup.ts';
import type { TwinKey } from './twins/regf.ts';

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

/** @returns keys and values compared */
export function compareXml(hive: Hive, root: XmlNode): number {
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
export function compareLookup(hive: Hive, rows: readonly LookupRow[]): number {
  const keyTimes = rows.filter((row) => row.type === 'KEY').map((row) => row.mtime);
  const binary = rows
    .filter((row) => row.type === 'BINARY')
    .map((row) => (row.value === '(null)' ? '' : Buffer.from(unquote(row.value)).toString('hex')));
  const keyClasses = rows.filter((row) => row.className !== '').map((row) => row.className);
  const ours: string[] = [];
  const classes: string[] = [];
  const data: string[] = [];
  hive.visit({
    nodeStart: (node) => {
      const className = hive.nodeClass(node);
      if (className !== null && className !== '') classes.push(className);
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
  expect(classes.sort()).toEqual(keyClasses.sort());
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
  written: bigint,
) => JSON.stringify([name, parent, keys, values, className, sd && hex(sd), String(written)]);
const valueLine = (name: string, type: number, data: Uint8Array) => JSON.stringify([name, type, hex(data)]);

/** The columns of a walk against the tree of the twin. */
export function compareTwin(hive: Hive, root: TwinKey): number {
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
      const written = (BigInt(k.lastWriteHi[i]!) << 32n) | BigInt(k.lastWriteLo[i]!);
      const [parent, subkeys, values] = [k.parent[i]!, k.subkeys[i]!, k.values[i]!];
      at(id).line = keyLine(nameOf(k, i), parent, subkeys, values, hive.nodeClass(id), hive.nodeSecurity(id), written);
    }
    done = last;
  }
  const ours: string[] = [];
  const theirs: string[] = [];
  const visit = (key: TwinKey, parent: number): void => {
    const { line, values } = at(key.cell);
    ours.push(line, ...values);
    theirs.push(
      keyLine(key.name, parent, key.keys.length, key.values.length, key.className, key.security, key.lastWrite),
    );
    theirs.push(...key.values.map((value) => valueLine(value.name, value.type, value.data)));
    for (const child of key.keys) visit(child, key.cell);
  };
  visit(root, root.cell);
  expect(ours.join('\n') === theirs.join('\n')).toBe(true);
  return keys.size;
}

/** Everything of a hive but where it lies: a line a key and a value, in list order. */
export function dumpLines(hive: Hive): string[] {
  const lines: string[] = [];
  const todo = [{ node: hive.root(), path: '' }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { node, path } = next;
    const row = hive.keyRow(node);
    const security = hive.nodeSecurity(node);
    lines.push(
      `${path} ${hive.nodeTimestamp(node)} ${row.layerKind[0]} ${row.flags[0]} ${JSON.stringify(hive.nodeClass(node))} ` +
        `${security && Buffer.from(security).toString('hex')}`,
    );
    const values = hive.valueRows(node);
    for (let i = 0; i < values.count; i++) {
      const tombstone = (values.flags[i]! & ValueFlag.tombstone) !== 0;
      const data = tombstone ? 'tombstone' : Buffer.from(hive.valueValue(values.ref[i]!)).toString('hex');
      lines.push(`${path} @${JSON.stringify(nameOf(values, i))} ${tombstone ? 0 : values.type[i]} ${data}`);
    }
    const keys = hive.keyRows(node);
    for (let i = keys.count - 1; i >= 0; i--)
      todo.push({ node: keys.id[i]!, path: `${path}\\${JSON.stringify(nameOf(keys, i))}` });
  }
  return lines;
}
