import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { damage, fuzzCount } from '../testing/damage.ts';
import { buildPe } from '../testing/pe-builder.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { readPe } from './pe.ts';

/** A file that counts what is read of it. */
function reader(bytes: Uint8Array) {
  const counter = { bytes: 0 };
  const read = (offset: number, length: number) => {
    const part = bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length));
    counter.bytes += part.length;
    return part;
  };
  return { read, counter };
}

const STRINGS = {
  CompanyName: 'Contoso',
  FileDescription: 'Shell \u5c55\u793a',
  ProductName: 'Contoso Suite',
  OriginalFilename: 'shell.dll',
};
const DLL = buildPe({ version: [10, 0, 17763, 65535], strings: STRINGS, linkTime: 1_700_000_000 });

describe('a built DLL', () => {
  test.each([
    [0x8664, 'x64'],
    [0x14c, 'x86'],
    [0xaa64, 'arm64'],
    [0x9999, '0x9999'],
  ])('for machine %i', (machine, name) => {
    const { read } = reader(buildPe({ version: [1, 2, 3, 4], strings: STRINGS, machine }));
    expect(readPe(read)).toEqual({
      machine: name,
      kind: 'dll',
      linkTime: '2026-01-02T03:04:05Z',
      reproducible: false,
      version: { fileVersion: '1.2.3.4', productVersion: '1.2.3.4', strings: STRINGS },
    });
  });

  test('little of a large file is read', () => {
    const { read, counter } = reader(
      buildPe({ version: [1, 2, 3, 4], strings: STRINGS, tail: new Uint8Array(8 << 20) }),
    );
    expect(readPe(read)!.version!.fileVersion).toBe('1.2.3.4');
    expect(counter.bytes).toBeLessThan(4096);
  });

  test('a time stamp that is a hash is no time', () => {
    const bytes = DLL.slice();
    const view = new DataView(bytes.buffer);
    // The debug directory is put into the zeros behind the resource: one entry of type 16.
    const at = bytes.length - 64;
    view.setUint32(0x58 + 112 + 6 * 8, 0x1000 + (at - 0x200), true);
    view.setUint32(0x58 + 112 + 6 * 8 + 4, 28, true);
    view.setUint32(at + 12, 16, true);
    view.setUint32(0x58 + 240 + 8, 0x1000, true); // the section reaches to there
    expect(readPe(reader(bytes).read)).toMatchObject({ reproducible: true, linkTime: null });
    expect(readPe(reader(DLL).read)).toMatchObject({ reproducible: false, linkTime: '2023-11-14T22:13:20Z' });
  });
});

test('what is no PE is null', () => {
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(64),
    DLL.subarray(0, 80),
    new TextEncoder().encode('MZ'.repeat(64)),
  ])
    expect(readPe(reader(bytes).read)).toBeNull();
});

test('a resource directory that points at itself ends', () => {
  const bytes = DLL.slice();
  const view = new DataView(bytes.buffer);
  for (const at of [0x214, 0x22c, 0x244]) view.setUint32(at, 0x8000_0000, true);
  expect(readPe(reader(bytes).read)!.version).toBeNull();
});

test('fuzz: any damage and any cut ends in an answer, within the budget', () => {
  const count = fuzzCount(3000);
  const answer = (bytes: Uint8Array, what: string) => {
    const { read, counter } = reader(bytes);
    readPe(read);
    expect(counter.bytes, what).toBeLessThanOrEqual((1 << 20) + 2048);
  };
  for (let seed = 1; seed <= count; seed++)
    answer(damage(DLL, seed, [0, 0x40, 0x58, 0x148, 0x200, 0x258]), `seed ${seed}`);
  for (let length = 0; length < DLL.length; length += 3) answer(DLL.subarray(0, length), `cut to ${length}`);
});

test.skipIf(!hasTool('7zz'))('7zz reads the same from the built DLL', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pe-'));
  try {
    const file = path.join(folder, 'a.dll');
    writeFileSync(file, DLL);
    const text = runTool('7zz', ['l', '-slt', file]).toString('utf8');
    const { machine, version, linkTime } = readPe(reader(DLL).read)!;
    expect(text).toContain(`CPU = ${machine}`);
    expect(text).toContain(`Created = ${linkTime!.replace('T', ' ').replace('Z', '')}`);
    expect(text).toContain(`FileVersion: ${version!.fileVersion}`);
    for (const [key, value] of Object.entries(STRINGS)) expect(text).toContain(`${key}: ${value}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
