/**
 * The table of the corpus: what becomes of each disk and volume. Trees are told by how many names they have and by a hash
 * over all paths, sizes and contents, what is not read by its code; other tests compare the trees with those of The Sleuth
 * Kit, ntfs-3g and qemu-img. `DISK_TABLE=file` writes the table, with what other programs say of each file.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { createCodecs } from '../codec/codecs.ts';
import { pathOf } from '../index/path.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { corpus, corpusFolder } from '../testing/corpus.ts';
import { DISKS } from '../testing/disk-corpus.ts';
import { othersSay } from '../testing/disk-tools.ts';
import { loadModules } from '../testing/modules.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { oneImage } from './one-image.ts';
import { openImage } from './open-image.ts';
import { readTree } from './read-tree.ts';
import { mountable } from './select.ts';

const host = webHost(loadModules());
const codecs = createCodecs(host.modules);
const encoder = new TextEncoder();
/** Of each file so many bytes are hashed. */
const CONTENT = 1 << 20;

const hex = (bytes: Uint8Array, length: number): string => Buffer.from(bytes).toString('hex').slice(0, length);

function sha1(bytes: Uint8Array): Uint8Array {
  const hasher = codecs.sha1();
  for (let at = 0; at < bytes.length; at += 1 << 20) hasher.update(bytes.subarray(at, at + (1 << 20)));
  return hasher.digest();
}

/** `ntfs 35 names 3f2a91c04b77`, with ` !code` for each kind of error among the findings. */
async function treeAnswer(image: Image, mount: string, format: string): Promise<string> {
  const { table, findings } = await readTree(image, mount, 'x');
  const lines: string[] = [];
  for (let row = 1; row < table.count; row++) {
    let content = '';
    if (!table.isDirectory(row) && table.ref(row) >= 0)
      try {
        const size = image.streamSize(mount, table.ref(row), '');
        content = hex(sha1(image.read(mount, table.ref(row), '', 0, Math.min(size, CONTENT))), 40);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        content = error.code;
      }
    lines.push(`${pathOf(table, row)}\0${table.data.size[row]}\0${content}`);
  }
  const codes = new Set(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code));
  const told = [...codes].sort().map((code) => ` !${code}`);
  return `${format} ${lines.length} names ${hex(sha1(encoder.encode(lines.sort().join('\n'))), 12)}${told.join('')}`;
}

/** The codes of what is not read below (and with) `node`, each with its place. */
function refusals(node: ReportNode): string[] {
  const { refusal, mount } = node;
  const place = mount === '' ? '' : `${mount} `;
  const own = refusal === null ? [] : [place + (refusal.code === 'UnsupportedFormat' ? refusal.actual : refusal.code)];
  return [...own, ...node.parts.flatMap(refusals)];
}

/** Formats from the file inwards, as long as there is one way. */
function chainOf(node: ReportNode): string[] {
  const [only, more] = node.parts;
  const own = node.format === null || node.kind !== null ? [] : [node.format];
  return only !== undefined && more === undefined ? [...own, ...chainOf(only)] : own;
}

/** @param files of one image, with commas between them */
async function answer(files: string): Promise<string> {
  const sources = files.split(',').map((file) => new NodeFileSource(corpus(file)!));
  try {
    const { main, others } = sources.length === 1 ? { main: 0, others: [] } : oneImage(host, sources);
    const { image } = openImage(host, sources[main]!, { others: others.map((i) => sources[i]!) });
    const { root } = image.report();
    const parts: string[] = [];
    for (const { kind, mount, format } of mountable(root))
      if (kind === 'tree')
        parts.push(`${mount === '' ? '' : `${mount} `}${await treeAnswer(image, mount, format ?? '')}`);
    const chain = chainOf(root).join('/');
    return `${chain}${chain === '' ? '' : ': '}${[...parts, ...refusals(root)].join(', ')}`;
  } finally {
    for (const source of sources) source.close();
  }
}

describe.skipIf(corpusFolder() === null)('each disk of the corpus', () => {
  const table: string[] = [];
  const wanted = process.env['DISK_TABLE'];

  test.each(Object.entries(DISKS))('%s', async (files, expected) => {
    const ours = await answer(files);
    if (wanted !== undefined)
      table.push([files, ours, ...othersSay(files.split(',').map((f) => corpus(f)!))].join('\t'));
    else expect(ours, path.basename(files)).toBe(expected);
  });

  afterAll(() => {
    if (wanted !== undefined) writeFileSync(wanted, table.map((row) => `${row}\n`).join(''));
  });
});
