/** merge rebase over two builds of one Windows with a user layer grown over the first: severities, versions, link times, hashes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, cliProgram, Inputs, objects } from '../testing/cli.ts';
import { pairFile, rebasePair } from '../testing/pains/rebase-pair.ts';
import { hasTool } from '../testing/tools.ts';

const inputs = new Inputs();
let layers: string[] = [];
let june = '';
let found: Item[] = [];

beforeAll(() => {
  const pair = rebasePair();
  layers = ['--os', inputs.add('may.wim', pair.may), '--user', inputs.add('ann.wim', pair.user)];
  june = inputs.add('june.wim', pair.june);
  found = items();
});

interface Side {
  readonly version?: string;
  readonly linked?: string;
  readonly sha1?: string;
  readonly data?: string;
}
interface Item {
  readonly severity: string;
  readonly code: string;
  readonly path: string;
  readonly note: string;
  readonly above: Side;
  readonly new: Side | null;
  readonly old: Side | null;
}

const items = (...more: string[]) => {
  const [, ...told] = objects<Item>(cli(['merge', ...layers, ...more, 'rebase', june, '--json']).out);
  return told;
};
const S32 = 'C:\\Windows\\System32';
const SOFTWARE = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft';

test('what is told, and nothing else', () => {
  expect(found.map(({ severity, code, path: at, note }) => `${severity} ${code} ${at} ${note}`)).toEqual([
    `error rebaseHidesNewer ${S32}\\kernelbase.dll 10.0.26100.1150 < 10.0.26100.2033`,
    `error rebaseHidesNewer ${S32}\\mscoree.dll 1.0.0.0 < 10.0.26100.2033`,
    `error rebaseHidesNewer ${S32}\\ntdll.dll 10.0.26100.1742 < 10.0.26100.2033`,
    `error rebaseHidesNewer ${S32}\\shell32.dll 2024-08-01 < 2024-10-02`,
    'warning rebaseHidesChange C:\\Windows\\win.ini win.ini',
    'warning rebaseHidesFolder C:\\Windows\\SystemApps\\Old 2',
    `warning rebaseHidesValue ${SOFTWARE}\\Windows NT\\CurrentVersion\\UBR UBR`,
    `warning rebaseHidesValue ${SOFTWARE}\\Windows\\CurrentVersion\\Policies\\Level Level: REG_DWORD ≠ REG_SZ`,
    `warning rebaseKeepsRemoved ${S32}\\oldsvc.dll oldsvc.dll`,
    `info rebaseHidesChange ${S32}\\d3d11.dll 10.0.26100.3000 > 10.0.26100.2033`,
  ]);
});

test('each side with its version, its link time and the hash that its image states', () => {
  const sha1 = (layer: 'may' | 'june' | 'user', name: string) =>
    `${createHash('sha1').update(pairFile(layer, name)).digest('hex').slice(0, 16)}…`;
  const dll = found.find(({ path: at }) => at.endsWith('ntdll.dll'))!;
  const name = 'Windows\\System32\\ntdll.dll';
  expect([dll.above, dll.new, dll.old]).toMatchObject([
    { version: '10.0.26100.1742', linked: '2024-09-01T00:01:00Z', sha1: sha1('user', name) },
    { version: '10.0.26100.2033', linked: '2024-10-01T00:01:00Z', sha1: sha1('june', name) },
    { version: '10.0.26100.1742', linked: '2024-09-01T00:01:00Z', sha1: sha1('may', name) },
  ]);
  expect(dll.above.sha1).toBe(dll.old!.sha1);
  const text = found.find(({ path: at }) => at.endsWith('win.ini'))!;
  expect([text.above.sha1, text.new!.sha1, text.old!.sha1]).toEqual(
    (['user', 'june', 'may'] as const).map((layer) => sha1(layer, 'Windows\\win.ini')),
  );
  const value = found.find(({ path: at }) => at.endsWith('UBR'))!;
  expect([value.above.data, value.new!.data, value.old!.data]).toEqual([
    '0x000006ce (1742)',
    '0x000007f1 (2033)',
    '0x000006ce (1742)',
  ]);
});

test('a service that the user layer has otherwise is hidden only where its hive is merged', () => {
  expect(found.some(({ path: at }) => at.includes('Services'))).toBe(false);
  const hives = [{ mount: 'HKLM/SYSTEM', mode: 'merge' }];
  const rules = inputs.add(
    'merge.json',
    Buffer.from(JSON.stringify({ format: 'stratascope-rules', version: 1, hives })),
  );
  const services = items('--rules', rules).filter(({ path: at }) => at.includes('Services'));
  expect(services).toMatchObject([
    {
      severity: 'warning',
      code: 'rebaseHidesValue',
      path: 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Spooler\\Start',
      above: { data: '0x00000003 (3)' },
      new: { data: '0x00000004 (4)' },
      old: { data: '0x00000002 (2)' },
    },
  ]);
});

describe.skipIf(!hasTool('script'))('on a terminal', () => {
  test('each step is shown while it lasts, and wiped', () => {
    const words = [process.execPath, cliProgram(), 'merge', ...layers, 'rebase', june].map((word) => `'${word}'`);
    const { stdout } = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], { encoding: 'utf8' });
    for (const step of ['Reading may', 'Reading ann', 'Reading the new base', 'Comparing the two bases'])
      expect(stdout).toContain(`\r\x1b[K${step} `);
    // nothing of it is left in front of the report
    expect(stdout).toContain('\r\x1b[Kmay (26100.1742) -> ');
  });

  test('the line is wiped before an error is told', () => {
    const words = [process.execPath, cliProgram(), 'merge', ...layers, '--user', '/none', 'rebase', june];
    const { stdout } = spawnSync('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/Reading .*\r.*\[KMissingItem/);
  });

  test('Ctrl+C ends it at once, and nothing has been written', async () => {
    const output = inputs.free('never.csv');
    // rules that nobody writes: it waits for them, with its layers read
    const rules = inputs.free('rules');
    execFileSync('mkfifo', [rules]);
    const args = ['merge', ...layers, '--rules', rules, 'rebase', june, '--format', 'csv', '-o', output];
    const words = [process.execPath, cliProgram(), ...args].map((word) => `'${word}'`);
    const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let shown = '';
    child.stdout.on('data', (piece) => {
      if (!shown.includes('Reading ann') && `${shown}${piece}`.includes('Reading ann')) child.stdin.write('\x03');
      shown += piece;
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(existsSync(output)).toBe(false);
  });
});
