import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import { ticks } from '../../base/filetime.ts';
import type { Finding } from '../../base/findings.ts';
import { fromHex } from '../../base/guid.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkExtents, checkWindows, recognise } from '../../testing/conformance.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, type NodeRow, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { buildWim, buildWimWithMap, type WimOptions } from '../../testing/wim-builder.ts';
import type { WimEntry } from '../../testing/wim-metadata.ts';
import { CLOUD_1, descriptor, mixedData, SYMLINK, sampleTree, symlinkData } from '../../testing/wim-sample-tree.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, type FsVolume, NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const NAME = 'test.wim';

function open(bytes: Uint8Array): OpenedFs {
  return wim.open(new MemorySource(NAME, bytes), { codecs, modules, resolve: () => [] });
}

function openTree(root: WimEntry, options: Omit<WimOptions, 'images'> = {}): FsVolume {
  return open(buildWim({ images: [{ name: 'test', root }], ...options })).volumes[0]!;
}

function paths(volume: FsVolume): Map<string, NodeRow> {
  return rowPaths(scanRows(volume).rows, volume.rootId);
}

function verify(volume: FsVolume): Finding[] {
  const findings: Finding[] = [];
  const scan = volume.verify((finding) => findings.push(finding))!;
  while (!scan.step(10));
  expect(scan.done).toBe(scan.total);
  return findings;
}

const text = (value: string) => new TextEncoder().encode(value);
const sha1 = (data: Uint8Array) => createHash('sha1').update(data).digest('hex');
const content = (volume: FsVolume, ref: ItemRef, stream?: string) => {
  const source = volume.open(ref, stream);
  return readBytes(source, 0, source.size);
};

const KINDS: readonly Omit<WimOptions, 'images'>[] = [
  {},
  { compression: 'xpress', chunkSize: 4096 },
  { compression: 'xpress', chunkSize: 65_536 },
  { compression: 'lzx', chunkSize: 32_768 },
  { compression: 'lzx', chunkSize: 2 ** 21 },
];

describe.each(KINDS)('a WIM with %o', (options) => {
  const built = buildWimWithMap({ images: [{ name: 'test', root: sampleTree() }], integrity: true, ...options });
  const volume = open(built.bytes).volumes[0]!;
  const rows = paths(volume);
  const row = (path: string) => rows.get(path)!;

  test('is recognised, and listed without complaint', () => {
    expect(recognise(fsFormats, built.bytes)).toBe(wim);
    expect(open(built.bytes).findings).toEqual([]);
    const scanned = scanRows(volume);
    expect(scanned.findings).toEqual([]);
    expect(scanned.rows).toHaveLength(17);
    expect(rows.size).toBe(17);
  });

  test('has names, short names, times, attributes and security ids', () => {
    const big = row('Windows/big.bin');
    const time = 132_000_000_000_000_000n;
    expect(ticks(big.createdLo, big.createdHi)).toBe(time);
    expect(ticks(big.modifiedLo, big.modifiedHi)).toBe(time + 10_000_000n);
    expect(ticks(big.accessedLo, big.accessedHi)).toBe(time + 20_000_000n);
    expect(row('Windows/also big.bin').short).toBe('ALSOBI~1.BIN');
    expect(row('Windows').attributes).toBe(0x11);
    expect(row('Windows/empty.txt').attributes).toBe(0x20);
    expect(row('Windows').securityId).toBe(row('one.txt').securityId);
    expect(row('Windows').securityId).toBeGreaterThan(0);
    expect(row('streams.txt').securityId).toBe(0);
    expect([...rows.keys()]).toContain('\u{1F680} \u4e2d\u6587 \ud800');
  });

  test('tells sizes, hashes and states', () => {
    const data = mixedData(300_000);
    const big = row('Windows/big.bin');
    expect(big.size).toBe(data.length);
    const digest = new DataView(fromHex(sha1(data)).buffer);
    expect([big.hashHi, big.hashLo]).toEqual([digest.getUint32(0), digest.getUint32(4)]);
    expect(big.byteState).toBe(options.compression ? ByteState.decompressed : ByteState.complete);
    if (options.compression) expect(big.allocated).toBeLessThan(data.length);
    else expect(big.allocated).toBe(data.length);
    expect(row('Windows/empty.txt')).toMatchObject({ size: 0, hashHi: 0, byteState: ByteState.complete });
    expect(row('cloud.txt')).toMatchObject({ size: 9, reparseTag: CLOUD_1 });
    expect(row('secret.txt').byteState).toBe(ByteState.efs);
    expect(row('only stream').size).toBe(0);
  });

  test('knows files with several names, streams and links', () => {
    const [one, same] = [row('one.txt'), row('same.txt')];
    expect(one.linkId).toBeGreaterThan(0);
    expect(same).toMatchObject({ id: one.id, ref: one.ref, linkId: one.linkId, links: 2 });
    expect(row('tagged/child')).toMatchObject({ linkId: 0, links: 1 });
    expect(row('streams.txt').flags).toBe(NodeFlag.streams);
    expect(row('tagged').flags).toBe(NodeFlag.directory | NodeFlag.streams);
    expect(row('link')).toMatchObject({ flags: NodeFlag.link, reparseTag: SYMLINK, size: 0 });
    expect(row('dirlink').flags).toBe(NodeFlag.link | NodeFlag.directory);
  });

  test('reads contents at random', () => {
    checkWindows(volume.open(row('Windows/big.bin').ref), mixedData(300_000), {
      edges: [4096, 32_768, 65_536, 131_072],
    });
    expect(content(volume, row('one.txt').ref)).toEqual(text('one file'));
    expect(content(volume, row('streams.txt').ref)).toEqual(text('main'));
    expect(content(volume, row('streams.txt').ref, 'Zone.Identifier')).toEqual(text('[ZoneTransfer]\r\nZoneId=3\r\n'));
    expect(content(volume, row('streams.txt').ref, 'none')).toHaveLength(0);
    expect(content(volume, row('only stream').ref)).toHaveLength(0);
    expect(content(volume, row('Windows/empty.txt').ref)).toHaveLength(0);
    expect(content(volume, row('tagged').ref, 'on a directory')).toEqual(text('x'));
    expect(content(volume, row('cloud.txt').ref)).toEqual(text('both here'));
  });

  test('tells where contents lie', () => {
    const source = volume.open(row('Windows/big.bin').ref);
    checkExtents(source, { [NAME]: built.bytes });
    const extents = [...source.extents(0, source.size)];
    expect(extents[0]!.file).toBe(NAME);
    expect(extents.some(({ kind }) => kind === 'decoded')).toBe(options.compression !== undefined);
  });

  test('refuses what is not there', () => {
    expect(() => volume.open(row('Windows').ref)).toThrow('MissingItem');
    expect(() => volume.open(row('one.txt').ref, 'no')).toThrow('MissingItem');
    expect(() => volume.open(12_345 as ItemRef)).toThrow('MissingItem');
    expect(() => volume.open(row('secret.txt').ref)).toThrow('UnsupportedFeature');
    expect(() => volume.list(row('one.txt').ref)).toThrow('MissingItem');
  });

  test('describes entries', () => {
    expect(volume.describe(row('streams.txt').ref).streams.map(({ name, size }) => [name, size])).toEqual([
      ['', 4],
      ['Zone.Identifier', 26],
      ['none', 0],
    ]);
    const link = volume.describe(row('link').ref);
    expect(link.reparseTarget).toBe('C:\\Windows');
    expect(link.reparseData).toEqual(symlinkData('\\??\\C:\\Windows', 'C:\\Windows'));
    expect(volume.describe(row('cloud.txt').ref).reparseData).toEqual(text('where it is'));
    expect(volume.describe(row('cloud.txt').ref).reparseTarget).toBeNull();
    expect(volume.describe(row('one.txt').ref)).toMatchObject({
      sha1: sha1(text('one file')),
      security: descriptor(545),
      facts: { hardLinkId: '1', refCount: 3 },
    });
    expect(volume.describe(volume.rootRef).security).toEqual(descriptor(544));
    expect(volume.describe(row('tagged').ref).objectId).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
    expect(volume.describe(row('secret.txt').ref).byteState).toBe(ByteState.efs);
  });

  test('lists directories as the scan does', () => {
    for (const [path, dir] of rows) {
      if ((dir.flags & NodeFlag.directory) === 0) continue;
      const listed = chunkRows(volume.list(dir.ref));
      const scanned = [...rows].filter(([p]) => p.startsWith(`${path}/`) && !p.slice(path.length + 1).includes('/'));
      expect(listed.map(withoutPlaces)).toEqual(scanned.map(([, r]) => withoutPlaces(r)));
    }
    expect(chunkRows(volume.list(volume.rootRef))).toHaveLength(11);
  });

  test('verifies, and names the files of bad data', () => {
    expect(verify(volume)).toEqual([]);
    const bad = built.bytes.slice();
    bad[Number(volume.describe(row('Windows/big.bin').ref).facts['resourceOffset']) + 5_000]! ^= 0x55;
    const findings = verify(open(bad).volumes[0]!);
    expect(findings.map(({ code }) => code)).toEqual(['wimBlobHash', 'wimIntegrity']);
    expect(findings[0]!.facts).toMatchObject({
      what: 'blob',
      expected: sha1(mixedData(300_000)),
      path: '\\Windows\\big.bin',
      files: 2,
      paths: ['\\Windows\\big.bin', '\\Windows\\also big.bin'],
    });
  });

  test('has a fingerprint of header and metadata', () => {
    const parts = volume.fingerprint();
    expect(parts.map(({ what }) => what)).toEqual(['wim.header', 'wim.metadata[1]']);
    expect(parts[0]!.bytes).toEqual(built.bytes.slice(0, 208));
    expect(open(built.bytes).fingerprint()).toEqual([parts[0]]);
  });
});

/** A row without the places of its names in the chunk, which differ between chunks. */
function withoutPlaces({ nameOffset: _, shortOffset: __, ...row }: NodeRow) {
  return row;
}

describe('images and XML', () => {
  const root = (name: string): WimEntry => ({ name: '', dir: [{ name, data: text('shared') }] });
  const WINDOWS =
    '<FLAGS>Core</FLAGS><WINDOWS><ARCH>9</ARCH><PRODUCTNAME>Windows &amp; more</PRODUCTNAME><EDITIONID>Professional</EDITIONID>' +
    '<LANGUAGES><LANGUAGE>en-US</LANGUAGE><LANGUAGE>de-DE</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES>' +
    '<VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1742</SPBUILD></VERSION></WINDOWS>';
  const images = [
    { name: 'First & <best>', description: 'd', root: root('a'), xml: WINDOWS },
    { name: 'Second', root: root('b') },
  ];

  test('each image is a volume, with what the XML says of it', () => {
    const fs = open(buildWim({ images, bootIndex: 2 }));
    expect(fs.volumes.map(({ key, title }) => [key, title])).toEqual([
      ['1', 'First & <best>'],
      ['2', 'Second'],
    ]);
    expect(fs.volumes[0]!.facts).toMatchObject({
      description: 'd',
      edition: 'Professional',
      product: 'Windows & more',
      build: '10.0.26100.1742',
      arch: 'amd64',
      languages: ['en-US', 'de-DE'],
      files: 1,
      boot: false,
    });
    expect(fs.volumes[1]!.facts['boot']).toBe(true);
    expect([...paths(fs.volumes[1]!).keys()]).toEqual(['b']);
    expect(fs.facts).toMatchObject({ images: 2, blobs: 1, bootIndex: 2, compression: 'none' });
  });

  test.each([
    ['<WIM><IMAGE INDEX="2"><NAME>B</NAME></IMAGE><IMAGE INDEX="1"><NAME>A</NAME></IMAGE></WIM>', ['A', 'B'], []],
    ['<WIM><IMAGE INDEX="2"><NAME>B</NAME></IMAGE></WIM>', ['Image 1', 'B'], ['wimXmlImageMissing']],
    [
      '<WIM><IMAGE INDEX="1"><NAME>A</NAME></IMAGE><IMAGE INDEX="1"/><IMAGE INDEX="9"/><IMAGE/></WIM>',
      ['A', 'Image 2'],
      ['wimXmlImageIndex', 'wimXmlImageIndex', 'wimXmlImageIndex', 'wimXmlImageMissing'],
    ],
    ['<WIM><IMAGE INDEX="1"><NAME>A', ['A', 'Image 2'], ['wimXmlMalformed', 'wimXmlImageMissing']],
    ['no XML', ['Image 1', 'Image 2'], ['wimXmlUnreadable']],
    ['', ['Image 1', 'Image 2'], ['wimXmlUnreadable']],
  ])('XML that is wrong is a finding: %s', (xml, titles, codes) => {
    const fs = open(buildWim({ images, xml }));
    expect(fs.volumes.map(({ title }) => title)).toEqual(titles);
    expect(fs.findings.map(({ code }) => code)).toEqual(codes);
  });

  test('XML beyond the end of the file is a finding', () => {
    const { bytes } = buildWimWithMap({ images });
    new DataView(bytes.buffer).setUint32(80, bytes.length, true);
    const fs = open(bytes);
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimXmlUnreadable']);
    expect([...paths(fs.volumes[0]!).keys()]).toEqual(['a']);
  });
});

describe('what is not whole', () => {
  test('data that is elsewhere is told, not made up', () => {
    const volume = openTree({ name: '', dir: [{ name: 'delta', data: text('elsewhere'), external: true }] });
    const { rows, findings } = scanRows(volume);
    expect(rows[0]).toMatchObject({ byteState: ByteState.missing, size: 0 });
    expect(findings).toMatchObject([{ code: 'wimDataMissing', facts: { files: 1 } }]);
    expect(() => volume.open(rows[0]!.ref)).toThrow('MissingData');
    expect(volume.describe(rows[0]!.ref)).toMatchObject({
      byteState: ByteState.missing,
      sha1: sha1(text('elsewhere')),
    });
  });

  test('a part of a split set lists, and says which it is', () => {
    const bytes = buildWim({ images: [{ name: 'x', root: sampleTree() }] });
    new DataView(bytes.buffer).setUint16(42, 3, true);
    const fs = open(bytes);
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimPartsMissing']);
    expect(scanRows(fs.volumes[0]!).rows).toHaveLength(17);
    const identity = wim.identify(new MemorySource(NAME, bytes), codecs);
    expect(identity.setPart).toEqual({ set: fs.identity['guid'], part: 1, total: 3 });
  });

  test('a pipable WIM that was cut and another version are refused by name, and so are wrong codecs', () => {
    const bytes = buildWim({ images: [{ name: 'x', root: sampleTree() }], compression: 'xpress' });
    const pipable = bytes.slice();
    pipable.set(text('WLPWM'));
    expect(wim.probe({ head: pipable, tail: pipable, size: pipable.length })).toBe(true);
    expect(() => open(pipable)).toThrow('MSWIM');
    expect(() => open(Buffer.concat([pipable, bytes.subarray(0, 208)]))).toThrow(
      'the header of a pipable WIM at its end',
    );
    const version = bytes.slice();
    version[13] = 0x0f;
    expect(() => open(version)).toThrow('UnsupportedVersion');
    const lzms = bytes.slice();
    new DataView(lzms.buffer).setUint32(16, 0x8_0002, true);
    expect(() => scanRows(open(lzms).volumes[0]!)).toThrow('an LZMS chunk');
    // The largest chunk size of the format, in a file of some kilobytes.
    new DataView(lzms.buffer).setUint32(20, 2 ** 30, true);
    expect(() => scanRows(open(lzms).volumes[0]!)).toThrow('an LZMS chunk of');
  });

  test('data beyond the end is damaged, the rest is good', () => {
    const built = buildWimWithMap({ images: [{ name: 'x', root: sampleTree() }] });
    const bytes = built.bytes.slice();
    const good = open(built.bytes).volumes[0]!;
    const big = built.blobs.indexOf(
      Number(good.describe(paths(good).get('Windows/big.bin')!.ref).facts['resourceOffset']),
    );
    new DataView(bytes.buffer).setUint32(built.blobTable + big * 50 + 8, bytes.length, true);
    const volume = open(bytes).volumes[0]!;
    const rows = paths(volume);
    expect(rows.get('Windows/big.bin')!.byteState).toBe(ByteState.damaged);
    expect(() => volume.open(rows.get('Windows/big.bin')!.ref)).toThrow(FormatError);
    expect(content(volume, rows.get('one.txt')!.ref)).toEqual(text('one file'));
    expect(scanRows(volume).findings.map(({ code }) => code)).toEqual(['wimDataCut']);
  });

  test('metadata that is not what its hash says is told', () => {
    const built = buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir: [{ name: 'a' }] } }] });
    const bytes = built.bytes.slice();
    bytes[built.metadata[0]! + 8 + 40]! ^= 1;
    const volume = open(bytes).volumes[0]!;
    expect(scanRows(volume).findings.map(({ code }) => code)).toEqual(['wimMetadataHash']);
    expect(verify(volume).map(({ code }) => code)).toEqual(['wimMetadataHash']);
  });
});
