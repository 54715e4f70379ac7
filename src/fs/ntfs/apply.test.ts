/**
 * What wimlib writes on a volume of mkntfs (by libntfs-3g) of a WIM with all that a tree of Windows has: streams, links,
 * junctions, short names, security. Also with the largest clusters there are.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes } from '../../testing/conformance.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { dir, file, link } from '../../testing/sample/parts.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildWim } from '../../testing/wim-builder.ts';
import type { WimEntry } from '../../testing/wim-metadata.ts';
import { mixedData, SYMLINK, symlinkData } from '../../testing/wim-sample-tree.ts';
import { NodeFlag } from '../types.ts';
import { ntfs } from './index.ts';

const AT = 132_500_000_000_000_001n;
const big = mixedData(3_000_000);
const small = mixedData(300);
const zone = new TextEncoder().encode('[ZoneTransfer]\r\nZoneId=3\r\n');

/** A self-relative descriptor with an owner and a group, without which libntfs-3g takes none. */
function owned(rid: number): Uint8Array {
  const bytes = new Uint8Array(52);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 0, 4, 0x80]);
  [20, 36].forEach((at, i) => {
    view.setUint32(4 + 4 * i, at, true);
    bytes.set([1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0], at);
    view.setUint32(at + 12, rid, true);
  });
  return bytes;
}

const ROOT: WimEntry = {
  name: '',
  created: AT,
  security: owned(544),
  dir: [
    dir('Users', [file('resident', small, AT), link('All Users', 'C:\\ProgramData', AT)], AT, { attributes: 0x1 }),
    file('big.bin', big, AT, { link: 'b', security: owned(545) }),
    file('same.bin', big, AT, { link: 'b', security: owned(545) }),
    file('A long name.txt', small, AT, { shortName: 'ALONGN~1.TXT' }),
    file('download.exe', small, AT, {
      attributes: 0x22,
      modified: AT + 7n,
      streams: [
        { name: 'Zone.Identifier', data: zone },
        { name: 'large', data: big },
      ],
    }),
    { name: 'link', created: AT, reparse: { tag: SYMLINK, data: symlinkData('\\??\\C:\\Windows', 'C:\\Windows') } },
    dir(
      'many',
      [...Array(60).keys()].map((i) => file(`file ${i}`, small.subarray(i), AT)),
      AT,
    ),
  ],
};

const folder = mkdtempSync(path.join(tmpdir(), 'ntfs-apply-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tools = ['mkntfs', 'wimlib-imagex', 'ntfsls', 'ntfscat'].every(hasTool);

describe.skipIf(!tools).each([
  ['clusters of 4 KiB', [], { clusterSize: 4096 }],
  ['records of 4 KiB', ['-s', '4096'], { recordSize: 4096 }],
  ['clusters of 2 MiB', ['-c', '2097152'], { clusterSize: 2 << 20 }],
] as const)('%s', (title, geometry, expected) => {
  test('all of it is read as it was written', () => {
    mkdirSync(path.join(folder, title));
    const [wim, image] = ['x.wim', 'x.img'].map((name) => path.join(folder, title, name)) as [string, string];
    writeFileSync(wim, buildWim({ images: [{ name: 'x', root: ROOT }] }));
    writeFileSync(image, '');
    truncateSync(image, 512 << 20);
    runTool('mkntfs', ['-Q', '-F', '-q', ...geometry, image]);
    runTool('wimlib-imagex', ['apply', wim, '1', image]);

    const source = new NodeFileSource(image);
    const context = { codecs: {} as never, modules: loadModules(), resolve: () => [] };
    const opened = ntfs.open(source, context);
    const volume = opened.volumes[0]!;
    expect([opened.findings, volume.facts]).toEqual([[], expect.objectContaining(expected)]);
    const { rows, findings } = scanRows(volume);
    expect(findings).toEqual([]);
    const paths = rowPaths(rows, volume.rootId);
    const at = (name: string) => paths.get(name) ?? expect.fail(`${name} is not there`);
    const bytes = (name: string, stream?: string) => {
      const from = volume.open(at(name).ref, stream);
      return readBytes(from, 0, from.size);
    };

    expectBytes(bytes('big.bin'), big);
    expect([at('same.bin').id, at('big.bin').links]).toEqual([at('big.bin').id, 2]);
    expectBytes(bytes('download.exe', 'Zone.Identifier'), zone);
    expectBytes(bytes('download.exe', 'large'), big);
    const { attributes, modifiedLo, modifiedHi, flags } = at('download.exe');
    expect([attributes, (BigInt(modifiedHi) << 32n) | BigInt(modifiedLo)]).toEqual([0x22, AT + 7n]);
    expect(flags & NodeFlag.streams).not.toBe(0);
    expectBytes(bytes('A long name.txt'), small);
    expect(rows.find(({ name }) => name === 'A long name.txt')!.short).toBe('ALONGN~1.TXT');
    expect(at('Users/All Users').flags & NodeFlag.link).not.toBe(0);
    const target = (name: string) => volume.describe(at(name).ref).reparseTarget;
    expect([target('Users/All Users'), target('link')]).toEqual(['C:\\ProgramData', 'C:\\Windows']);
    expect([at('Users/All Users').reparseTag, at('link').reparseTag]).toEqual([0xa000_0003, SYMLINK]);
    expect(volume.describe(at('big.bin').ref).security).toEqual(owned(545));
    for (let i = 0; i < 60; i++) expectBytes(bytes(`many/file ${i}`), small.subarray(i), `file ${i}`);

    // and as ntfs-3g reads it
    expectBytes(runTool('ntfscat', ['-n', 'large', image, 'download.exe']), big);
    const listed = runTool('ntfsls', ['-a', '-p', '/many', image]).toString().split('\n');
    expect(listed.filter((name) => name.startsWith('file '))).toHaveLength(60);
    source.close();
  });
});
