/** Files of keys: reg --format, merge reg --format, read back by another program. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword, type KeySpec, multiSz, sz } from '../testing/hive-builder.ts';
import { readHivexml } from '../testing/hivexml.ts';
import { sampleFiles } from '../testing/sample.ts';
import { hasTool, runTool } from '../testing/tools.ts';

const inputs = new Inputs();
const key = (name: string, values: KeySpec['values'] = [], keys: readonly KeySpec[] = []): KeySpec => ({
  name,
  values,
  keys,
});
/** Every type and shape that the format of .reg has words for, or has none for. */
const VALUES: KeySpec['values'] = [
  { name: '', type: 1, data: sz('the default') },
  { name: 'path \\ "quoted"', type: 1, data: sz('C:\\Program "Files"\\x') },
  { name: 'empty', type: 1, data: sz('') },
  { name: 'bare', type: 1, data: sz('no end').subarray(0, -2) },
  { name: 'lines', type: 1, data: sz('a\r\nb') },
  { name: 'none', type: 0, data: new Uint8Array(0) },
  { name: 'expand', type: 2, data: sz('%windir%\\system32') },
  { name: 'long', type: 3, data: Uint8Array.from({ length: 300 }, (_, i) => i & 255) },
  { name: 'number', type: 4, data: dword(0xdeadbeef) },
  { name: 'short number', type: 4, data: Uint8Array.of(1, 2) },
  { name: 'big end', type: 5, data: Uint8Array.of(0, 0, 1, 0) },
  { name: 'list', type: 7, data: multiSz(['one', 'two']) },
  { name: 'quad', type: 11, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  // hivexregedit reads text in quotes as single bytes, so what is not ASCII stands in a type that is written in bytes
  { name: 'grüße 日本', type: 2, data: sz('grüße 日本') },
  { name: 'odd type', type: 0x1234, data: Uint8Array.of(9) },
];
const ROOT = key(
  'ROOT',
  [],
  [key('Contoso', VALUES, [key('Empty'), key('grüße', [{ name: 'x', type: 4, data: dword(1) }])]), key('Other')],
);

let hive = '';
let layers: string[] = [];
let before: string[] = [];

/** Keys and values of a hive as `reg --json` tells them, without times. */
function dump(file: string, at = ''): unknown[] {
  return objects(cli(['reg', file, at, '-r', '--json'].filter((arg) => arg !== '')).out)
    .map(({ lastWrite: _, ...rest }) => rest)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

beforeAll(() => {
  hive = inputs.add('SOFTWARE', buildHive(ROOT, { minor: 5 }));
  const [os, user] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes));
  layers = ['--os', os!, '--user', user!];
  before = inputs.state();
});

const regText = (bytes: Uint8Array) => new TextDecoder('utf-16le').decode(bytes);

describe('reg --format', () => {
  test('.reg begins where the hive stands, and -o makes a new file only', () => {
    const { code, bytes } = cli(['reg', hive, 'Contoso\\Empty', '--format', 'reg']);
    expect(code).toBe(0);
    expect(regText(bytes)).toBe(
      'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Empty]\r\n\r\n',
    );
    const output = inputs.free('out.reg');
    expect(cli(['reg', hive, '--format', 'reg', '--root', 'HKLM\\Test', '-o', output]).code).toBe(0);
    const text = regText(readFileSync(output));
    expect(text).toContain('[HKEY_LOCAL_MACHINE\\Test\\Contoso\\grüße]\r\n"x"=dword:00000001\r\n');
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(80);
    const { size, mtimeMs } = statSync(output);
    const again = cli(['reg', hive, '--format', 'reg', '-o', output]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('a file that is there already')]);
    expect(statSync(output)).toMatchObject({ size, mtimeMs });
    expect(cli(['reg', hive, '--format', 'reg', '-o', hive]).code).toBe(2);
  });

  test('JSON and CSV hold the same values', () => {
    const { keys } = JSON.parse(cli(['reg', hive, 'Contoso', '--format', 'json']).out);
    expect(keys.map((item: { key: string }) => item.key)).toEqual([
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Empty',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\grüße',
    ]);
    expect(keys[0].values).toHaveLength(VALUES!.length);
    expect(keys[0].values[8]).toMatchObject({ name: 'number', type: 'REG_DWORD', data: 'efbeadde' });
    const csv = cli(['reg', hive, 'Contoso', '--format', 'csv']).out.split('\r\n');
    expect(csv).toHaveLength(1 + VALUES!.length + 2 + 1);
    expect(csv[9]).toContain(',number,REG_DWORD,4,0xdeadbeef (3735928559),efbeadde,');
  });

  test('a whole image: every hive at its mount', () => {
    const text = regText(cli(['reg', layers[1]!, '--format', 'reg']).bytes);
    for (const root of ['HKEY_LOCAL_MACHINE\\SYSTEM', 'HKEY_LOCAL_MACHINE\\SOFTWARE', 'HKEY_USERS\\.DEFAULT'])
      expect(text).toContain(`\r\n[${root}]\r\n`);
    expect(text).toContain('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer]');
    const one = regText(cli(['reg', layers[1]!, 'HKLM\\SOFTWARE\\Contoso\\Viewer', '--format', 'reg']).bytes);
    expect(one.split('\r\n')[2]).toBe('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer]');
  });

  test('tombstones of a layered hive take keys and values away', () => {
    const delta = inputs.add(
      'delta.hiv',
      buildHive(key('ROOT', [], [{ name: 'Gone', layerKind: 1 }, key('Kept', [{ name: 'v', tombstone: true }])]), {
        minor: 6,
        layered: true,
      }),
    );
    before = inputs.state();
    const text = regText(cli(['reg', delta, '--format', 'reg', '--root', 'HKLM\\X']).bytes);
    expect(text).toContain('[-HKEY_LOCAL_MACHINE\\X\\Gone]');
    expect(text).toContain('[HKEY_LOCAL_MACHINE\\X\\Kept]\r\n"v"=-\r\n');
  });

  test.each([
    [['--format', 'xml'], '--format is one of reg, json, csv, hive'],
    [['-o', 'x'], '-o goes with --format'],
    [['--format', 'reg', '--json'], '--format does not go with --json'],
    [['--format', 'reg', '--root', 'C:'], '--root begins with HKLM'],
    [['--root', 'HKLM\\x'], '--root goes with --format'],
  ])('wrong use: %j', (args, text) => {
    const { code, err } = cli(['reg', hive, ...args]);
    expect([code, err]).toEqual([2, expect.stringContaining(text)]);
  });

  test.skipIf(!hasTool('hivexregedit'))('hivexregedit reads it back to the same keys and values', () => {
    const text = regText(cli(['reg', hive, '--format', 'reg']).bytes).replaceAll('\r\n', '\n');
    const reg = inputs.free('win.reg');
    writeFileSync(reg, text);
    const made = inputs.free('made.hiv');
    writeFileSync(made, buildHive(key('ROOT')));
    runTool('hivexregedit', ['--merge', '--prefix', 'HKEY_LOCAL_MACHINE\\SOFTWARE', made, reg]);
    expect(dump(made)).toEqual(dump(hive));
  });
});

describe('new hives', () => {
  test('of a hive: the same keys, classes, times, values and descriptors, read back by ourselves', () => {
    const made = inputs.free('copy.hiv');
    expect(cli(['reg', hive, '--format', 'hive', '-o', made]).code).toBe(0);
    const whole = (file: string) => objects(cli(['reg', file, '-r', '--json']).out);
    expect(whole(made)).toEqual(whole(hive));
    const part = inputs.free('part.hiv');
    expect(cli(['reg', hive, 'Contoso', '--format', 'hive', '-o', part]).code).toBe(0);
    const below = objects(cli(['reg', hive, 'Contoso', '-r', '--json']).out);
    const moved = below.map((row) => ({ ...row, key: String(row['key']).replace(/^Contoso\\?/, '') }));
    expect(whole(part)).toEqual(moved);
  });

  test('of a layered hive keep layer kinds and tombstones', () => {
    const source = inputs.add(
      'layered.hiv',
      buildHive(
        key(
          'ROOT',
          [],
          [
            { name: 'Gone', layerKind: 1 },
            { ...key('Kept', [{ name: 'v', tombstone: true }]), layerKind: 3 },
          ],
        ),
        { minor: 6, layered: true },
      ),
    );
    before = inputs.state();
    const made = inputs.free('layered-copy.hiv');
    expect(cli(['reg', source, '--format', 'hive', '-o', made]).code).toBe(0);
    const rows = objects(cli(['reg', made, '-r', '--json']).out);
    expect(rows.map(({ key: at, layerKind, tombstone }) => [at, layerKind, tombstone])).toEqual([
      ['', 0, undefined],
      ['Gone', 1, undefined],
      ['Kept', 3, undefined],
      ['Kept', undefined, true],
    ]);
  });

  test('of the merged registry: what is shown, in one file', () => {
    const made = inputs.free('merged.hiv');
    expect(cli(['merge', ...layers, 'reg', 'HKLM\\SOFTWARE', '--format', 'hive', '-o', made]).code).toBe(0);
    const pick = ({ key: at, name, data }: Record<string, unknown>) => `${at} ${name} ${data}`;
    const shown = objects(cli(['merge', ...layers, 'reg', 'HKLM\\SOFTWARE', '-r', '--json']).out);
    const inside = shown.map((row) => pick({ ...row, key: String(row['key']).replace(/^HKLM\\SOFTWARE\\?/, '') }));
    expect(objects(cli(['reg', made, '-r', '--json']).out).map(pick)).toEqual(inside);
    const all = inputs.free('all.hiv');
    expect(cli(['merge', ...layers, 'reg', '--format', 'hive', '-o', all]).code).toBe(0);
    const keys = objects(cli(['reg', all, '--json']).out).map((row) => row['key']);
    expect(keys).toEqual(['', 'HKLM', 'HKU']);
    const { code, err } = cli(['reg', layers[1]!, '--format', 'hive']);
    expect([code, err]).toEqual([2, expect.stringContaining('a new hive is made of one hive or key')]);
  });

  test.skipIf(!hasTool('hivexml'))('hivexml reads them as it reads the hive they were made of', () => {
    const made = inputs.free('for-hivexml.hiv');
    expect(cli(['reg', hive, '--format', 'hive', '-o', made]).code).toBe(0);
    expect(readHivexml(made)).toEqual(readHivexml(hive));
  });

  test.skipIf(!hasTool('reglookup'))('reglookup reads them as it reads the hive they were made of', () => {
    const made = inputs.free('for-reglookup.hiv');
    expect(cli(['reg', hive, '--format', 'hive', '-o', made]).code).toBe(0);
    const dumped = runTool('reglookup', [made]).toString();
    expect(dumped).toBe(runTool('reglookup', [hive]).toString());
    expect(dumped).toContain('/Contoso/Empty');
  });
});

describe('merge reg --format', () => {
  test('writes what is shown: the value that wins, no tombstones', () => {
    const text = regText(cli(['merge', ...layers, 'reg', 'HKLM\\SOFTWARE\\Contoso', '--format', 'reg']).bytes);
    expect(text).toContain('"RenderThreads"=dword:00000002');
    expect(text).not.toContain('HardwareDecoding');
    expect(text).not.toContain('Telemetry');
    expect(text.split('\r\n')[2]).toBe('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso]');
  });

  test('derived views keep the names they are known by', () => {
    const text = (at: string) => regText(cli(['merge', ...layers, 'reg', at, '--format', 'reg']).bytes);
    expect(text('HKCR')).toContain('[HKEY_CLASSES_ROOT\\.cvw]\r\n@="Contoso.Viewer"');
    expect(text('HKCU\\Software')).toContain('[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run]');
    expect(text('HKLM\\SYSTEM\\CurrentControlSet\\Services')).toContain(
      '[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Spooler]',
    );
    const { code, err } = cli(['merge', ...layers, 'reg', 'HKCU', '--as', 'nobody']);
    expect([code, err]).toEqual([2, expect.stringContaining('a user, one of ann')]);
  });

  test('every value of the listing is in the file', () => {
    const listed = objects(cli(['merge', ...layers, 'reg', '-r', '--json']).out).filter((row) => 'name' in row);
    const { keys } = JSON.parse(cli(['merge', ...layers, 'reg', '--format', 'json']).out) as {
      keys: { key: string; values: { name: string; data: string }[] }[];
    };
    const short = (path: string) => path.replace(/^HKEY_LOCAL_MACHINE/, 'HKLM').replace(/^HKEY_USERS/, 'HKU');
    const written = keys.flatMap(({ key: at, values }) =>
      values.map(({ name, data }) => `${short(at)} ${name} ${data}`),
    );
    expect(written.sort()).toEqual(listed.map(({ key: at, name, data }) => `${at} ${name} ${data}`).sort());
    expect(written.length).toBeGreaterThan(30);
  });
});

test('inputs are as they were', () => {
  expect(inputs.state()).toEqual(before);
});
