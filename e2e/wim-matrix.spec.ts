/** WIMs of several kinds, and of several files, read in the page as in Node: the same names, the same bytes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { createCodecs } from '../src/codec/codecs.ts';
import { ByteState, NodeFlag } from '../src/fs/types.ts';
import { wim } from '../src/fs/wim/index.ts';
import { NodeFileSource } from '../src/source/node-file.ts';
import { readBytes } from '../src/source/read.ts';
import { loadModules } from '../src/testing/modules.ts';
import { rowPaths, scanRows } from '../src/testing/node-rows.ts';
import { resolveAmong } from '../src/testing/resolve.ts';
import { hasTool } from '../src/testing/tools.ts';
import { type Cell, cellName, WimMatrix } from '../src/testing/wim-matrix.ts';
import { scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const cell = (some: Partial<Cell>): Cell => ({
  compress: 'lzx:32768',
  solid: 'no',
  origin: 'ntfs',
  split: false,
  pipable: false,
  integrity: true,
  delta: false,
  ...some,
});

const CELLS: readonly Cell[] = [
  cell({ compress: 'none', solid: 'lzms:67108864', integrity: false }),
  cell({ split: true, solid: 'lzx:32768', compress: 'xpress:32768' }),
  cell({ split: true, compress: 'lzms:131072' }),
  cell({ delta: true }),
  cell({ pipable: true, compress: 'xpress:4096' }),
];

/** Path -> SHA-256 of what can be read of the files in `folder`, as Node reads them. */
function inNode(files: readonly string[], folder: string): Map<string, string> {
  const modules = loadModules();
  const codecs = createCodecs(modules);
  const sources = files.map((file) => new NodeFileSource(file));
  const fs = wim.open(sources[0]!, { codecs, modules, resolve: resolveAmong(wim, sources, codecs) });
  const [volume] = fs.volumes;
  const found = new Map<string, string>();
  for (const [path, row] of rowPaths(scanRows(volume!).rows, volume!.rootId)) {
    if (!path.startsWith(`${folder}/`) || row.flags & NodeFlag.directory) continue;
    expect(row.byteState).not.toBe(ByteState.missing);
    const source = volume!.open(row.ref);
    found.set(path, sha256(readBytes(source, 0, source.size)));
  }
  for (const source of sources) source.close();
  return found;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Path -> SHA-256 of the files of an archive, by its central directory. */
function inArchive(bytes: Buffer, below: string): Map<string, string> {
  const found = new Map<string, string>();
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  for (let at = bytes.readUInt32LE(end + 16); bytes.readUInt32LE(at) === 0x02014b50; ) {
    const [method, stored] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = bytes.readUInt32LE(at + 42);
    const path = bytes.toString('utf8', at + 46, at + 46 + name);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + stored);
    if (!path.endsWith('/')) found.set(`${below}${path}`, sha256(method === 8 ? inflateRawSync(data) : data));
    at += 46 + name + extra + comment;
  }
  return found;
}

test.describe('WIMs in the page', () => {
  test.skip(!hasTool('wimlib-imagex'), 'wimlib-imagex makes them');
  for (const [i, made] of CELLS.entries())
    test(cellName(made), async ({ page }) => {
      await page.addInitScript(() => {
        Object.assign(window, { showSaveFilePicker: undefined });
      });
      const faults = watchFaults(page);
      const files = new WimMatrix(scratch()).make(made, `cell${i}-`);
      const bench = new Workbench(page);
      await bench.visit();
      await bench.drop([...files].reverse());
      await expect(bench.layer).toHaveCount(1);
      for (const folder of ['data', 'many', 'Windows']) {
        await bench.go(`C:\\${folder}`);
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          bench.detail.getByRole('button', { name: 'Save what is shown here as a ZIP archive' }).click(),
        ]);
        const archive = inArchive(readFileSync(await download.path()), `${folder}/`);
        const expected = inNode(files, folder);
        expect(expected.size).toBeGreaterThan(2);
        expect(archive).toEqual(expected);
      }
      expect(faults).toEqual([]);
    });
});
