// npm test: lint, types, kernels, unit tests, build, end-to-end tests; ends with one line `N passed, N failed, N skipped`.
// A first argument picks a part: unit, e2e, corpus, fuzz. What follows it is handed to the runner.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ensureBrowser } from './browser.mjs';
import { buildAll } from './build.mjs';

const root = path.resolve(import.meta.dirname, '../..');
process.chdir(root);
const [part = 'all', ...rest] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };
const reports = path.join(root, 'dist/reports');

/** Runs a package's command with this Node. @returns true when it ended well */
function run(title, script, args, env = {}) {
  console.log(`\n== ${title}`);
  const options = { stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [path.join(root, 'node_modules', script), ...args], options).status === 0;
}

/** A step without cases of its own counts as one test. */
function check(title, script, args) {
  counts[run(title, script, args) ? 'passed' : 'failed']++;
}

function vitest(title, args, env) {
  const file = path.join(reports, 'unit.json');
  rmSync(file, { force: true });
  const ok = run(
    title,
    'vitest/vitest.mjs',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
    env,
  );
  if (!existsSync(file)) {
    counts.failed++;
    return;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  counts.passed += result.numPassedTests;
  counts.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
  // a file that fails to load has no failed test of its own, and must not pass for a success
  counts.failed += Math.max(result.numFailedTests, ok ? 0 : 1);
}

async function e2e() {
  const chromium = await ensureBrowser();
  await buildAll({ ifNeeded: true, quiet: true });
  const file = path.join(reports, 'e2e.json');
  rmSync(file, { force: true });
  const env = { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file };
  const ok = run('end to end', '@playwright/test/cli.js', ['test', '--reporter=list,json', ...rest], env);
  if (!existsSync(file)) {
    counts.failed++;
    return;
  }
  const { stats } = JSON.parse(readFileSync(file, 'utf8'));
  counts.passed += stats.expected + stats.flaky;
  counts.skipped += stats.skipped;
  counts.failed += Math.max(stats.unexpected, ok ? 0 : 1);
}

mkdirSync(reports, { recursive: true });
if (part === 'all') {
  check('lint', '@biomejs/biome/bin/biome', ['check', '.']);
  const projects = ['tsconfig', 'tsconfig.worker', 'tsconfig.node', 'tsconfig.tests', 'e2e/tsconfig'];
  for (const project of projects) check(`types of ${project}.json`, 'typescript/bin/tsc', ['-p', `${project}.json`]);
}
if (part === 'all' || part === 'unit') vitest('unit', rest);
if (part === 'corpus') vitest('corpus', ['.corpus.test.ts', ...rest]);
if (part === 'fuzz') vitest('fuzz', ['-t', 'fuzz', ...rest], { FUZZ: process.env.FUZZ ?? '10000' });
if (part === 'all' || part === 'e2e')
  await e2e().catch((error) => {
    console.error(error); // no browser, or a build that fails: a failure like any other, and the count is still told
    counts.failed++;
  });

console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
