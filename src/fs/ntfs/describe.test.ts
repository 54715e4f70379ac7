/** What a file says of itself beside its bytes: reparse tags in words, extended attributes, object ids. */
import { describe, expect, test } from 'vitest';
import { buildVolume, refusal } from '../../testing/ntfs-volume.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { tagInWords } from './tags.ts';

const text = (s: string) => new TextEncoder().encode(s);
const utf16 = (s: string) => new Uint8Array(Uint16Array.from(s, (c) => c.charCodeAt(0)).buffer);
const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]));

/** The facts of a file with this reparse point. */
function tagged(tag: number, data: Uint8Array, more: { attributes?: number; data?: Uint8Array } = {}) {
  const { paths, volume } = buildVolume([{ name: 'file', reparse: { tag, data }, ...more }]);
  const row = paths.get('file')!;
  return { row, volume, detail: volume.describe(row.ref) };
}

describe('reparse tags', () => {
  test.each([
    [0x9000_001a, 'CLOUD: a file of a cloud'],
    [0x9000_701a, 'CLOUD_7: a file of a cloud'],
    [0x9000_f01a, 'CLOUD_F: a file of a cloud'],
    [0x8000_0013, 'DEDUP: deduplicated'],
    [0x8000_0018, 'WCI: a placeholder of a container'],
    [0xc000_0004, 'HSM: moved to slower storage'],
    [0x8000_0007, 'SIS: one of several equal files'],
    [0xa000_001d, 'LX_SYMLINK: '],
    [0x8000_0023, 'AF_UNIX: '],
    [0x8000_7777, '0x80007777: a tag of Microsoft that is not known'],
    [0x0000_0042, '0x00000042: a tag of another maker that is not known'],
  ])('%i in words', (tag, words) => {
    expect(tagInWords(tag)).toContain(words);
  });

  test('an app execution alias tells what it starts', () => {
    const strings =
      'Package_8wekyb3d8bbwe\0Package_8wekyb3d8bbwe!App\0C:\\Program Files\\WindowsApps\\P\\app.exe\u00000\0';
    const { row, detail, volume } = tagged(0x8000_001b, join(u32(3), utf16(strings)));
    expect(row).toMatchObject({ size: 0, byteState: ByteState.complete });
    expect(detail.reparseTarget).toBe('C:\\Program Files\\WindowsApps\\P\\app.exe');
    expect(detail.facts).toMatchObject({
      reparse: 'APPEXECLINK: an alias that starts a Store application',
      appExecLink: { version: 3, packageFamily: 'Package_8wekyb3d8bbwe', application: 'Package_8wekyb3d8bbwe!App' },
    });
    expect(volume.open(row.ref).size).toBe(0);
    expect(tagged(0x8000_001b, new Uint8Array(2)).detail).toMatchObject({ reparseTarget: null });
  });

  test('a link of Linux, a special file of NFS, a placeholder of a container', () => {
    const lx = tagged(0xa000_001d, join(u32(2), text('/usr/bin')));
    expect(lx.detail).toMatchObject({ reparseTarget: '/usr/bin', facts: { relative: false } });
    expect(lx.row.flags & NodeFlag.link).toBe(NodeFlag.link);
    const link = tagged(0x8000_0014, join(text('LNK\u0001\0\0\0\0'), utf16('../target')));
    expect(link.detail.facts['nfs']).toEqual({ type: 'LNK', target: '../target' });
    const device = tagged(0x8000_0014, join(text('CHR\0\0\0\0\0'), u32(5, 1)));
    expect(link.detail.reparseTarget).toBe('../target');
    expect(device.detail.reparseTarget).toBeNull();
    expect(device.detail.facts['nfs']).toEqual({ type: 'CHR', major: 5, minor: 1 });
    const guid = Uint8Array.from({ length: 16 }, (_, i) => i);
    const name = utf16('Files\\x');
    const wci = tagged(0x8000_0018, join(u32(1, 0), guid, Uint8Array.of(name.length, 0), name));
    expect(wci.detail.reparseTarget).toBeNull();
    expect(wci.detail.facts['wci']).toEqual({
      version: 1,
      layer: '03020100-0504-0706-0809-0a0b0c0d0e0f',
      name: 'Files\\x',
    });
  });

  test("another maker's tag tells its GUID; WOF its algorithm", () => {
    const guid = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(tagged(0x42, guid).detail.facts['reparseGuid']).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
    expect(tagged(0x8000_0017, u32(1, 2, 1, 1)).detail.facts['wof']).toBe('LZX');
    expect(tagged(0x8000_0017, u32(1, 2, 1, 3)).detail.facts['wof']).toBe('XPRESS16K');
    expect(tagged(0x8000_0017, u32(1, 1)).detail.facts['wof']).toBe('in a WIM');
  });

  test.each([
    ['HSM', 0xc000_0004, 0x1020, ByteState.cloud, 'MissingData'],
    ['cloud, to be fetched on access', 0x9000_601a, 0x40_0020, ByteState.cloud, 'MissingData'],
    ['SIS', 0x8000_0007, 0x20, ByteState.dedup, 'UnsupportedFeature'],
    ['container placeholder', 0x9000_1018, 0x1020, ByteState.missing, 'MissingData'],
  ])('%s shows no zeros', (_, tag, attributes, state, refused) => {
    const { row, volume, detail } = tagged(tag, new Uint8Array(16), { attributes, data: text('?') });
    expect([row.byteState, detail.byteState]).toEqual([state, state]);
    expect(refusal(() => volume.open(row.ref))).toContain(refused);
  });
});

/** One entry of an $EA; `next` is its own length aligned to 4, or 0. */
function ea(name: string, value: Uint8Array, last = false, flags = 0): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((9 + name.length + value.length) / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, last ? 0 : bytes.length, true);
  view.setUint8(4, flags);
  view.setUint8(5, name.length);
  view.setUint16(6, value.length, true);
  bytes.set(text(name), 8);
  bytes.set(value, 9 + name.length);
  return bytes;
}

describe('extended attributes', () => {
  const describeEa = (value: Uint8Array) => {
    const { paths, volume, rows } = buildVolume([{ name: 'file', ea: value }]);
    expect(rows.find((r) => r.name === 'file')!.flags & NodeFlag.ea).toBe(NodeFlag.ea);
    return volume.describe(paths.get('file')!.ref).facts;
  };

  test('are listed, and what WSL keeps in them', () => {
    const facts = describeEa(
      join(
        ea('$LXUID', u32(1000)),
        ea('$LXGID', u32(100)),
        ea('$LXMOD', u32(0o100644)),
        ea('$LXDEV', u32(8, 1)),
        ea('NEEDED', text('abc'), true, 0x80),
      ),
    );
    expect(facts['unix']).toEqual({ uid: 1000, gid: 100, mode: '0100644', device: '8:1' });
    expect(facts['extendedAttributes']).toContainEqual({ name: 'NEEDED', needed: true, value: '616263' });
    expect(facts['extendedAttributes']).toHaveLength(5);
    expect(facts['extendedAttributesDamaged']).toBeUndefined();
  });

  test('a list that is damaged tells what stands before', () => {
    const cut = join(ea('ONE', text('1')), ea('TWO', text('2')));
    expect(describeEa(cut.subarray(0, cut.length - 4))).toMatchObject({
      extendedAttributes: [{ name: 'ONE', value: '31' }],
      extendedAttributesDamaged: true,
    });
    const loop = ea('ONE', text('1'));
    loop[0] = 4;
    expect(describeEa(loop)).toMatchObject({ extendedAttributesDamaged: true });
  });

  test('stand in clusters when they are long', () => {
    const facts = describeEa(ea('LONG', new Uint8Array(3000).fill(7), true));
    expect(facts['extendedAttributes']).toEqual([{ name: 'LONG', value: '07'.repeat(3000) }]);
  });
});

test('an object id, with those it was born with', () => {
  const ids = Uint8Array.from({ length: 48 }, (_, i) => (i < 16 ? i : 0x20 + (i >> 4)));
  const { paths, volume } = buildVolume([
    { name: 'born', objectId: ids },
    { name: 'plain', objectId: ids.slice(0, 16) },
  ]);
  const born = volume.describe(paths.get('born')!.ref);
  expect(born.objectId).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
  expect(born.facts).toMatchObject({
    birthVolumeId: '21212121-2121-2121-2121-212121212121',
    birthObjectId: '22222222-2222-2222-2222-222222222222',
  });
  expect(born.facts['domainId']).toBeUndefined();
  const plain = volume.describe(paths.get('plain')!.ref);
  expect(plain.objectId).toBe(born.objectId);
  expect(plain.facts['birthVolumeId']).toBeUndefined();
});
