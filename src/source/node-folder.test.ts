import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FOLDER_MAGIC } from '../base/folder-list.ts';
import { thrown } from '../testing/thrown.ts';
import { openFolder } from './node-folder.ts';
import { readBytes } from './read.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-folder-'));
  mkdirSync(path.join(folder, 'sub'));
  writeFileSync(path.join(folder, 'sub/a.txt'), 'text of a');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (source: ReturnType<typeof openFolder>) => {
  const text = new TextDecoder().decode(readBytes(source, 0, source.size));
  expect(text.startsWith(FOLDER_MAGIC)).toBe(true);
  return text
    .slice(FOLDER_MAGIC.length)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown[]);
};

test('lists files, folders and links, and reads them when they are asked for', () => {
  symlinkSync('sub/a.txt', path.join(folder, 'link'));
  const source = openFolder(folder);
  expect(lines(source).map(([type, name]) => [type, name])).toEqual([
    ['l', 'link'],
    ['d', 'sub'],
    ['f', 'sub/a.txt'],
    ['end', 3],
  ]);
  const [file] = source.files.map((open) => open());
  expect(new TextDecoder().decode(readBytes(file!, 5, 4))).toBe('of a');
});

describe('a file that', () => {
  test('changed since, or is gone, is refused', () => {
    const open = openFolder(folder).files[0]!;
    const held = open();
    writeFileSync(path.join(folder, 'sub/a.txt'), 'text of b');
    expect(thrown(() => readBytes(held, 0, 4)).code).toBe('UnexpectedChange');
    rmSync(path.join(folder, 'sub/a.txt'));
    expect(thrown(() => readBytes(held, 0, 4)).code).toBe('UnexpectedChange');
    expect(thrown(() => open()).code).toBe('UnexpectedChange');
    rmSync(path.join(folder, 'sub'), { recursive: true });
    writeFileSync(path.join(folder, 'sub'), '');
    expect(thrown(() => open()).actual).toBe('that it is gone');
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === undefined)('may not be read says so', () => {
    const held = openFolder(folder).files[0]!();
    chmodSync(path.join(folder, 'sub/a.txt'), 0);
    // who may read everything becomes somebody else for it
    const root = process.geteuid!() === 0;
    if (root) {
      chmodSync(folder, 0o755);
      process.seteuid!(65_534);
    }
    try {
      expect(thrown(() => readBytes(held, 0, 4))).toMatchObject({
        code: 'MissingData',
        actual: 'no permission to read it',
      });
    } finally {
      if (root) process.seteuid!(0);
    }
  });
});
