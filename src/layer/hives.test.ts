import { describe, expect, it } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { lookup } from '../index/path.ts';
import { windowsUpcase } from '../index/upcase.ts';
import { file, type KeySpec, keyTable, nodeTable } from '../testing/chunks.ts';
import { controlSetOf, factValues, guessMount, profiles } from './hive-facts.ts';
import { findHives, mountOfPath, principalMount } from './hives.ts';

const upcase = windowsUpcase();
const some = file({ size: 8192 });
const NT = ['Microsoft', 'Windows NT', 'CurrentVersion', 'ProfileList'];
const software = (list: KeySpec['keys']): KeySpec =>
  NT.reduceRight<KeySpec>((below, name) => ({ keys: { [name]: below } }), { keys: list });

describe('hives of a volume', () => {
  const table = nodeTable({
    windows: {
      system32: {
        config: {
          SYSTEM: some,
          'SYSTEM.LOG1': some,
          'SYSTEM.LOG2': file({ size: 0 }),
          'system.log': some,
          software: some,
          SAM: file({ size: 0 }),
          DEFAULT: some,
          SECURITY: {},
        },
      },
      ServiceProfiles: { LocalService: { 'NTUSER.DAT': some } },
    },
    Users: {
      ann: {
        'ntuser.dat': some,
        'ntuser.dat.LOG1': some,
        AppData: { Local: { Microsoft: { Windows: { 'UsrClass.dat': some } } } },
      },
      Default: { 'NTUSER.DAT': some },
      Public: {},
      'desktop.ini': 'x',
    },
  });
  const found = findHives(table, 0, upcase);

  it('are found by place, with logs in order, and empty or wrong ones are not', () => {
    expect(found.map(({ mount, kind, path }) => [mount, kind, path])).toEqual([
      ['HKLM/SYSTEM', 'machine', 'windows\\system32\\config\\SYSTEM'],
      ['HKLM/SOFTWARE', 'machine', 'windows\\system32\\config\\software'],
      ['HKU/.DEFAULT', 'machine', 'windows\\system32\\config\\DEFAULT'],
      ['HKU/ann', 'user', 'Users\\ann\\ntuser.dat'],
      ['HKU/ann_Classes', 'classes', 'Users\\ann\\AppData\\Local\\Microsoft\\Windows\\UsrClass.dat'],
      ['HKU/Default', 'template', 'Users\\Default\\NTUSER.DAT'],
      ['HKU/S-1-5-19', 'service', 'windows\\ServiceProfiles\\LocalService\\NTUSER.DAT'],
    ]);
    expect(found[0]!.logs.map((log) => log.path)).toEqual([
      'windows\\system32\\config\\SYSTEM.LOG1',
      'windows\\system32\\config\\system.log',
    ]);
    expect(found[3]!.logs).toHaveLength(1);
  });

  it('are found below the payload of a store and from the store itself', () => {
    const stored = nodeTable({
      files: { Users: { bob: { 'NTUSER.DAT': some } }, Windows: { System32: { config: { SOFTWARE: some } } } },
      hives: { 'HKLM_SOFTWARE.dat': some },
    });
    const row = lookup(stored, 'hives\\HKLM_SOFTWARE.dat', upcase);
    const hives = findHives(stored, lookup(stored, 'files', upcase), upcase, [
      { mount: 'HKLM/SOFTWARE', row, path: 'hives\\HKLM_SOFTWARE.dat' },
    ]);
    // the store's hive stands for the file of the same mount
    expect(hives.map((h) => h.path)).toEqual(['hives\\HKLM_SOFTWARE.dat', 'files\\Users\\bob\\NTUSER.DAT']);
  });
});

describe('users and control sets', () => {
  const SID = 'S-1-5-21-1-2-3-1001';
  const data = (text: string) => ({ type: 2, data: text });
  const hive = keyTable(
    software({
      [SID]: { values: { ProfileImagePath: data('C:\\Users\\ann') } },
      'S-1-5-21-1-2-3-1002.bak': { values: { ProfileImagePath: data('C:\\Users\\ann') } },
      'S-1-5-18': { values: { ProfileImagePath: data('%systemroot%\\system32\\config\\systemprofile') } },
      'S-1-12-1-5': { values: {} },
    }),
  );

  it('come from the ProfileList', () => {
    expect(factValues('HKLM/SOFTWARE', hive)).toHaveLength(1);
    const list = profiles(hive, () => utf16leBytes('C:\\Users\\ann\0'));
    expect(list).toEqual([{ sid: SID, folder: 'ann', path: 'C:\\Users\\ann' }]);
    expect(profiles(hive, () => null)).toEqual([]);
    const ann = { mount: 'HKU/ANN', user: 'ANN' };
    expect(principalMount(ann, [[], list])).toBe(`HKU/${SID}`);
    expect(principalMount({ mount: 'HKU/ann_Classes', user: 'ann' }, [list])).toBe(`HKU/${SID}_Classes`);
    expect(principalMount({ mount: 'HKU/bob', user: 'bob' }, [list])).toBe('HKU/bob');
  });

  it('the current control set is a DWORD from 1 to 999', () => {
    const system = keyTable({ keys: { select: { values: { CURRENT: { type: 4, data: 'xx' } } } } });
    const dword = (n: number) => new Uint8Array(Uint32Array.of(n).buffer);
    expect(controlSetOf(system, () => dword(2))).toBe(2);
    expect(controlSetOf(system, () => dword(0))).toBeNull();
    expect(controlSetOf(system, () => new Uint8Array(2))).toBeNull();
    expect(controlSetOf(keyTable({}), () => dword(1))).toBeNull();
  });
});

it('boot stores and Amcache are found by place; the store of UEFI comes first', () => {
  const store = { Microsoft: { Boot: { BCD: some, 'BCD.LOG': some } } };
  const mounts = (tree: Parameters<typeof nodeTable>[0]) =>
    findHives(nodeTable(tree), 0, upcase).map(({ mount, path, logs }) => [mount, path, logs.length]);
  expect(mounts({ EFI: store, boot: { bcd: some } })).toEqual([
    ['HKLM/BCD00000000', 'EFI\\Microsoft\\Boot\\BCD', 1],
    ['HKLM/BCD00000001', 'boot\\bcd', 0],
  ]);
  expect(mounts({ Boot: { BCD: some } })).toEqual([['HKLM/BCD00000000', 'Boot\\BCD', 0]]);
  expect(mounts({ Windows: { appcompat: { Programs: { 'Amcache.hve': some, 'Amcache.hve.LOG1': some } } } })).toEqual([
    ['HKLM/Amcache', 'Windows\\appcompat\\Programs\\Amcache.hve', 1],
  ]);
});

describe('hives dropped by themselves', () => {
  it('are placed by their stated path, their keys, their name', () => {
    expect(mountOfPath('\\SystemRoot\\System32\\Config\\SOFTWARE')).toBe('HKLM/SOFTWARE');
    expect(mountOfPath('\\??\\C:\\Users\\ann\\ntuser.dat')).toBe('HKU/ann');
    expect(mountOfPath('SandboxState\\Hives\\system_Delta')).toBe('HKLM/SYSTEM');
    expect(mountOfPath('Hives\\DefaultUser_Base')).toBe('HKU/.DEFAULT');
    expect(mountOfPath('Users\\ntuser.dat')).toBe('HKU/user');
    expect(mountOfPath('Amcache.hve')).toBe('HKLM/Amcache');
    expect(mountOfPath('EFI\\Microsoft\\Boot\\BCD')).toBe('HKLM/BCD00000000');
    expect(mountOfPath('other.hve')).toBeNull();
    const user = keyTable({ keys: { Software: {}, 'Control Panel': {}, Environment: {} } });
    expect(guessMount('x.bin', '', keyTable({ keys: { Select: {}, ControlSet001: {} } }))).toBe('HKLM/SYSTEM');
    expect(guessMount('NTUSER.DAT', '\\??\\C:\\Users\\ann\\ntuser.dat', user)).toBe('HKU/ann');
    expect(guessMount('DEFAULT', '', user)).toBe('HKU/.DEFAULT');
    expect(guessMount('Amcache.hve', '', keyTable({ keys: { Root: {} } }))).toBe('HKLM/Amcache');
  });
});
