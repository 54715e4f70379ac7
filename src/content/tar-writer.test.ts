/** What the writer writes is read by our reader (fs/tar has its own tests against GNU tar) and by tar itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readArchive } from '../fs/tar/archive.ts';
import { MemorySource } from '../source/memory.ts';
import { hasTool } from '../testing/tools.ts';
import { TAR_END, type TarEntryHead, tarHead, tarPadding } from './tar-writer.ts';

const archive = (entries: readonly (TarEntryHead & { readonly data?: Uint8Array })[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      ...entries.flatMap(({ data = new Uint8Array(0), ...head }) => [tarHead(head), data, tarPadding(data.length)]),
      TAR_END,
    ]),
  );
const data = new TextEncoder().encode('some bytes');
const LONG = `${'a folder with a long name/'.repeat(12)}\u8ba1\u5212 file.txt`;
const TIME = 133_000_000_012_345_678n;
const ENTRIES = [
  { path: 'files', type: 'directory', size: 0, attributes: 0x12, modified: TIME },
  { path: LONG, type: 'file', size: data.length, data, created: TIME, accessed: TIME + 1n, changed: TIME + 2n },
  { path: 'files/link', type: 'symlink', size: 0, target: `C:\\${'x'.repeat(200)}`, mountPoint: true },
  { path: 'files/timeless', type: 'file', size: 0, modified: 0n },
  { path: 'files/hard', type: 'link', size: 0, target: LONG },
  {
    path: 'files/old',
    type: 'file',
    size: 0,
    modified: 100_000_000_000_000_000n,
    security: Uint8Array.of(1, 0, 4, 128),
  },
] as const;

test('names, times, attributes and links come back as they were', () => {
  const { items, findings, nodes } = readArchive(new MemorySource('a.tar', archive(ENTRIES)));
  expect(findings).toEqual([]);
  const at = (name: string) => nodes.find((node) => node.name === name)!.item!;
  expect(items.size).toBe(5);
  expect(at('timeless').modified).toBe(0n);
  expect(at('files')).toMatchObject({ type: 'directory', attributes: 0x12, modified: TIME });
  expect(at('\u8ba1\u5212 file.txt')).toMatchObject({
    created: TIME,
    accessed: TIME + 1n,
    changed: TIME + 2n,
    size: data.length,
    links: 2,
  });
  expect(at('link')).toMatchObject({ type: 'symlink', target: `C:\\${'x'.repeat(200)}` });
  expect(at('link').pax.has('MSWINDOWS.mountpoint')).toBe(true);
  expect(at('hard')).toBe(at('\u8ba1\u5212 file.txt'));
  expect(at('old').modified).toBe(100_000_000_000_000_000n);
  expect(new TextDecoder().decode(at('old').pax.get('MSWINDOWS.rawsd'))).toBe('AQAEgA==');
});

test.skipIf(!hasTool('tar'))('tar lists it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-tar-'));
  try {
    const file = path.join(folder, 'a.tar');
    writeFileSync(file, archive(ENTRIES));
    const { status, stdout } = spawnSync('tar', ['--quoting-style=literal', '-tf', file], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'files/',
      LONG,
      'files/link',
      'files/timeless',
      'files/hard',
      'files/old',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a size beyond eight gigabytes has a record of its own', () => {
  const head = new TextDecoder().decode(tarHead({ path: 'big', type: 'file', size: 10_000_000_000 }));
  expect(head).toContain('20 size=10000000000\n');
  expect(() => tarHead({ path: 'a\0b', type: 'file', size: 0 })).toThrow('InvalidName');
});
