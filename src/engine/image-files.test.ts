/** Images of several files, opened: every file reads as if it were one disk or one WIM. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { damage, fuzzCount } from '../testing/damage.ts';
import { type ChainFile, vdiChain, vhdChain, vhdxChain } from '../testing/disk-chain.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { surviveLater } from '../testing/survive.ts';
import { buildVhdx } from '../testing/vhdx-builder.ts';
import { NOTES, volumeStates } from '../testing/volume-chain.ts';
import { splitWim } from '../testing/wim-split.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import type { Picks } from './needs.ts';
import { oneImage } from './one-image.ts';
import { openImage } from './open-image.ts';
import { resolvePath } from './select.ts';

const host = webHost(loadModules());
const source = ({ name, bytes }: ChainFile) => new MemorySource(name, bytes);

function open(files: readonly ChainFile[], picks: Picks = {}): Image {
  const [main, ...others] = files.map(source);
  return openImage(host, main!, { others, picks }).image;
}

async function read(image: Image, path: string, mount = ''): Promise<string> {
  const { ref } = await resolvePath(image, mount, path, 'test');
  return new TextDecoder().decode(image.read(mount, ref, '', 0, 1 << 20));
}

const states = volumeStates();
const chains = { vhdx: vhdxChain(states), vhd: vhdChain(states), vdi: vdiChain(states, 1 << 20) };

describe.each(Object.entries(chains))('a chain of three disks (%s)', (_, chain) => {
  test.each([
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ])('given as %i %i %i', async (...order) => {
    const files = order.map((i) => chain[i]!);
    const { main, others } = oneImage(host, files.map(source));
    expect(files[main]).toBe(chain[2]);
    const image = open([files[main]!, ...others.map((i) => files[i]!)]);
    const { root } = image.report();
    expect(root.refusal).toBeNull();
    expect(root.chain.map(({ id, depth, status, file }) => [id, depth, status, file])).toEqual([
      ['parent', 1, 'found', chain[1]!.name],
      ['parent/parent', 2, 'found', chain[0]!.name],
    ]);
    expect(await read(image, 'notes.txt')).toBe(NOTES[2]);
    expect(await read(image, '2.txt')).toBe('made at 2');
    expect(await read(image, '0.txt')).toBe('made at 0');
  });

  test('the state at each point is an image of its own', async () => {
    for (const i of [0, 1, 2]) {
      const image = open(chain.slice(0, i + 1).reverse());
      expect(await read(image, 'notes.txt')).toBe(NOTES[i]);
      await expect(read(image, `${i + 1}.txt`)).rejects.toThrow('no such name');
    }
  });

  test('the file that is missing is named, with the file that needs it', () => {
    const { root } = open([chain[2]!, chain[1]!]).report();
    expect(root.refusal).toMatchObject({ code: 'MissingParent', where: { source: chain[1]!.name, offset: null } });
    expect(root.refusal!.expected).toMatch(/parent/);
    expect(root.refusal!.actual).toBe('no such file among those given');
    expect(root.chain.map(({ status }) => status)).toEqual(['found', 'missing']);
    expect(root.kind).toBeNull();
    expect(root.parts).toEqual([]);
  });

  test('a parent that was chosen against its identity is used, with a warning', async () => {
    const image = open([chain[2]!, chain[0]!], { parent: 1 });
    const { root } = image.report();
    expect(root.chain[0]).toMatchObject({ status: 'differs', file: chain[0]!.name });
    expect(root.findings).toContainEqual(expect.objectContaining({ code: 'parentDiffers', severity: 'warning' }));
    // what the child wrote itself is there, whatever is below
    const disk = image.report().root.parts[0];
    expect(disk?.format).toBe('ntfs');
  });

  test('has the fingerprints of its parents in its own', async () => {
    const whole = await open([...chain].reverse()).fingerprint('');
    const [format] = chain[0]!.name.split('.').slice(-1);
    const base = (await open([chain[0]!]).fingerprint('')).filter(({ what }) => what.startsWith(format!));
    expect(base.length).toBeGreaterThan(0);
    for (const { what, sha256 } of base) expect(whole).toContainEqual({ what: `parent/parent/${what}`, sha256 });
  });
});

describe('a split WIM', () => {
  const root = {
    name: '',
    dir: ['a', 'b', 'c'].map((name) => ({ name, data: new TextEncoder().encode(`bytes of ${name}`) })),
  };
  const parts = splitWim({ images: [{ name: 'x', root }] }, { parts: 3 }).map((bytes, i) => ({
    name: `x${i === 0 ? '' : i + 1}.swm`,
    bytes,
  }));

  test('is opened from its parts in any order', async () => {
    const files = [parts[2]!, parts[0]!, parts[1]!];
    const { main, others } = oneImage(host, files.map(source));
    expect(files[main]!.name).toBe('x.swm');
    const image = open([files[main]!, ...others.map((i) => files[i]!)]);
    for (const name of ['a', 'b', 'c']) expect(await read(image, name, '1')).toBe(`bytes of ${name}`);
  });

  test('is shown in part when a part is missing, which is named', async () => {
    const image = open([parts[0]!, parts[2]!]);
    const { root: report } = image.report();
    expect(report.refusal).toBeNull();
    expect(report.chain.map(({ id, title, status }) => [id, title, status])).toEqual([
      ['part:2', 'part 2 of 3', 'missing'],
      ['part:3', 'part 3 of 3', 'found'],
    ]);
    const results = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        read(image, name, '1').then(
          () => 'read',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(results.sort()).toEqual(['MissingData', 'read', 'read']);
  });

  test('is refused without the part that has the names', () => {
    const { root: report } = open([parts[1]!, parts[2]!]).report();
    expect(report.refusal).toMatchObject({ code: 'MissingPart', expected: expect.stringContaining('part 1 of 3') });
  });
});

describe('files that do not make one image', () => {
  const a = { name: 'a.vhdx', bytes: buildVhdx({ kind: 'dynamic', size: 1 << 20 }) };
  const b = { name: 'b.img', bytes: buildNtfs({ root: [] }) };

  test('are refused by the name of the one that does not belong', () => {
    expect(() => oneImage(host, [a, b].map(source))).toThrow(/a\.vhdx: expected files that belong to it, found b\.img/);
    const words = { name: 'x.txt', bytes: new TextEncoder().encode('words') };
    expect(() => oneImage(host, [words, a].map(source))).toThrow(/found x\.txt, which does not/);
    expect(() => oneImage(host, [words].map(source))).toThrow('plain text');
  });
});

describe('damaged chains', () => {
  const codesOf = (node: ReportNode): string[] => [
    ...(node.refusal === null ? [] : [node.refusal.code]),
    ...node.parts.flatMap(codesOf),
  ];
  const formats = Object.entries(chains);

  test('fuzz: one damaged file of three is told, or does no harm', { timeout: 4 * 3600_000 }, async () => {
    const count = fuzzCount(45);
    for (let seed = 1; seed <= count; seed++) {
      const [format, chain] = formats[seed % formats.length]!;
      const bad = (seed >> 2) % 3;
      const files = chain.map((file, i) => (i === bad ? { ...file, bytes: damage(file.bytes, seed, [0, 512]) } : file));
      await surviveLater(
        new Uint8Array(0),
        async () => {
          const { main, others } = oneImage(host, files.map(source));
          const image = open([files[main]!, ...others.map((i) => files[i]!)]);
          expect(codesOf(image.report().root)).not.toContain('UnexpectedTrap');
          await read(image, 'notes.txt');
        },
        `${format} seed ${seed}`,
      );
    }
  });

  test('a chain that comes back to itself is refused', () => {
    const [a, b] = [0, 1].map((i) => {
      const ids = [0, 1].map((n) => `0000000${n}-1111-4222-8333-444444444444`);
      const parent = { parent_linkage: `{${ids[1 - i]}}`, relative_path: `.\\${1 - i}.vhdx` };
      const spec = { kind: 'dynamic', size: 1 << 20, dataWriteGuid: ids[i]!, parent } as const;
      return { name: `${i}.vhdx`, bytes: buildVhdx(spec) };
    }) as [ChainFile, ChainFile];
    const { root } = open([a, b]).report();
    expect(root.chain.map(({ status }) => status)).toEqual(['found', 'loop']);
    expect(root.refusal).toMatchObject({ code: 'UnexpectedLoop', where: { source: '1.vhdx' } });
    expect(oneImage(host, [a, b].map(source))).toEqual({ main: 0, others: [1] });
  });
});
