/** The volume as a whole: recognised, opened in spite of damage, checked. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../base/findings.ts';
import { scanRows } from '../../testing/node-rows.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { buildVolume as build, mftOffset, openNtfs, refusal } from '../../testing/ntfs-volume.ts';
import { ntfs } from './index.ts';

const text = (s: string) => new TextEncoder().encode(s);

describe('the volume', () => {
  const { bytes, opened, volume } = build([{ name: 'a' }], { label: 'User data', serial: 0xfedc_ba98_7654_3210n });

  test('states label, version, serial and geometry', () => {
    expect(volume.title).toBe('User data');
    expect(volume.facts).toMatchObject({
      label: 'User data',
      version: '3.1',
      dirty: false,
      serial: 'fedcba9876543210',
      clusterSize: 4096,
      recordSize: 1024,
    });
    expect(opened.identity).toEqual({ serial: 'fedcba9876543210' });
    expect(volume.fingerprint().map((p) => [p.what, p.bytes.length])).toEqual([
      ['ntfs.boot', 512],
      ['ntfs.mft[0..15]', 16_384],
      ['ntfs.upcase', 131_072],
    ]);
  });

  test('is found by its content and nothing else is', () => {
    const window = (b: Uint8Array) => ({ head: b.subarray(0, 65_536), tail: b.subarray(-1024), size: b.length });
    expect(ntfs.probe(window(bytes))).toBe(true);
    const named = (name: string) => {
      const copy = bytes.slice(0, 4096);
      copy.set(text(name), 3);
      return ntfs.probe(window(copy));
    };
    for (const name of ['-FVE-FS-', 'EXFAT   ', 'MSDOS5.0', 'ReFS\0\0\0\0']) expect(named(name)).toBe(false);
    expect(ntfs.probe(window(new Uint8Array(0)))).toBe(false);
    const damaged = bytes.slice();
    damaged.fill(0, 0, 512);
    expect(ntfs.probe(window(damaged))).toBe(true);
  });

  test('uses the copy of a damaged boot sector', () => {
    const damaged = bytes.slice();
    damaged.fill(0, 0, 512);
    const { findings, volumes } = openNtfs(damaged);
    expect(findings.map((f) => f.code)).toEqual(['ntfsBootDamaged']);
    expect(scanRows(volumes[0]!).rows.map((r) => r.name)).toContain('a');
  });

  test('uses $MFTMirr when the first record is damaged', () => {
    const damaged = bytes.slice();
    const mft = mftOffset(bytes);
    damaged[mft + 510]! ^= 1;
    const { findings, volumes } = openNtfs(damaged);
    expect(findings.map((f) => f.code)).toEqual(['ntfsMftMirrorUsed']);
    const { rows, findings: torn } = scanRows(volumes[0]!);
    expect(rows.map((r) => r.name)).toContain('a');
    expect(torn.map((f) => f.code)).toEqual(['ntfsRecordTorn']);
    const problems: Finding[] = [];
    const check = volumes[0]!.verify((f) => problems.push(f))!;
    while (!check.step(10));
    expect(problems.map((f) => f.facts!['what'])).toEqual(['$MFTMirr', 'update sequence']);
  });

  test('verifies a good volume without complaint', () => {
    const problems: Finding[] = [];
    const check = volume.verify((f) => problems.push(f))!;
    while (!check.step(10));
    expect(problems).toEqual([]);
    expect(check.done).toBe(check.total);
  });

  test('says that the volume is dirty and that $UpCase is damaged', () => {
    expect(openNtfs(buildNtfs({ root: [], volumeFlags: 1 })).findings.map((f) => f.code)).toEqual(['ntfsDirty']);
    const upcase = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const bad = openNtfs(buildNtfs({ root: [], upcase }));
    expect(bad.findings.map((f) => f.code)).toEqual(['ntfsUpcaseDamaged']);
    expect(bad.volumes[0]!.upcase()).toBeNull();
    expect(volume.upcase()![0x61]).toBe(0x41);
  });

  test('refuses an index that leads back to itself', () => {
    const root = Array.from({ length: 200 }, (_, i) => ({ name: `a rather long name ${i}` }));
    const { bytes: image } = build(root);
    const at = image.findIndex((_, i) => i % 4096 === 0 && String.fromCharCode(...image.subarray(i, i + 4)) === 'INDX');
    const copy = image.slice();
    const view = new DataView(copy.buffer);
    // The first entry of the first block gets a child: the block itself.
    const entry = at + 24 + view.getUint32(at + 24, true);
    view.setUint16(entry + 12, 1, true);
    view.setUint16(entry + 10, 66, true);
    const length = view.getUint16(entry + 8, true);
    view.setBigUint64(entry + length - 8, 0n, true);
    view.setUint8(entry + 16 + 64, 1);
    const broken = openNtfs(copy).volumes[0]!;
    expect(refusal(() => broken.list(broken.rootRef))).toMatch(/^UnexpectedLoop/);
    expect(scanRows(broken).rows.length).toBeGreaterThan(200);
  });

  test('asks for small budgets and still ends', () => {
    const { volume: large } = build(Array.from({ length: 3000 }, (_, i) => ({ name: `f${i}` })));
    expect(scanRows(large, 0).rows.length).toBe(scanRows(large, 1000).rows.length);
  });
});
