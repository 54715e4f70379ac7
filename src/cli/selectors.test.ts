/** IMAGE::SEL: WIM images, partitions, paths into nested images, and all of them chained. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildGpt } from '../testing/disk-builder.ts';
import { hostileTree, nestedImage } from '../testing/hostile-images.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { buildVhdx } from '../testing/vhdx-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const names = (image: string, ...args: string[]) =>
  cli(['ls', image, '--names', ...args])
    .out.split('\n')
    .slice(0, -1);
const root = (name: string) => ({ name: '', dir: [{ name }] });
let wim = '';
let disk = '';
let nested = '';
let machine = '';
let locked = '';
let lockedOnly = '';

beforeAll(() => {
  const images = ['first', 'second'].map((name) => ({ name, root: root(`${name}.txt`) }));
  const bytes = buildWim({ images });
  wim = inputs.add('two.wim', bytes);
  const volume = buildNtfs({ root: [{ name: 'only.txt' }] });
  const holder = buildNtfs({ root: [{ name: 'Images', dir: [{ name: 'two.wim', data: bytes }] }] });
  const gpt = buildGpt([{ bytes: volume }, { bytes: new Uint8Array(8192) }, { bytes: holder }], { align: 1 << 16 });
  const write = [{ offset: 0, bytes: gpt.bytes }];
  disk = inputs.add('disk.vhdx', buildVhdx({ kind: 'dynamic', size: gpt.bytes.length, write }));
  const system = { name: 'System32', dir: [{ name: 'config', dir: [] }] };
  const windows = buildNtfs({ root: [{ name: 'Windows', dir: [system] }] });
  machine = inputs.add('machine.img', buildGpt([{ bytes: volume }, { bytes: windows }], { align: 1 << 16 }).bytes);
  const bitlocker = new Uint8Array(8192).fill(7);
  bitlocker.set(new TextEncoder().encode('-FVE-FS-'), 3);
  const reserved = { bytes: new Uint8Array(8192), typeGuid: 'e3c9e316-0b5c-4db8-817d-f92df00215ae' };
  const parts = [reserved, { bytes: bitlocker }];
  lockedOnly = inputs.add('only.img', buildGpt(parts, { align: 1 << 16 }).bytes);
  locked = inputs.add('locked.img', buildGpt([...parts, { bytes: volume }], { align: 1 << 16 }).bytes);
  nested = inputs.add('nested.vhdx', nestedImage().bytes);
});

describe('selectors', () => {
  test('images of a WIM and partitions of a disk', () => {
    expect(names(`${wim}::1`)).toEqual(['first.txt']);
    expect(names(`${wim}::2`)).toEqual(['second.txt']);
    expect(names(`${disk}::p1`)).toContain('only.txt');
    expect(names(`${disk}::p3`, 'images')).toEqual(['Images\\two.wim']);
  });

  test('a nested image, chained', () => {
    expect(names(`${disk}::p3::Images\\two.wim::2`)).toEqual(['second.txt']);
    expect(names(`${disk}::p3::images/TWO.WIM::1`)).toEqual(['first.txt']);
  });

  test('several choices: the error lists them', () => {
    const { code, err } = cli(['ls', disk]);
    expect(code).toBe(2);
    expect(err).toContain('one of p1 (');
    expect(err).toContain('p3 (');
    expect(cli(['ls', `${disk}::p3::Images\\two.wim`]).err).toContain(
      'one of p3::Images\\two.wim::1 (first), p3::Images\\two.wim::2 (second), found none',
    );
    expect(cli(['ls', `${disk}::p9`]).err).toMatch(/one of p1 \(.*, found p9/);
  });

  test('several choices, one of them with Windows: it is taken, and this is said', () => {
    expect(names(machine)).toContain('Windows');
    const { code, err } = cli(['ls', machine, '--json']);
    expect(code).toBe(0);
    expect(objects(err)).toMatchObject([{ finding: { code: 'volumeChosen', facts: { mount: 'p2', others: ['p1'] } } }]);
    expect(cli(['ls', machine]).err).toMatch(/^info: p2 is taken, the one that holds Windows; there are also p1 /);
    expect(cli(['ls', `${machine}::p2`]).err).toBe('');
  });

  test('what cannot be read beside the one that is taken is told, reserved partitions are not', () => {
    expect(names(locked)).toContain('only.txt');
    const told = 'p3 is taken; not read are p2 (a BitLocker encrypted volume).';
    expect(cli(['ls', locked])).toMatchObject({ code: 0, err: `warning: ${told}\n` });
    expect(cli(['ls', `${locked}::p3`]).err).toBe('');
    expect(cli(['ls', lockedOnly])).toMatchObject({ code: 2, err: expect.stringContaining('BitLocker') });
    const { out } = cli(['info', lockedOnly]);
    expect(out).toContain('reserved: true');
    expect(out.match(/not readable/g)).toHaveLength(1);
  });

  test('a part that is refused says why', () => {
    expect(cli(['ls', `${disk}::p2`])).toMatchObject({ code: 2, err: expect.stringContaining('nothing but zeros') });
  });

  test('a directory is no image', () => {
    expect(cli(['ls', `${disk}::p3::Images`]).err).toContain('found the directory Images');
  });

  test('info and verify take them too', () => {
    expect(cli(['info', `${disk}::p3::Images\\two.wim`]).out).toMatch(/^WIM/);
    expect(cli(['verify', `${disk}::p3::Images\\two.wim::2`])).toMatchObject({
      code: 0,
      out: 'disk.vhdx::p3::Images\\two.wim::2 (second): holds\n',
    });
  });
});

describe('VHDX > GPT > NTFS > VHD > NTFS > WIM', () => {
  const inner = () => `${nested}::disk.vhd::images\\boot.wim`;

  test('what there is only one of needs no name', () => {
    expect(names(nested).filter((name) => !name.startsWith('$'))).toEqual(['boot.wim', 'disk.vhd']);
    expect(names(`${nested}::disk.vhd`, 'images')).toEqual(['images\\boot.wim']);
    expect(names(`${nested}::p1::disk.vhd::images\\boot.wim::1`)).toEqual(names(inner()));
  });

  test('the tree at the bottom is whole', () => {
    const deep = objects(cli(['ls', inner(), '-r', '--json']).out);
    expect(deep.filter(({ type }) => type === 'file')).toHaveLength(5);
    expect(deep).toEqual(objects(cli(['ls', `${nested}::boot.wim`, '-r', '--json']).out));
    const kernel = hostileTree()[0]!.dir![0]!.dir![1]!.data!;
    expect(cli(['cat', inner(), 'Windows\\System32\\kernel.dll']).bytes.equals(kernel)).toBe(true);
  });

  test('its hives are found, and it can be a layer', () => {
    const key = objects(cli(['reg', inner(), 'HKLM\\SOFTWARE\\Microsoft\\Run', '--json']).out);
    expect(key[0]).toMatchObject({ key: 'HKLM\\SOFTWARE\\Microsoft\\Run', values: 3 });
    const { code, out } = cli(['merge', '--os', `${nested}::boot.wim`, '--user', inner(), 'ls', 'Windows', '--json']);
    expect(code).toBe(0);
    expect(objects(out)).toMatchObject([
      { path: 'Windows\\notes.txt', layer: 'user', state: 'same', shadowed: ['os'] },
      { path: 'Windows\\System32', layer: 'user' },
    ]);
  });
});
