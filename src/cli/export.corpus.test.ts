/** Real hives through the writers of files, read back by ourselves and by others. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { corpus } from '../testing/corpus.ts';
import { buildHive } from '../testing/hive-builder.ts';
import { readHivexml } from '../testing/hivexml.ts';
import { hasTool, runTool } from '../testing/tools.ts';

const inputs = new Inputs();
const dump = (file: string) => cli(['reg', file, '-r', '--json']).out;

const BCD = corpus('mkorman90+regipy/regipy_tests/data/BCD');
/** Old and new versions, classes, every type, a boot store, layers. */
const HIVES = [
  'Pooky+PyRegedit/Data/NTUSER.DAT_key_types',
  'mkorman90+regipy/regipy_tests/data/BCD',
  'log2timeline+plaso/test_data/regf/SAM',
  'msuhanov+yarp/hives_for_tests/System_Delta',
].map((file) => [file.slice(file.lastIndexOf('/') + 1), corpus(file)] as const);

describe('new hives of real ones', () => {
  for (const [name, file] of HIVES)
    test.skipIf(file === null)(name, () => {
      const made = inputs.free(`${name}.new`);
      expect(cli(['reg', file!, '--format', 'hive', '-o', made]).code).toBe(0);
      expect(dump(made)).toBe(dump(file!));
      // hivexml reads no value tombstones
      if (hasTool('hivexml') && name !== 'System_Delta') expect(readHivexml(made)).toEqual(readHivexml(file!));
    });
});

describe('.reg of real ones', () => {
  test.skipIf(BCD === null || !hasTool('hivexregedit'))('hivexregedit reads the same values', () => {
    const file = BCD!;
    const text = new TextDecoder('utf-16le').decode(cli(['reg', file, '--format', 'reg', '--root', 'HKLM\\X']).bytes);
    const reg = inputs.free('bcd.reg');
    const made = inputs.free('bcd.hiv');
    writeFileSync(reg, text.replaceAll('\r\n', '\n'));
    writeFileSync(made, buildHive({ name: 'ROOT' }));
    runTool('hivexregedit', ['--merge', '--prefix', 'HKEY_LOCAL_MACHINE\\X', made, reg]);
    const { out } = cli(['diff', file, made, '--json']);
    // the values are the same; times, owners and order are the other program's
    expect(objects(out).at(-1)).toMatchObject({
      summary: { keys: { added: 0, removed: 0 }, values: { added: 0, removed: 0, changed: 0 } },
    });
  });
});

test.skipIf(BCD === null)('a real boot store in words', () => {
  const file = BCD!;
  const words = objects<{ key: string; words?: { name: string; text: string } }>(dump(file)).flatMap(
    ({ key, words }) => (words === undefined ? [] : [{ object: key.split('\\')[1]!, ...words }]),
  );
  const of = (object: string) =>
    words.filter((line) => line.object === object).map(({ name, text }) => `${name} ${text}`);
  expect(of('{9dea862c-5cdd-4e70-acc1-f32b344d4795}')).toEqual(
    expect.arrayContaining(['inherit {globalsettings}', 'description Windows Boot Manager', 'timeout 30']),
  );
  const loader = of('{733b62e5-f608-11eb-825c-c112f60133ab}');
  expect(loader).toEqual(
    expect.arrayContaining([
      'description Windows 10',
      'path \\Windows\\system32\\winload.efi',
      'inherit {bootloadersettings}',
      'recoveryenabled Yes',
      'nx OptIn',
      'bootmenupolicy Standard',
      'osdevice partition={8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b} on disk {0b2394a9-095e-487d-8d48-719ecd4d78ca}',
    ]),
  );
  expect(words.filter(({ name }) => name.startsWith('custom:')).map(({ name }) => name)).toEqual([]);
  expect(words.find(({ name, text }) => name === 'device' && text.startsWith('ramdisk='))?.text).toBe(
    'ramdisk=[partition={6cdfcd69-de75-4490-8f99-5a84bf264917} on disk {0b2394a9-095e-487d-8d48-719ecd4d78ca}]\\Recovery\\WindowsRE\\Winre.wim,{733b62e7-f608-11eb-825c-c112f60133ab}',
  );
});
