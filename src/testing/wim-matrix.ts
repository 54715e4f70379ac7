/**
 * WIMs of every kind, made by wimlib-imagex from one NTFS volume (hard links, streams, short names, reparse points, empty
 * files) or from a built WIM (object ids, extended attributes, EFS, odd names): the cells of the reader's matrix. What wimlib
 * refuses to write, a split solid set, is split by our own builder.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildNtfs, type NtfsEntry } from './ntfs-builder.ts';
import { allCells, pairwise } from './pairwise.ts';
import { runTool } from './tools.ts';
import type { TreeEntry } from './tree.ts';
import { buildWim } from './wim-builder.ts';
import type { WimEntry } from './wim-metadata.ts';
import { mixedData, sampleTree } from './wim-sample-tree.ts';
import { splitBytes } from './wim-split.ts';

export interface Cell {
  /** Codec and chunk size of the WIM. */
  readonly compress: string;
  /** Codec and chunk size of solid resources, `no` for none. */
  readonly solid: string;
  readonly origin: 'ntfs' | 'built';
  readonly split: boolean;
  readonly pipable: boolean;
  readonly integrity: boolean;
  readonly delta: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const sizes = (codec: string, ...chunks: number[]) => chunks.map((chunk) => `${codec}:${chunk}`);
const COMPRESS = [
  'none',
  ...sizes('xpress', 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB),
  ...sizes('lzx', 32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB, 2 * MIB),
  ...sizes('lzms', 32 * KIB, 128 * KIB, MIB, 64 * MIB),
];
const SOLID = [
  'no',
  `xpress:${64 * KIB}`,
  `lzx:${32 * KIB}`,
  `lzx:${2 * MIB}`,
  `lzms:${128 * KIB}`,
  `lzms:${64 * MIB}`,
];
const flags = [false, true];

function allowed({ solid, pipable, delta, origin }: Cell): boolean {
  if (pipable && solid !== 'no') return false; // wimlib: solid compression is unsupported in pipable WIMs
  return !delta || origin === 'ntfs'; // only a capture can be a delta
}

const matrix = (compress: readonly string[], solid: readonly string[]) =>
  allCells<Cell>(
    { compress, solid, origin: ['ntfs', 'built'], split: flags, pipable: flags, integrity: flags, delta: flags },
    allowed,
  );

/** Every cell there is: about two thousand. */
export function everyCell(): Cell[] {
  return matrix(COMPRESS, SOLID);
}

/** Every chunk size of every codec once, and every pair of the other factors. */
export function fewCells(): Cell[] {
  const few = pairwise(matrix(['none', 'xpress:32768', 'lzx:32768', 'lzms:131072'], [SOLID[0]!, SOLID[3]!, SOLID[5]!]));
  const seen = new Set(few.flatMap(({ compress, solid }) => [compress, `solid ${solid}`]));
  const plain: Cell = {
    compress: 'none',
    solid: 'no',
    origin: 'ntfs',
    split: false,
    pipable: false,
    integrity: false,
    delta: false,
  };
  for (const compress of COMPRESS) if (!seen.has(compress)) few.push({ ...plain, compress });
  for (const solid of SOLID) if (!seen.has(`solid ${solid}`)) few.push({ ...plain, solid, split: true });
  return few;
}

export function cellName({ compress, solid, origin, ...rest }: Cell): string {
  const on = Object.entries(rest).flatMap(([name, value]) => (value ? [name] : []));
  return [origin, compress, ...(solid === 'no' ? [] : [`solid ${solid}`]), ...on].join(', ');
}

/** What NTFS cannot hold as it is: unpaired surrogates in wimlib's eyes, EFS without its stream. */
function forNtfs(entry: TreeEntry): NtfsEntry {
  const { attributes, dir, ...rest } = entry;
  return {
    ...rest,
    ...(dir && { dir: dir.filter(({ name }) => !/\p{Surrogate}/u.test(name)).map(forNtfs) }),
    ...(attributes !== undefined && { attributes: attributes & ~0x4000 }),
  };
}

const text = (value: string) => new TextEncoder().encode(value);

function matrixTree(): WimEntry {
  const sample = sampleTree();
  const data = Array.from({ length: 5 }, (_, i) => ({
    name: `data ${i}`,
    data: mixedData(60_000 + i * 33_333, 40 + i),
  }));
  const many = Array.from({ length: 60 }, (_, i) => ({ name: `file ${i}.txt`, data: text(`content ${i % 25}`) }));
  const deep = (left: number): WimEntry => ({
    name: 'deep '.repeat(left + 1).trim(),
    dir: left === 0 ? [{ name: 'n'.repeat(250), data: text('at the bottom') }] : [deep(left - 1)],
  });
  return {
    ...sample,
    dir: [
      ...sample.dir!,
      { name: 'data', dir: data },
      { name: 'many', dir: many },
      deep(6),
      { name: 'zero', data: text('') },
    ],
  };
}

const EA = Uint8Array.of(2, 0, 4, 0x80, 0x4e, 0x41, 0x4d, 0x45, 0, 1, 2);

/** The folder in which cells are made, with what they are made of. */
export class WimMatrix {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    const tree = matrixTree();
    writeFileSync(this.#at('volume.ntfs'), buildNtfs({ root: tree.dir!.map(forNtfs), size: 24 * MIB }));
    const tagged: WimEntry = { name: 'with attributes', data: text('ea'), tagged: [{ tag: 2, data: EA }] };
    const root = { ...tree, dir: [...tree.dir!, tagged] };
    writeFileSync(this.#at('built.wim'), buildWim({ images: [{ name: 'built', description: 'by us', root }] }));
    const base = this.#at('base');
    mkdirSync(base);
    for (const seed of [40, 42, 44])
      writeFileSync(path.join(base, `${seed}`), mixedData(60_000 + (seed - 40) * 33_333, seed));
    runTool('wimlib-imagex', ['capture', base, this.#at('base.wim'), '--compress=lzx']);
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }

  /** The files of a cell, in the order of parts; the base of a delta last. All can be given to `--ref`. */
  make(cell: Cell, name: string): string[] {
    const [codec, chunk] = cell.compress.split(':');
    const [solid, solidChunk] = cell.solid.split(':');
    const file = this.#at(`${name}.wim`);
    const options = [
      `--compress=${codec}`,
      ...(chunk === undefined ? [] : [`--chunk-size=${chunk}`]),
      ...(cell.solid === 'no' ? [] : ['--solid', `--solid-compress=${solid}`, `--solid-chunk-size=${solidChunk}`]),
      ...(cell.pipable ? ['--pipable'] : []),
      ...(cell.integrity ? ['--check'] : []),
      ...(cell.delta ? [`--delta-from=${this.#at('base.wim')}`] : []),
    ];
    if (cell.origin === 'ntfs')
      runTool('wimlib-imagex', ['capture', this.#at('volume.ntfs'), file, ...options, 'ntfs']);
    else runTool('wimlib-imagex', ['export', this.#at('built.wim'), 'all', file, ...options]);
    const base = cell.delta ? [this.#at('base.wim')] : [];
    return cell.split ? [...this.#split(file, name, cell), ...base] : [file, ...base];
  }

  #split(file: string, name: string, cell: Cell): string[] {
    if (cell.solid === 'no')
      runTool('wimlib-imagex', [
        'split',
        file,
        this.#at(`${name}.swm`),
        '0.05',
        ...(cell.integrity ? ['--check'] : []),
      ]);
    else
      splitBytes(readFileSync(file), { parts: 2, integrity: cell.integrity, first: 1 }).forEach((part, i) => {
        writeFileSync(this.#at(`${name}${i === 0 ? '' : i + 1}.swm`), part);
      });
    const numbers = readdirSync(this.#folder).flatMap((other) => {
      const match = other.startsWith(name) && /^(\d*)\.swm$/.exec(other.slice(name.length));
      return match ? [match[1]!] : [];
    });
    return numbers.sort((a, b) => Number(a) - Number(b)).map((number) => this.#at(`${name}${number}.swm`));
  }
}
