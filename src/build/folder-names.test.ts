/** A dropped folder is searched for files by their names: no format that is read may be missing among them. */
import { expect, test } from 'vitest';
import { containerFormats } from '../container/registry.ts';
import { fsFormats } from '../fs/registry.ts';
import { hiveFormats } from '../hive/registry.ts';
import { isKnownName } from '../store/folder-names.ts';

test('the usual names of every format, and of rule files', () => {
  const extensions = [...containerFormats, ...fsFormats, ...hiveFormats].flatMap((format) => format.extensions);
  expect(extensions.length).toBeGreaterThan(40);
  const rules = ['Office.fxr', 'Office.fxa', 'Redirections.xml', 'snapvol.cfg'];
  const unknown = [...extensions.map((extension) => `x${extension}`), ...rules].filter((name) => !isKnownName(name));
  expect(unknown).toEqual([]);
  for (const name of ['notes.txt', 'setup.exe', 'web.config', 'other.xml', 'app.cfg'])
    expect(isKnownName(name), name).toBe(false);
});
