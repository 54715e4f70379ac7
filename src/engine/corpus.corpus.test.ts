/**
 * Every file of the corpus, as it is and under the name `unknown`: opening it, listing every tree, reading every file's
 * first and last bytes and walking every hive ends within two seconds in a result or in a FormatError that says why.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { corpusFolder } from '../testing/corpus.ts';
import { loadModules } from '../testing/modules.ts';
import { watch } from '../testing/survive.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { openImage } from './open-image.ts';
import { readHive, readTree } from './read-tree.ts';
import { mountable } from './select.ts';

const folder = corpusFolder();
/** Contents of the first files of a tree are read as well; all of them would take minutes for the large volumes. */
const READ_FILES = 200;

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(full) : entry.isFile() ? [full] : [];
  });
}

function refusals(node: ReportNode): string[] {
  return [...(node.refusal === null ? [] : [node.refusal.code]), ...node.parts.flatMap(refusals)];
}

/** Reads head and tail of one file; what cannot be read must say so as a FormatError. */
function peek(image: Image, mount: string, ref: number): void {
  try {
    const size = image.streamSize(mount, ref, '');
    image.read(mount, ref, '', 0, Math.min(size, 4096));
    if (size > 4096) image.read(mount, ref, '', size - 4096, 4096);
    image.places(mount, ref, '', 0, Math.min(size, 65_536));
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
  }
}

async function exercise(file: string): Promise<void> {
  const { image } = openImage(webHost(loadModules()), new NodeFileSource(file, 'unknown'));
  const { root } = image.report();
  for (const code of refusals(root)) expect(code).not.toBe('UnexpectedTrap');
  for (const { kind, mount } of mountable(root)) {
    try {
      if (kind === 'tree') {
        const { table } = await readTree(image, mount, 'unknown');
        for (let row = 1; row < Math.min(table.count, READ_FILES); row++) {
          if (table.ref(row) < 0) continue;
          image.describe(mount, table.ref(row));
          if (!table.isDirectory(row)) peek(image, mount, table.ref(row));
        }
      } else {
        const { table } = await readHive(image, `hive:${mount}`, mount, null, [], 'unknown');
        expect(table.count).toBeGreaterThan(0);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
  }
}

describe.skipIf(folder === null)('every file of the corpus', () => {
  const files = folder === null ? [] : filesBelow(folder);
  test.each(files.map((file) => path.relative(folder!, file)))('%s', async (name) => {
    const file = path.join(folder!, name);
    if (statSync(file).size === 0) return;
    const check = watch(name);
    await exercise(file);
    check();
  });
});
