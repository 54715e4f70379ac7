/** Real WIMs: by Microsoft's tools, by wimlib, and bad ones. Compared with wimlib-imagex where it can read them. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hex } from '../../base/guid.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { CachedSource } from '../../source/cached.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import { corpus, corpusFolder } from '../../testing/corpus.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { resolveAmong } from '../../testing/resolve.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { comparable, ourComparable, wimlibRows } from '../../testing/wimlib.ts';
import { type FsVolume, NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();

function open(file: string): OpenedFs {
  const source = new CachedSource(new NodeFileSource(corpus(file)!));
  return wim.open(source, { codecs: createCodecs(modules), modules, resolve: () => [] });
}

function verifyCodes(volume: FsVolume): string[] {
  const codes: string[] = [];
  const scan = volume.verify(({ code }) => codes.push(code))!;
  while (!scan.step(50));
  return codes;
}

const scanCodes = (volume: FsVolume) => scanRows(volume).findings.map(({ code }) => code);
const sorted = <T extends { path: string }>(rows: readonly T[]) => [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));

const MANAGED = 'ied206+ManagedWimLib/ManagedWimLib.Tests/Samples';
const EBIGGERS = 'ebiggers+wimlib/tests/wims';
const IMAGEX = 'borisbrodski+sevenzipjbinding/test/JavaTests/testdata/multiple-files/wim';

/** Provisioning packages are WIMs by Windows ICD under another name. */
function provisioningPackages(): string[] {
  const root = corpusFolder();
  if (root === null) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ppkg'))
    .map((file) => file.split(path.sep).join('/'));
}

const GOOD = [
  'slorelee+wimbuilder2/test/boot.efbe10b.wim',
  'squid-box+SevenZipSharp/SevenZip.Tests/TestData/wim.wim',
  ...[0, 1, 2].map((i) => `${IMAGEX}/archive1.zip.${i}.wim`),
  ...['LZMS.wim', 'LZX.wim', 'XPRESS.wim', 'MultiImage.wim', 'VerifySuccess.wim'].map((file) => `${MANAGED}/${file}`),
  `${EBIGGERS}/longpaths.wim`,
  ...provisioningPackages(),
];

const here = corpusFolder() !== null;

describe.skipIf(!here)('good WIMs', () => {
  test.each(GOOD)('%s opens, lists and verifies without complaint', (file) => {
    const fs = open(file);
    expect(fs.findings).toEqual([]);
    for (const volume of fs.volumes) {
      expect(scanCodes(volume)).toEqual([]);
      expect(verifyCodes(volume)).toEqual([]);
    }
  });

  test.skipIf(!hasTool('wimlib-imagex')).each(GOOD)('%s lists as wimlib-imagex does', (file) => {
    for (const [i, volume] of open(file).volumes.entries()) {
      const theirs = wimlibRows(corpus(file)!, i + 1).filter(({ path: p }) => p !== '');
      expect(sorted(ourComparable(volume))).toEqual(sorted(theirs.map(comparable)));
      // Every file is read whole and has the SHA-1 that wimlib prints.
      const hashes = new Map(theirs.map((row) => [row.path, row.streams.find(({ name }) => name === '')?.sha1]));
      for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
        if (row.flags & NodeFlag.directory || row.size === 0) continue;
        const source = volume.open(row.ref);
        const hasher = createCodecs(modules).sha1();
        hasher.update(readBytes(source, 0, source.size));
        expect(hex(hasher.digest()), name).toBe(hashes.get(name));
      }
    }
  });

  test('the Windows PE tree is whole', () => {
    const [volume] = open(GOOD[0]!).volumes;
    expect(volume!.facts).toMatchObject({ build: '10.0.17763.1', arch: 'x86', languages: ['zh-CN'], boot: true });
    const { rows } = scanRows(volume!);
    expect(rows.filter(({ flags }) => flags & NodeFlag.directory)).toHaveLength(3571);
    expect(rows.filter(({ flags }) => (flags & NodeFlag.directory) === 0)).toHaveLength(25);
  });
});

describe.skipIf(!here)('bad and unusual WIMs say what is wrong', () => {
  test('a blob with another SHA-1', () => {
    const [volume] = open(`${EBIGGERS}/corrupted_file_1.wim`).volumes;
    expect(scanCodes(volume!)).toEqual([]);
    expect(verifyCodes(volume!)).toEqual(['wimBlobHash']);
  });

  test('a name that leads out of its directory', () => {
    const [volume] = open(`${EBIGGERS}/dotdot.wim`).volumes;
    const { rows, findings } = scanRows(volume!);
    expect(rows).toEqual([]);
    expect(findings).toMatchObject([{ code: 'wimInvalidName', facts: { name: '..' } }]);
  });

  test('a name that occurs three times', () => {
    const [volume] = open(`${EBIGGERS}/duplicate_names.wim`).volumes;
    const { rows, findings } = scanRows(volume!);
    expect(rows.map(({ name }) => name)).toEqual(['1']);
    expect(findings.map(({ code }) => code)).toEqual(['wimDuplicateName', 'wimDuplicateName']);
  });

  test.skipIf(!hasTool('wimlib-imagex'))('and wimlib-imagex leaves out the same names', () => {
    for (const file of ['dotdot', 'duplicate_names']) {
      const full = corpus(`${EBIGGERS}/${file}.wim`)!;
      const [volume] = open(`${EBIGGERS}/${file}.wim`).volumes;
      const theirs = runTool('wimlib-imagex', ['dir', full, '1']).toString().trim().split('\n').slice(1);
      expect(scanRows(volume!).rows.map(({ name }) => `/${name}`)).toEqual(theirs);
    }
  });

  test('damaged metadata with an integrity table', () => {
    const [volume] = open(`${MANAGED}/VerifyFail.wim`).volumes;
    expect(() => scanRows(volume!)).toThrow('InvalidData');
    expect(verifyCodes(volume!)).toEqual(['wimMetadataUnreadable', 'wimIntegrity']);
  });

  test('a split set: part 1 lists, part 2 alone says what is needed', () => {
    const first = open(`${MANAGED}/Split.swm`);
    expect(first.findings).toMatchObject([{ code: 'wimPartsMissing', facts: { missing: [2] } }]);
    expect(scanCodes(first.volumes[0]!)).toEqual(['wimDataMissing']);
    expect(() => open(`${MANAGED}/Split2.swm`)).toThrow('part 1 of 2');
  });

  test('a split set, either part first: whole', () => {
    const sources = ['Split.swm', 'Split2.swm'].map((file) => new NodeFileSource(corpus(`${MANAGED}/${file}`)!));
    const codecs = createCodecs(modules);
    for (const source of sources) {
      const fs = wim.open(source, { codecs, modules, resolve: resolveAmong(wim, sources, codecs) });
      expect(fs.findings).toEqual([]);
      expect(scanCodes(fs.volumes[0]!)).toEqual([]);
      expect(verifyCodes(fs.volumes[0]!)).toEqual([]);
    }
  });
});
