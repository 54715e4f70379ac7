// Compiles the AssemblyScript kernels: one folder of wasm/ with an index.ts -> one release and one checked module.
// A module is rebuilt when the hash of its sources changes. Usage: node src/build/asc.mjs [--force] [name...]
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Entry, outputs and optional memory limits (pages of 64 KiB) of each kernel. */
function kernels() {
  const folders = readdirSync(path.join(root, 'wasm'), { withFileTypes: true }).filter((e) => e.isDirectory());
  const found = [];
  for (const { name } of folders) {
    if (name === 'hivex') continue;
    const entry = `wasm/${name}/index.ts`;
    if (existsSync(path.join(root, entry))) found.push({ name, entry, dir: `wasm/${name}`, out: `wasm/build/${name}` });
  }
  const hivex = 'wasm/hivex/assembly/index.ts';
  if (existsSync(path.join(root, hivex)))
    found.push({ name: 'hivex', entry: hivex, dir: 'wasm/hivex/assembly', out: 'wasm/hivex/hivex' });
  return found;
}

/** `wasm/<folder>/asc.json` may add options, e.g. {"maximumMemory": 256}. */
function extraOptions(dir) {
  const file = path.join(root, dir, 'asc.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function sources(dir) {
  const files = [];
  for (const e of readdirSync(path.join(root, dir), { withFileTypes: true })) {
    if (e.isDirectory()) files.push(...sources(`${dir}/${e.name}`));
    else if (/\.(ts|json)$/.test(e.name) && !e.name.endsWith('.test.ts')) files.push(`${dir}/${e.name}`);
  }
  return files.sort();
}

function stampOf(kernel) {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(path.join(root, 'package-lock.json')));
  for (const file of ['wasm/abi.ts', ...sources(kernel.dir)])
    hash.update(file).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

async function compile(kernel, checked) {
  const { default: asc } = await import('assemblyscript/asc');
  const outFile = `${kernel.out}${checked ? '.checked' : ''}.wasm`;
  const temporary = `${outFile}.${process.pid}.tmp.wasm`;
  const extra = extraOptions(kernel.dir);
  const args = [kernel.entry, '--outFile', temporary, '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='];
  if (extra.maximumMemory) args.push('--maximumMemory', String(extra.maximumMemory));
  args.push('--use', `CHECKED=${checked ? 1 : 0}`);
  if (checked) args.push('--debug');
  else args.push('-O3', '--noAssert');
  const { error, stderr } = await asc.main(args, {
    readFile: (name, base) => {
      const file = path.join(path.resolve(root, base), name);
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : null;
    },
    writeFile: (name, contents) => {
      mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(root, name), contents);
    },
    listFiles: () => [],
  });
  if (error)
    throw new Error(`asc ${kernel.name}${checked ? ' (checked)' : ''}: ${error.message}\n${stderr.toString()}`);
  renameSync(path.join(root, temporary), path.join(root, outFile));
}

/** Builds what is stale. @returns names of modules that failed, with their messages printed */
export async function buildWasm({ force = false, only = [], log = console.log } = {}) {
  const failed = [];
  mkdirSync(path.join(root, 'wasm/build'), { recursive: true });
  for (const kernel of kernels()) {
    if (only.length > 0 && !only.includes(kernel.name)) continue;
    const stampFile = path.join(root, `wasm/build/${kernel.name}.stamp`);
    const stamp = stampOf(kernel);
    const built = ['.wasm', '.checked.wasm'].every((end) => existsSync(path.join(root, kernel.out + end)));
    if (!force && built && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) continue;
    const start = performance.now();
    try {
      await compile(kernel, false);
      await compile(kernel, true);
      writeFileSync(stampFile, stamp);
      log(`asc ${kernel.name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      // A stale module must not pass for the new one.
      for (const end of ['.wasm', '.checked.wasm']) rmSync(path.join(root, kernel.out + end), { force: true });
      failed.push(kernel.name);
      log(String(error instanceof Error ? error.message : error));
    }
  }
  return failed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2);
  const failed = await buildWasm({ force: args.includes('--force'), only: args.filter((a) => !a.startsWith('--')) });
  if (failed.length > 0) process.exitCode = 1;
}
