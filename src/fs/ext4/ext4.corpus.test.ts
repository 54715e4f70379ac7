/** Real volumes of ext2, listed as The Sleuth Kit lists them and read as it reads them. */
import { describe, expect, test } from 'vitest';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes } from '../../testing/conformance.ts';
import { corpus } from '../../testing/corpus.ts';
import { flsEntries } from '../../testing/fls.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { NodeFlag } from '../types.ts';
import { ext4 } from './index.ts';

const FILES = [
  'google+grr/grr/test/grr_response_test/test_data/winexec_img.dd',
  'sleuthkit+sleuthkit/test/data/image.dd',
] as const;

describe.skipIf(corpus(FILES[0]) === null || !hasTool('fls'))('real volumes', () => {
  test.each(FILES)('%s', (name) => {
    const file = corpus(name)!;
    const volume = ext4.open(new NodeFileSource(file), {
      codecs: {} as never,
      modules: {} as never,
      resolve: () => [],
    }).volumes[0]!;
    const { rows, findings } = scanRows(volume);
    expect(findings).toEqual([]);
    const paths = rowPaths(rows, volume.rootId);
    const theirs = new Map([...flsEntries(file)].filter(([path]) => !/ \(deleted.*\)$/.test(path)));
    expect([...paths.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [path, row] of paths) {
      expect(row.ref, path).toBe(theirs.get(path)!.record);
      if ((row.flags & (NodeFlag.directory | NodeFlag.link)) !== 0) continue;
      const data = volume.open(row.ref);
      expectBytes(readBytes(data, 0, data.size), runTool('icat', [file, String(row.ref)]), path);
    }
    expect(paths.size).toBeGreaterThan(3);
  });
});
