/** Written hives, read by the tools of others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpusFolder } from '../../src/testing/corpus.ts';
import { compareLookup, compareTwin, compareXml, dumpLines } from '../../src/testing/hive-compare.ts';
import { regfFiles, SPOILED } from '../../src/testing/hive-corpus.ts';
import { readHivexml } from '../../src/testing/hivexml.ts';
import { readReglookup } from '../../src/testing/reglookup.ts';
import { hasTool, runTool } from '../../src/testing/tools.ts';
import { readTwin } from '../../src/testing/twins/regf.ts';
import { type KeyInput, open, type WriteOptions, writeHive } from './src/index.ts';

const module = new WebAssembly.Module(readFileSync(new URL('hivex.checked.wasm', import.meta.url)));

const written = (root: KeyInput, options?: WriteOptions) => new Uint8Array(Buffer.concat(writeHive(root, options)));

describe('read by others', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'written-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const base = corpusFolder();
  const hives = regfFiles(base).filter((file) => {
    const bytes = readFileSync(path.join(base!, file));
    return bytes[28] === 0 && !SPOILED.test(file) && bytes.length < 600_000;
  });

  test.skipIf(base === null || !hasTool('hivexml') || !hasTool('reglookup'))(
    'hives of the corpus, written anew: the same dump for us, hivexml, reglookup and the twin',
    () => {
      let compared = 0;
      for (const file of hives) {
        const old = open(readFileSync(path.join(base!, file)), module);
        const options = { layered: old.layered, minor: old.layered ? 6 : 5, keepOrder: true };
        const bytes = written(old.tree(), options);
        const hive = open(bytes, module);
        expect(hive.findings, file).toEqual([]);
        expect(dumpLines(hive), file).toEqual(dumpLines(old));
        expect(compareTwin(hive, readTwin(bytes)), file).toBeGreaterThan(0);
        const copy = path.join(folder, 'copy');
        writeFileSync(copy, bytes);
        if (!/System_Delta|FuseHive/.test(file)) compared += compareXml(hive, readHivexml(copy));
        compared += compareLookup(hive, readReglookup(copy));
      }
      expect(hives.length).toBeGreaterThan(70);
      expect(compared).toBeGreaterThan(50_000);
    },
    120_000,
  );

  test.skipIf(!hasTool('hivexsh'))('hivexsh finds its way in a written hive, and writes to it', () => {
    const file = path.join(folder, 'hive');
    const keys = Array.from({ length: 1200 }, (_, i) => ({
      name: `Key ${i}`,
      values: [{ name: 'n', type: 4, data: new Uint8Array([i, i >> 8, 0, 0]) }],
    }));
    writeFileSync(file, written({ name: 'R', keys: [{ name: 'Many', keys }] }));
    const said = runTool('sh', ['-c', `printf 'cd Many\\ncd key 777\\nlsval n\\n' | hivexsh "$1"`, 'sh', file]);
    expect(said.toString()).toBe('777\n');
    runTool('sh', ['-c', `printf 'cd Many\\nadd New\\ncommit\\n' | hivexsh -w "$1"`, 'sh', file]);
    const again = open(readFileSync(file), module);
    const many = again.nodeGetChild(again.root(), 'Many')!;
    expect([again.nodeNrChildren(many), again.nodeGetChild(many, 'New') === null]).toEqual([1201, false]);
  });
});
