import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { buildIso, type IsoOptions } from '../../testing/iso-builder.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import type { TreeEntry } from '../../testing/tree.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { iso } from './index.ts';

const open = (bytes: Uint8Array) =>
  iso.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
/** Everything the tab does with a volume. */
const exercise = (bytes: Uint8Array) => walkVolume(iso, bytes);
const random = new Random(14);
const FILES = {
  'PLAIN.TXT': random.bytes(300),
  'LONG.BIN': random.bytes(70_000),
  NODOT: random.bytes(5),
  'DIR/INNER.BIN': random.bytes(1500),
};
const ROOT: readonly TreeEntry[] = [
  { name: 'PLAIN.TXT', data: FILES['PLAIN.TXT'], attributes: 2 },
  { name: 'LONG.BIN', data: FILES['LONG.BIN'] },
  { name: 'NODOT', data: FILES.NODOT },
  { name: 'EMPTY', data: new Uint8Array(0) },
  {
    name: 'DIR',
    dir: [
      { name: 'INNER.BIN', data: FILES['DIR/INNER.BIN'] },
      ...Array.from({ length: 80 }, (_, i) => ({ name: `ONE_OF_EIGHTY_${i}` })),
    ],
  },
];
const build = (options: Partial<IsoOptions> = {}) => buildIso({ root: ROOT, ...options });
const scan = (bytes: Uint8Array) => {
  const opened = open(bytes);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { opened, volume, rows, codes: findings.map(({ code }) => code), paths: rowPaths(rows, volume.rootId) };
};

test('is recognised, and by no container', () => {
  const { bytes } = build();
  expect(recognise(containerFormats, bytes)).toBeUndefined();
  expect(recognise(fsFormats, bytes)?.id).toBe('iso');
  const { opened } = scan(bytes);
  expect(opened.facts).toMatchObject({ label: 'STRATA', names: 'ISO 9660', created: '2020-01-02T03:04:05.0000000Z' });
  expect(opened.identity).toEqual(iso.identify(new MemorySource('v', bytes), {} as never).self);
});

test.each<[string, Partial<IsoOptions>]>([
  ['plain', {}],
  ['Joliet', { joliet: true }],
  ['files of several extents', { extent: 4096 }],
])('gives back the tree: %s', (_, options) => {
  const { volume, paths, codes, opened } = scan(build(options).bytes);
  expect([...opened.findings, ...codes]).toEqual([]);
  expect(paths.size).toBe(6 + 80);
  for (const [name, content] of Object.entries(FILES)) {
    const row = paths.get(name)!;
    expect(row.size).toBe(content.length);
    const source = volume.open(row.ref);
    expectBytes(readBytes(source, 0, source.size), content, name);
  }
  expect(paths.get('PLAIN.TXT')!.attributes).toBe(3);
  const { modifiedLo, modifiedHi } = paths.get('PLAIN.TXT')!;
  expect(filetimeIso(modifiedLo, modifiedHi)).toBe('2020-01-02T02:04:05.0000000Z');
  expect(chunkRows(volume.list(paths.get('DIR')!.ref))).toHaveLength(81);
});

test('Joliet gives the names as they are', () => {
  const root = [{ name: '文件 ünï mit langem Namen.bin', data: random.bytes(10) }];
  expect([...scan(buildIso({ root, joliet: true }).bytes).paths.keys()]).toEqual([root[0]!.name]);
  expect([...scan(buildIso({ root }).bytes).paths.keys()]).not.toEqual([root[0]!.name]);
});

test('data behind the end of the image is missing, never zeros', () => {
  const { bytes, recordAt } = build();
  const view = new DataView(bytes.buffer);
  view.setUint32(recordAt.get('PLAIN.TXT')! + 10, 9_999_999, true);
  const { codes, paths, volume } = scan(bytes);
  expect(codes).toEqual(['isoDataMissing']);
  const row = paths.get('PLAIN.TXT')!;
  expect(row.byteState).toBe(ByteState.damaged);
  expect(readBytes(volume.open(row.ref), 0, 300)).toEqual(FILES['PLAIN.TXT']);
  expect(thrown(() => readBytes(volume.open(row.ref), 9_000_000, 1)).code).toBe('MissingData');
});

test('a directory that is its own child is not walked again', () => {
  const { bytes, recordAt } = build();
  const view = new DataView(bytes.buffer);
  const root = view.getUint32(16 * 2048 + 156 + 2, true);
  view.setUint32(recordAt.get('DIR')! + 2, root, true);
  const { codes, rows } = scan(bytes);
  expect(codes).toEqual(['isoDirectoryDamaged']);
  expect(rows).toHaveLength(5);
});

test('a record that makes no sense ends its sector, not the directory', () => {
  const { bytes, recordAt } = build();
  bytes[recordAt.get('DIR/ONE_OF_EIGHTY_3')! + 32] = 200;
  const { codes, paths } = scan(bytes);
  expect(codes).toEqual(['isoRecordInvalid']);
  expect(paths.has('DIR/ONE_OF_EIGHTY_79')).toBe(true);
});

test('directories over each other do not list what they share again', () => {
  const [first, sectors] = [20, 300];
  const bytes = new Uint8Array((first + sectors) * 2048);
  bytes.set(buildIso({ root: [] }).bytes.subarray(0, first * 2048));
  const view = new DataView(bytes.buffer);
  const directory = (at: number, block: number): void => {
    bytes[at] = 40;
    view.setUint32(at + 2, block, true);
    view.setUint32(at + 10, (first + sectors - block) * 2048, true);
    bytes[at + 25] = 2;
    bytes[at + 32] = 6;
    bytes.set(new TextEncoder().encode(String(at).padStart(6, '0')), at + 33);
  };
  for (let sector = 0, next = 0; sector < sectors; sector++)
    for (let i = 0; i < 51; i++) directory((first + sector) * 2048 + i * 40, first + (next++ % sectors));
  view.setUint32(16 * 2048 + 158, first, true);
  view.setUint32(16 * 2048 + 166, sectors * 2048, true);
  const { rows, codes } = scan(bytes);
  expect(rows).toHaveLength(51 * sectors);
  expect(codes).toContain('isoDirectoryDamaged');
});

const built = build({ extent: 4096, joliet: true });
const hot = [16 * 2048, 17 * 2048, 16 * 2048 + 156, 17 * 2048 + 156, ...[...built.recordAt.values()].slice(0, 8)];

test('survives being cut off anywhere', () => {
  expect(surviveTruncations(built.bytes, exercise, hot)).toBeGreaterThan(20);
});

test('fuzz: survives damage', () => {
  expect(surviveMutations(built.bytes, exercise, { hot, count: 300 })).toBeGreaterThan(0);
}, 600_000);

describe('what Rock Ridge adds', () => {
  const made = (tool: string, fill: (folder: string) => void, args: (folder: string, image: string) => string[]) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'strata-rr-'));
    try {
      mkdirSync(path.join(folder, 'in'));
      fill(path.join(folder, 'in'));
      runTool(tool, args(path.join(folder, 'in'), path.join(folder, 'v.iso')));
      return new Uint8Array(readFileSync(path.join(folder, 'v.iso')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test.skipIf(!hasTool('genisoimage'))('directories that were moved stand where they belong; links are links', () => {
    const bytes = made(
      'genisoimage',
      (folder) => {
        mkdirSync(path.join(folder, '1/2/3/4/5/6/7/8/9/10'), { recursive: true });
        writeFileSync(path.join(folder, '1/2/3/4/5/6/7/8/9/10/file'), 'deep');
        symlinkSync('1/2', path.join(folder, 'link'));
      },
      (folder, image) => ['-quiet', '-R', '-o', image, folder],
    );
    const { paths, volume, codes } = scan(bytes);
    expect(codes).toEqual([]);
    const deep = Array.from({ length: 10 }, (_, i) => Array.from({ length: i + 1 }, (__, n) => n + 1).join('/'));
    expect([...paths.keys()].sort()).toEqual([...deep, `${deep.at(-1)}/file`, 'link', 'rr_moved'].sort());
    expect(readBytes(volume.open(paths.get(`${deep.at(-1)}/file`)!.ref), 0, 4)).toEqual(
      new TextEncoder().encode('deep'),
    );
    expect(chunkRows(volume.list(paths.get(deep[7]!)!.ref)).map(({ name }) => name)).toEqual(['9']);
    const link = paths.get('link')!;
    expect([link.flags & NodeFlag.link, link.reparseTag, link.attributes & 0x400]).toEqual([
      NodeFlag.link,
      0xa000_000c,
      0x400,
    ]);
  });

  test.skipIf(!hasTool('xorriso'))('a file compressed by zisofs is not shown as what it is compressed to', () => {
    const bytes = made(
      'xorriso',
      (folder) => writeFileSync(path.join(folder, 'file'), 'hello\n'.repeat(30_000)),
      (folder, image) => ['-outdev', image, '-map', folder, '/', '-set_filter_r', '--zisofs', '/', '--', '-commit'],
    );
    const { paths, volume } = scan(bytes);
    expect([paths.get('file')!.size, paths.get('file')!.byteState]).toEqual([180_000, ByteState.unread]);
    expect(thrown(() => volume.open(paths.get('file')!.ref)).code).toBe('UnsupportedFeature');
  });
});

describe.each(['genisoimage', 'xorriso'])('%s', (tool) => {
  test.skipIf(!hasTool(tool) || !hasTool('7zz')).each(['-J', '-R'])(
    '%s: reads what it writes, and the same as 7-Zip',
    (names) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'strata-iso-'));
      try {
        mkdirSync(path.join(folder, 'in', 'a folder', 'deeper'), { recursive: true });
        const content = random.bytes(300_000);
        writeFileSync(path.join(folder, 'in', 'a folder', 'deeper', 'A long name ünï 文.bin'), content);
        writeFileSync(path.join(folder, 'in', 'NODOT'), 'text');
        if (names === '-R') symlinkSync('a folder/deeper', path.join(folder, 'in', 'link'));
        const image = path.join(folder, 'v.iso');
        const options = [
          '-quiet',
          names,
          '-input-charset',
          'utf-8',
          '-V',
          'OTHERS',
          '-o',
          image,
          path.join(folder, 'in'),
        ];
        runTool(tool, tool === 'xorriso' ? ['-as', 'mkisofs', ...options] : options);
        const { volume, paths, codes } = scan(readFileSync(image));
        expect(codes).toEqual([]);
        const source = volume.open(paths.get('a folder/deeper/A long name ünï 文.bin')!.ref);
        expectBytes(readBytes(source, 0, source.size), content);
        if (names === '-R') expect(volume.describe(paths.get('link')!.ref).reparseTarget).toBe('a folder/deeper');
        const theirs = runTool('7zz', ['l', '-slt', '-tiso', image])
          .toString()
          .matchAll(/^Path = (.*)$/gm);
        const listed = [...theirs].slice(1).map(([, name]) => name!);
        expect([...paths.keys()].sort()).toEqual(listed.sort());
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
