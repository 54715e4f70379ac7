/** What is not read says what it is, and does not spoil the volumes beside it. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { buildGpt, buildMbr } from '../testing/disk-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { descriptorText } from '../testing/vmdk-extents-builder.ts';
import { webHost } from './host.ts';
import { openImage } from './open-image.ts';
import { mountable } from './select.ts';

const report = (bytes: Uint8Array) => openImage(webHost(loadModules()), new MemorySource('x', bytes)).image.report();
const volume = buildNtfs({ root: [{ name: 'file.txt' }] });

/** 64 KiB of nothing that is known, with a signature. */
function signed(offset: number, text: string): Uint8Array {
  const bytes = new Uint8Array(65_536).fill(0x5a);
  bytes.set(
    Uint8Array.from(text, (char) => char.charCodeAt(0)),
    offset,
  );
  return bytes;
}

const STORAGE_SPACES = 'e75caf8f-f680-4cee-afa3-b001e56efc2d';
const LDM_METADATA = '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3';
const LDM_DATA = 'af9b60a0-1431-4f62-bc68-3311714a69ad';

test.each<[string, Uint8Array, string]>([
  ['BitLocker', signed(3, '-FVE-FS-'), 'a BitLocker encrypted volume'],
  ['LUKS', signed(0, 'LUKS\xba\xbe'), 'a LUKS encrypted volume'],
  ['ReFS', signed(3, 'ReFS\0\0\0\0'), 'a ReFS volume'],
  ['Storage Spaces', signed(0, 'SPACEDB '), 'a Storage Spaces disk'],
])('%s: alone, and beside a volume that is read', (_, bytes, actual) => {
  expect(report(bytes).root.refusal).toMatchObject({ code: 'UnsupportedFormat', actual });
  const { root } = report(buildGpt([{ bytes }, { bytes: volume }], { align: 1 << 16 }).bytes);
  expect(root.parts.map(({ refusal }) => refusal?.actual ?? null)).toEqual([actual, null]);
  expect(mountable(root).map(({ mount }) => mount)).toEqual(['p2']);
});

describe('dynamic disks', () => {
  test('with a GPT: what begins in a partition is shown, and that it may not be all', () => {
    const parts = [
      { bytes: signed(0, ''), typeGuid: LDM_METADATA },
      { bytes: volume, typeGuid: LDM_DATA },
    ];
    parts[0]!.bytes.set(new TextEncoder().encode('PRIVHEAD'), 65_536 - 512);
    const { root } = report(buildGpt(parts, { align: 1 << 16 }).bytes);
    expect(root.findings).toMatchObject([{ code: 'dynamicDisk', severity: 'warning', facts: { partition: 'p2' } }]);
    expect(root.parts[0]!.refusal).toMatchObject({ actual: 'the database of a Windows dynamic disk' });
    expect(mountable(root).map(({ mount }) => mount)).toEqual(['p2']);
  });

  test('with an MBR; the end of a volume that goes on in another piece is missing', () => {
    const whole = buildNtfs({ root: [{ name: 'last.bin', data: new Uint8Array(1 << 20).fill(1) }] });
    const piece = whole.subarray(0, whole.length - 65_536);
    const { root } = report(buildMbr([{ bytes: piece, type: 0x42 }], { align: 1 << 16 }).bytes);
    expect(root.findings.map(({ code }) => code)).toEqual(['dynamicDisk']);
    expect(root.parts[0]!.refusal).toBeNull();
    expect(root.parts[0]!.findings.map(({ code }) => code)).toContain('ntfsTruncated');
  });
});

test('a pool of Storage Spaces is told by the type of its partition', () => {
  const parts = [{ bytes: signed(0, 'SPACEDB '), typeGuid: STORAGE_SPACES }, { bytes: volume }];
  const { root } = report(buildGpt(parts, { align: 1 << 16 }).bytes);
  expect(root.findings).toMatchObject([{ code: 'storageSpaces', facts: { partition: 'p1' } }]);
});

test('an encrypted VMDK is refused as such, before its data are asked for', () => {
  const lines = ['encryption.keySafe = "vmware:key/list/(pair/(phrase/x))"'];
  const locked = descriptorText({ createType: 'monolithicFlat', extents: ['RW 8 FLAT "x-flat.vmdk" 0'], lines });
  expect(report(locked).root.refusal).toMatchObject({ actual: 'an encrypted disk' });
  const plain = descriptorText({ createType: 'monolithicFlat', extents: ['RW 8 FLAT "x-flat.vmdk" 0'] });
  expect(report(plain).root.refusal).toMatchObject({ code: 'MissingPart' });
});
