/** The published package works alone: packed, installed into an empty folder, run by Node and by a bare page, as its README says. */
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildHive, sz } from '../testing/hive-builder.ts';
import { findBrowser } from './browser.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const sources = path.join(here, '../../wasm/hivex');
const browser = await findBrowser();
const HIVE = buildHive({
  name: 'ROOT',
  keys: [
    {
      name: 'Microsoft',
      keys: [
        {
          name: 'Windows NT',
          keys: [{ name: 'CurrentVersion', values: [{ name: 'ProductName', type: 1, data: sz('Caf\u00e9 2026') }] }],
        },
      ],
    },
  ],
});

/** The examples of the README, in order. */
const examples = [...readFileSync(path.join(sources, 'README.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code]) => code!,
);

let folder = '';
let installed = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'hivex-'));
  execFileSync('npm', ['pack', '--pack-destination', folder, '--silent'], { stdio: 'pipe', cwd: sources });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), '{}');
  const install = ['install', path.join(folder, archive), '--offline', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', install, { stdio: 'pipe', cwd: empty });
  writeFileSync(path.join(empty, 'SOFTWARE'), HIVE);
  installed = path.join(empty, 'node_modules/hivex-wasm');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what is in it', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).sort();
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'hivex.wasm', 'package.json', 'dist/src/index.d.ts']),
  );
  expect(files.filter((name) => /(?<!\.d)\.ts$|test/.test(name))).toEqual([]);
  // A bare page loads modules by relative address: no bare specifier may be left in them.
  for (const name of files.filter((one) => one.endsWith('.js'))) {
    const text = readFileSync(path.join(installed, name), 'utf8');
    for (const [, from] of text.matchAll(/\bfrom '([^']+)'/g)) expect(from, name).toMatch(/^\.\.?\/.*\.js$/);
  }
});

test('Node runs the first example, and those that write and list', () => {
  const cwd = path.join(installed, '../..');
  const [first, , write, columns, lines] = examples;
  writeFileSync(path.join(cwd, 'main.mjs'), `${first}${write}console.log(blob.size, own.length);${columns}${lines}`);
  const said = execFileSync(process.execPath, ['main.mjs'], { cwd }).toString().split('\n');
  expect(said.slice(0, 2)).toEqual(['Caf\u00e9 2026', '8192 2']);
  expect(JSON.parse(said.at(-2)!)).toMatchObject({
    key: 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion',
    name: 'ProductName',
    text: 'Caf\u00e9 2026',
  });
});

describe.skipIf(browser === null)('a bare page', () => {
  const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const name =
        path.basename(request.url!) === 'SOFTWARE' ? '../../SOFTWARE' : request.url!.replace('/hivex-wasm/', '');
      if (request.url === '/') {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>bare</title>');
        return;
      }
      response.writeHead(200, { 'Content-Type': TYPES[path.extname(name)] ?? 'application/octet-stream' });
      createReadStream(path.join(installed, name))
        .on('error', () => response.end())
        .pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.closeAllConnections());

  test('runs the second example', async () => {
    const chrome = await chromium.launch({ executablePath: browser!, args: ['--disable-gpu', '--no-sandbox'] });
    try {
      const page = await chrome.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => void errors.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const read = examples[0]!.slice(examples[0]!.indexOf('let key')).replace('console.log', 'document.title = ');
      await page.addScriptTag({
        type: 'module',
        content:
          `import { open } from './hivex-wasm/dist/src/index.js';\n` +
          `const file = await (await fetch('SOFTWARE')).blob();\n${examples[1]}${read}`,
      });
      await page.waitForFunction(`document.title !== 'bare'`, null, { timeout: 20_000 });
      expect([await page.title(), errors]).toEqual(['Caf\u00e9 2026', []]);
    } finally {
      await chrome.close();
    }
  }, 60_000);
});
