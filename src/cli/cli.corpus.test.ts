/** Real images through the whole program, held against independent tools: what the formats' own tests prove row by row. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { corpus } from '../testing/corpus.ts';
import { flsEntries } from '../testing/fls.ts';
import { readHivexml, type XmlNode, type XmlValue } from '../testing/hivexml.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { wimlibRows } from '../testing/wimlib.ts';

interface Row {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly created: string | null;
  readonly modified: string | null;
  readonly changed: string | null;
  readonly accessed: string | null;
  readonly attributes: number;
  readonly sha1?: string;
  readonly bytes: string;
}
interface RegRow {
  readonly key: string;
  readonly lastWrite?: string | null;
  readonly values?: number;
  readonly name?: string;
  readonly data?: string;
}

const PE = corpus('slorelee+wimbuilder2/test/boot.efbe10b.wim');
const inputs = new Inputs();

const rowsOf = (image: string) => {
  const { out, code } = cli(['ls', image, '-r', '--json']);
  expect(code).toBe(0);
  return objects<Row>(out);
};
const regOf = (...args: string[]) => objects<RegRow>(cli(['reg', ...args, '-r', '--json']).out);
const seconds = (iso: string | null) => (iso === null ? 0 : Math.floor(Date.parse(iso) / 1000));

test.skipIf(PE === null || !hasTool('wimlib-imagex'))('the WinPE tree is what wimlib-imagex lists', () => {
  const ours = rowsOf(`${PE}::1`)
    .map((row) => ({
      path: row.path.replaceAll('\\', '/'),
      attributes: row.attributes,
      times: [row.created, row.modified, row.accessed].map(seconds),
      size: row.size,
      sha1: row.sha1 ?? '',
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const theirs = wimlibRows(PE!, 1)
    .filter(({ path }) => path !== '')
    .map((row) => {
      const data = row.streams.find(({ kind, name }) => kind === 'data' && name === '');
      return {
        path: row.path,
        attributes: row.attributes,
        times: [row.created, row.modified, row.accessed].map(Math.floor),
        size: data?.size ?? 0,
        sha1: data?.sha1.replace(/^0+$/, '') ?? '',
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  expect(ours.length).toBeGreaterThan(3500);
  expect(ours).toEqual(theirs);
});

test.skipIf(PE === null)('contents of the WinPE tree have the hashes that it states', () => {
  for (const { path, sha1, size } of rowsOf(`${PE}::1`).filter((row) => row.sha1 !== undefined)) {
    const { bytes } = cli(['cat', `${PE}::1`, path]);
    expect([path, bytes.length, createHash('sha1').update(bytes).digest('hex')]).toEqual([path, size, sha1]);
  }
});

const VOLUMES: readonly (readonly [file: string, offset: number, raw: 'vpc' | 'vhdx' | null])[] = [
  ['fox-it+dissect.hypervisor/tests/_data/disk/vhd/fixed.vhd', 128 * 512, 'vpc'],
  ['fox-it+dissect.hypervisor/tests/_data/disk/vhdx/dynamic.vhdx', 128 * 512, 'vhdx'],
  ['ColinFinck+ntfs/testdata/testfs1', 0, null],
  ['fox-it+dissect.ntfs/tests/data/ntfs.bin', 0, null],
  ['msuhanov+dfir_ntfs/test_data/ntfs_index.raw', 128 * 512, null],
];

describe.each(VOLUMES.map(([file, ...rest]) => [file, corpus(file), ...rest] as const))(
  '%s',
  (_, file, offset, format) => {
    const tools = ['fls', 'icat', ...(format === null ? [] : ['qemu-img'])];
    test.skipIf(file === null || !tools.every(hasTool))('lists and reads as The Sleuth Kit does', () => {
      let raw = file!;
      if (format !== null) {
        raw = inputs.free('disk.raw');
        runTool('qemu-img', ['convert', '-f', format, '-O', 'raw', file!, raw]);
      }
      const theirs = flsEntries(raw, offset);
      const ours = new Map(rowsOf(file!).map((row) => [row.path.replaceAll('\\', '/'), row]));
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      let read = 0;
      for (const [path, entry] of theirs) {
        const row = ours.get(path)!;
        expect([path, row.type === 'dir']).toEqual([path, entry.directory]);
        if (entry.size !== null) expect([path, row.size]).toEqual([path, entry.size]);
        expect([
          path,
          ...[row.accessed, row.modified, row.changed, row.created].map((t, i) =>
            t === null ? entry.times[i] : seconds(t) >>> 0,
          ),
        ]).toEqual([path, ...entry.times]);
        const small = entry.size !== null && entry.size > 0 && entry.size < 1 << 22;
        if (!small || !['complete', 'sparse', 'lznt1'].includes(row.bytes) || path.startsWith('$') || read === 8)
          continue;
        const args = [...(offset > 0 ? ['-o', String(offset / 512)] : []), raw, `${entry.record}-128`];
        expect(cli(['cat', file!, path]).bytes.equals(runTool('icat', args))).toBe(true);
        read++;
      }
    });
  },
);

const xmlName = (name: string) => name.split('\0')[0]!;
const cText = (data: Buffer) =>
  data
    .subarray(0, data.length & ~1)
    .toString('utf16le')
    .split('\0')[0]!;

function sameValue(xml: XmlValue, data: Buffer): boolean {
  if (xml.base64) return Buffer.from(xml.value, 'base64').equals(data);
  if (xml.type === 'int32') return data.length < 4 || Number(xml.value) >>> 0 === data.readUInt32LE();
  if (xml.type === 'int64') return data.length < 8 || BigInt.asUintN(64, BigInt(xml.value)) === data.readBigUInt64LE();
  const squeeze = (text: string) => text.replace(/\s/g, ' ');
  if (xml.type !== 'string-list') return squeeze(cText(data)) === squeeze(xml.value);
  const strings = data
    .subarray(0, data.length & ~1)
    .toString('utf16le')
    .split('\0');
  return xml.strings.every((text, i) => strings[i] === text);
}

/** Every key of `xml` with time and values in the rows below `prefix`. @returns keys compared */
function compareKeys(rows: readonly RegRow[], xml: XmlNode, prefix: string): number {
  const keys = new Map<string, { lastWrite: string | null; values: RegRow[] }>();
  for (const row of rows)
    if (row.name === undefined) keys.set(row.key, { lastWrite: row.lastWrite!, values: [] });
    else keys.get(row.key)!.values.push(row);
  let compared = 0;
  const visit = (node: XmlNode, path: string): void => {
    const key = keys.get(path);
    expect(key, path).toBeDefined();
    if (node.mtime !== null) expect(seconds(key!.lastWrite), path).toBe(Date.parse(node.mtime) / 1000);
    expect(
      key!.values.map(({ name }) => xmlName(name!)),
      path,
    ).toEqual(node.values.map(({ key: name }) => name));
    node.values.forEach((value, i) => {
      expect(sameValue(value, Buffer.from(key!.values[i]!.data!, 'hex')), `${path} @${value.key}`).toBe(true);
    });
    for (const child of node.nodes) visit(child, path === '' ? child.name : `${path}\\${child.name}`);
    compared++;
  };
  visit(xml, prefix);
  return compared;
}

describe.skipIf(PE === null || !hasTool('hivexml'))('hives are what hivexml prints', () => {
  test.each(
    [
      'Pooky+PyRegedit/Data/Registry/WinXP/SYSTEM',
      'log2timeline+plaso/test_data/NTUSER.DAT',
      'mkorman90+regipy/regipy_tests/data/SYSTEM',
      'log2timeline+plaso/test_data/regf/SAM',
      'AndrewRathbun+DFIRArtifactMuseum/Windows/Amcache/Win10/APTSimulatorVM/Amcache.hve',
    ].map((file) => [file, corpus(file)] as const),
  )('%s', (_, file) => {
    const rows = regOf(file!, '--no-logs');
    const keys = compareKeys(rows, readHivexml(file!), '');
    expect(keys).toBe(rows.filter(({ name }) => name === undefined).length);
    expect(keys).toBeGreaterThan(10);
  });

  test('those in the WinPE image, read through it', () => {
    const rows = regOf(`${PE}::1`);
    const mounts = new Set(rows.map(({ key }) => key.split('\\').slice(0, 2).join('\\')));
    const hives = rowsOf(`${PE}::1`).filter(({ path }) => /^Windows\\System32\\config\\[A-Z]+$/.test(path));
    let compared = 0;
    for (const { path } of hives) {
      const mount = `HKLM\\${path.split('\\').at(-1)}`;
      if (!mounts.has(mount)) continue;
      const hive = inputs.add(`${compared}.hive`, cli(['cat', `${PE}::1`, path]).bytes);
      const below = rows.filter(({ key }) => key === mount || key.startsWith(`${mount}\\`));
      compared += compareKeys(below, readHivexml(hive), mount);
    }
    expect(compared).toBeGreaterThan(10);
  });
});
