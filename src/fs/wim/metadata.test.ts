/** What a WIM says beside names and data: tagged items, the XML data in full, blob table entries that are odd. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../base/guid.ts';
import { utf16leBytes } from '../../base/utf16.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { loadModules } from '../../testing/modules.ts';
import { scanRows } from '../../testing/node-rows.ts';
import { buildWim, buildWimWithMap } from '../../testing/wim-builder.ts';
import type { WimEntry } from '../../testing/wim-metadata.ts';
import { NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const ascii = (value: string) => new TextEncoder().encode(value);

function open(bytes: Uint8Array): OpenedFs {
  return wim.open(new MemorySource('x.wim', bytes), { codecs, modules, resolve: () => [] });
}

describe('tagged items', () => {
  /** What an entry with one item says. */
  function facts(entry: Partial<WimEntry>) {
    const root: WimEntry = { name: '', dir: [{ name: 'f', data: ascii('x'), ...entry }] };
    const [volume] = open(buildWim({ images: [{ name: 'x', root }] })).volumes;
    const [row] = scanRows(volume!).rows;
    const detail = volume!.describe(row!.ref);
    return { facts: detail.facts, objectId: detail.objectId, flags: row!.flags };
  }
  const ea = (name: string, value: string, flags = 0) =>
    Buffer.concat([Uint8Array.of(value.length, 0, name.length, flags), ascii(`${name}\0${value}`)]);

  test('extended attributes as WIMGAPI writes them', () => {
    const data = Buffer.concat([ea('$LXUID', '\x01\0\0\0'), ea('NEEDED', 'v', 0x80), ea('EMPTY', '')]);
    const found = facts({ tagged: [{ tag: 2, data }] });
    expect(found.facts['extendedAttributes']).toEqual([
      { name: '$LXUID', value: '01000000' },
      { name: 'NEEDED', needed: true, value: '76' },
      { name: 'EMPTY', value: '' },
    ]);
    expect(found.flags & NodeFlag.ea).toBe(NodeFlag.ea);
    expect(found.facts['taggedItems']).toBeUndefined();
  });

  test('an attribute that does not fit is shown as bytes', () => {
    const data = ea('NAME', 'value');
    data[0] = 200;
    expect(facts({ tagged: [{ tag: 2, data }] }).facts['taggedItems']).toEqual([
      { tag: '0x2', data: Buffer.from(data).toString('hex') },
    ]);
  });

  test('object ids with where the file was born', () => {
    const ids = Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? i : i < 48 ? 0 : i));
    const found = facts({ tagged: [{ tag: 1, data: ids }] });
    expect(found.objectId).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
    expect(found.facts).toMatchObject({
      birthVolumeId: '13121110-1514-1716-1819-1a1b1c1d1e1f',
      domainId: '33323130-3534-3736-3839-3a3b3c3d3e3f',
    });
    expect(found.facts['birthObjectId']).toBeUndefined();
  });

  test("wimlib's UNIX data and old Linux attributes", () => {
    const unix = new Uint32Array([1000, 100, 0o100644, 0]);
    const old = Buffer.concat([fromHex('0900000003000000'), ascii('user.namexyz'), new Uint8Array(4)]);
    const found = facts({
      tagged: [
        { tag: 0x337dd873, data: new Uint8Array(unix.buffer) },
        { tag: 0x337dd874, data: old },
      ],
    });
    expect(found.facts['unix']).toEqual({ uid: 1000, gid: 100, mode: '0100644', rdev: 0 });
    expect(found.facts['linuxAttributes']).toEqual([{ name: 'user.name', value: '78797a' }]);
  });

  test('an unknown tag keeps its bytes, and one that is too long ends the list', () => {
    expect(facts({ tagged: [{ tag: 0x77, data: ascii('ab') }] }).facts['taggedItems']).toEqual([
      { tag: '0x77', data: '6162' },
    ]);
    const bytes = buildWim({
      images: [
        { name: 'x', root: { name: '', dir: [{ name: 'f', tagged: [{ tag: 0x77, data: ascii('abcdefgh') }] }] } },
      ],
    });
    const at = Buffer.from(bytes).indexOf('abcdefgh');
    new DataView(bytes.buffer).setUint32(at - 4, 0xffff_fff0, true);
    const [volume] = open(bytes).volumes;
    expect(volume!.describe(scanRows(volume!).rows[0]!.ref).facts['taggedItems']).toBeUndefined();
  });
});

describe('the XML data in full', () => {
  const root: WimEntry = { name: '', dir: [] };

  test('what Windows media state of an image', () => {
    const xml = `<WIM><TOTALBYTES>4242</TOTALBYTES><IMAGE INDEX="1"><NAME>N</NAME><DISPLAYNAME>Shown</DISPLAYNAME>
      <DESCRIPTION>D</DESCRIPTION><DISPLAYDESCRIPTION>DD</DISPLAYDESCRIPTION><FLAGS>Professional</FLAGS>
      <HARDLINKBYTES>99</HARDLINKBYTES><WIMBOOT>1</WIMBOOT>
      <CREATIONTIME><HIGHPART>0x01D5E0B0</HIGHPART><LOWPART>0x00000000</LOWPART></CREATIONTIME>
      <WINDOWS><ARCH>12</ARCH><EDITIONID>ProfessionalN</EDITIONID><INSTALLATIONTYPE>Client</INSTALLATIONTYPE>
      <PRODUCTTYPE>WinNT</PRODUCTTYPE><PRODUCTSUITE>Terminal Server</PRODUCTSUITE><HAL>acpiapic</HAL>
      <VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1</SPBUILD><SPLEVEL>0</SPLEVEL>
      <BRANCH>ge_release</BRANCH></VERSION><SYSTEMROOT>WINDOWS</SYSTEMROOT>
      <SERVICINGDATA><GDRDUREVISION>0</GDRDUREVISION><IMAGESTATE>IMAGE_STATE_GENERALIZE</IMAGESTATE></SERVICINGDATA>
      </WINDOWS><__proto__>odd</__proto__><X a="1">t</X><X>u</X></IMAGE></WIM>`;
    const fs = open(buildWim({ images: [{ name: 'x', root }], xml }));
    expect(fs.findings).toEqual([]);
    expect(fs.facts).toMatchObject({ totalBytes: 4242 });
    expect(fs.volumes[0]!.title).toBe('Shown');
    expect(fs.volumes[0]!.facts).toMatchObject({
      name: 'N',
      displayName: 'Shown',
      description: 'D',
      displayDescription: 'DD',
      flags: 'Professional',
      edition: 'ProfessionalN',
      installationType: 'Client',
      productType: 'WinNT',
      productSuite: 'Terminal Server',
      hal: 'acpiapic',
      build: '10.0.26100.1',
      branch: 'ge_release',
      servicePackLevel: 0,
      arch: 'arm64',
      systemRoot: 'WINDOWS',
      hardLinkBytes: 99,
      wimBoot: true,
      xml: {
        'WINDOWS/SERVICINGDATA/GDRDUREVISION': '0',
        'WINDOWS/SERVICINGDATA/IMAGESTATE': 'IMAGE_STATE_GENERALIZE',
        'X@a': '1',
        X: ['t', 'u'],
      },
    });
    expect(fs.volumes[0]!.facts['created']).toMatch(/^2020-/);
  });

  test('an encrypted ESD says so', () => {
    const xml = '<WIM><IMAGE INDEX="1"/><ESD ID="7"><ENCRYPTED>x</ENCRYPTED></ESD></WIM>';
    const fs = open(buildWim({ images: [{ name: 'x', root }], xml }));
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimEncrypted']);
    expect(fs.facts).toMatchObject({ encrypted: true, xml: { 'ESD@ID': '7' } });
  });

  test('ten thousand elements are not ten thousand facts', () => {
    const xml = `<WIM><IMAGE INDEX="1">${'<A>1</A><B x="2"/>'.repeat(10_000)}</IMAGE></WIM>`;
    const [volume] = open(buildWim({ images: [{ name: 'x', root }], xml })).volumes;
    const { A, 'B@x': b } = volume!.facts['xml'] as Record<string, unknown[]>;
    expect(A!.length + b!.length).toBe(200);
  });
});

describe('odd entries of the blob table', () => {
  const root: WimEntry = { name: '', dir: [{ name: 'f', data: ascii('the data') }] };
  const other: WimEntry = { name: '', dir: [{ name: 'left over', data: ascii('the data') }] };

  /** Opens a WIM whose blob table was changed; `entry(i)` is the place of an entry: the blob, then one for each image. */
  function changed(change: (view: DataView, entry: (i: number) => number) => void, roots = [root]) {
    const built = buildWimWithMap({ images: roots.map((r, i) => ({ name: `${i}`, root: r })) });
    const view = new DataView(built.bytes.buffer);
    change(view, (i) => built.blobTable + i * 50);
    const fs = open(built.bytes);
    return { fs, names: fs.volumes.map((volume) => scanRows(volume).rows.map(({ name }) => name)) };
  }
  const content = (fs: OpenedFs) => {
    const source = fs.volumes[0]!.open(scanRows(fs.volumes[0]!).rows[0]!.ref);
    return readBytes(source, 0, source.size);
  };

  test('metadata that no image uses any more is left out, as wimlib does', () => {
    const { fs, names } = changed(
      (view, entry) => {
        view.setUint32(44, 1, true);
        view.setUint32(entry(1) + 26, 0, true);
      },
      [other, root],
    );
    expect(names).toEqual([['f']]);
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimXmlImageIndex']);
  });

  test('but it is used when the header counts it', () => {
    const { fs, names } = changed((view, entry) => view.setUint32(entry(1) + 26, 0, true));
    expect(names).toEqual([['f']]);
    expect(fs.findings).toEqual([]);
  });

  test('more metadata than images: the rest is told', () => {
    const { fs, names } = changed((view) => view.setUint32(44, 1, true), [root, other]);
    expect(names).toEqual([['f']]);
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimImageExtra', 'wimXmlImageIndex']);
  });

  test.each([
    ['free', 1],
    ['spanned', 8],
  ])('data that is marked as %s is read', (_, flag) => {
    const { fs } = changed((view, entry) => view.setUint8(entry(0) + 7, flag));
    expect(content(fs)).toEqual(ascii('the data'));
    expect(scanRows(fs.volumes[0]!).findings).toEqual([]);
  });

  test('an entry of another part says where the data is', () => {
    const { fs } = changed((view, entry) => {
      view.setUint16(entry(0) + 24, 2, true);
      view.setUint16(42, 3, true);
    });
    expect(() => content(fs)).toThrow('part 2 of 3, which is not here');
  });

  test('version 0xE00 without anything solid', () => {
    const { fs, names } = changed((view) => view.setUint32(12, 0xe00, true));
    expect([fs.facts['version'], names]).toEqual(['0xe00', [['f']]]);
  });

  test('metadata in a solid resource', () => {
    const built = buildWimWithMap({ images: [{ name: 'x', root }] });
    const table = Buffer.from(built.bytes.slice(built.blobTable, built.blobTable + 100));
    const size = Number(table.readBigUInt64LE(50 + 16));
    const metadata = built.bytes.slice(built.metadata[0]!, built.metadata[0]! + size);
    const head = Buffer.alloc(20);
    head.writeBigUInt64LE(BigInt(size));
    head.writeUInt32LE(1 << 20, 8);
    head.writeUInt32LE(1, 12);
    head.writeUInt32LE(size, 16); // one chunk, stored as it is
    const resource = Buffer.alloc(50);
    resource.writeBigUInt64LE(BigInt(size + 20));
    resource[7] = 0x10;
    resource.writeBigUInt64LE(BigInt(built.bytes.length), 8);
    resource.writeBigUInt64LE(2n ** 32n, 16);
    resource[24] = 1;
    const image = Buffer.from(table.subarray(50));
    image[7] = 0x12;
    image.fill(0, 8, 24);
    const entries = Buffer.concat([table.subarray(0, 50), resource, image]);
    const bytes = Buffer.concat([built.bytes, head, metadata, entries]);
    bytes.writeBigUInt64LE(BigInt(entries.length) | (2n << 56n), 48);
    bytes.writeBigUInt64LE(BigInt(bytes.length - entries.length), 56);
    bytes.writeBigUInt64LE(BigInt(entries.length), 64);
    const [volume] = open(new Uint8Array(bytes)).volumes;
    const { rows, findings } = scanRows(volume!);
    expect([rows.map(({ name }) => name), findings]).toEqual([['f'], []]);
  });

  test('XML in UTF-8', () => {
    const built = buildWimWithMap({ images: [{ name: 'x', root }], xml: ' '.repeat(100) });
    const xml = ascii('<WIM><IMAGE INDEX="1"><NAME>eight</NAME></IMAGE></WIM>');
    built.bytes.set(xml, built.xml);
    built.bytes.fill(0x20, built.xml + xml.length, built.xml + utf16leBytes(' '.repeat(101)).length);
    expect(open(built.bytes).volumes[0]!.title).toBe('eight');
  });
});
