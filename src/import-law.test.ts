/**
 * The import law of src/README.md, executed. A file's room is its folder below src/ (or wasm/hivex, wasm/abi.ts); each
 * import must be in the room's row. There is no list of exceptions: if the law is wrong, change the row and the README.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url))
  .replaceAll('\\', '/')
  .replace(/\/$/, '');

/** The sources that read for Node; only the command line takes them in. */
const NODE_SOURCES: ReadonlySet<string> = new Set(['src/source/node-file.ts', 'src/source/node-folder.ts']);

/** Room -> path prefixes (below the repository root) it may import, besides itself. */
const LAW: Record<string, readonly string[]> = {
  base: [],
  codec: ['src/base/', 'wasm/abi.ts'],
  source: ['src/base/'],
  container: ['src/source/', 'src/codec/', 'src/base/'],
  fs: ['src/source/', 'src/codec/', 'src/base/', 'wasm/abi.ts'],
  hive: ['src/source/', 'src/base/', 'wasm/hivex/'],
  index: ['src/base/', 'src/fs/types.ts', 'src/hive/types.ts'],
  content: ['src/base/'],
  layer: ['src/index/', 'src/content/', 'src/fs/types.ts', 'src/hive/types.ts', 'src/base/'],
  overlay: [
    'src/layer/',
    'src/index/',
    'src/content/',
    'src/codec/',
    'src/fs/types.ts',
    'src/hive/types.ts',
    'src/base/',
    'wasm/abi.ts',
  ],
  plan: ['src/overlay/', 'src/layer/', 'src/index/', 'src/fs/types.ts', 'src/hive/types.ts', 'src/base/'],
  rpc: ['src/base/'],
  engine: [
    'src/base/',
    'src/codec/',
    'src/source/',
    'src/container/',
    'src/fs/',
    'src/hive/',
    'src/index/',
    'src/content/',
    'src/layer/',
    'src/overlay/',
    'src/plan/',
    'src/rpc/',
  ],
  cli: ['src/engine/', 'src/plan/', 'src/base/', ...NODE_SOURCES],
  bridge: [
    'src/engine/api.ts',
    'src/engine/api-image.ts',
    'src/engine/workers/',
    'src/rpc/',
    'src/base/',
    'wasm/build/',
    'wasm/hivex/',
  ],
  store: ['src/bridge/', 'src/engine/api.ts', 'src/base/'],
  i18n: [],
  ui: ['src/store/', 'src/i18n/', 'src/engine/api.ts', 'src/base/'],
  main: ['src/ui/', 'src/store/', 'src/bridge/'],
  testing: [
    'src/base/',
    'src/codec/',
    'src/source/',
    'src/container/',
    'src/fs/',
    'src/hive/',
    'src/index/',
    'src/content/',
    'src/layer/',
    'src/overlay/',
    'src/plan/',
    'src/rpc/',
    'src/engine/api.ts',
    'src/bridge/types.ts',
    'wasm/',
  ],
  build: ['src/', 'wasm/'],
  hivex: [],
};

/** Each npm package has its home. */
const HOMES: Record<string, readonly string[]> = {
  preact: ['ui', 'store', 'main'],
  '@preact/signals': ['ui', 'store', 'main'],
  comlink: ['rpc', 'engine'],
  'idb-keyval': ['store'],
  valibot: ['plan'],
  canonicalize: ['plan'],
  'client-zip': ['plan', 'store'],
  'hivex-wasm': ['hive'],
};

/** Format folders never import one another; `plan/simulate` shares no resolving code with the overlay. */
const STRICT: readonly { from: RegExp; to: RegExp; why: string }[] = [
  {
    from: /^src\/(container|fs|hive)\/(\w+)\//,
    to: /^src\/(container|fs|hive)\/(\w+)\//,
    why: 'format folders never import one another',
  },
  {
    from: /^src\/layer\/stores\/(\w+)\//,
    to: /^src\/layer\/stores\/(\w+)\//,
    why: 'store adapters never import one another',
  },
  { from: /^src\/plan\/simulate/, to: /^src\/overlay\//, why: 'the proof must not use what it proves' },
];

function files(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'build'].includes(entry.name) && folder.startsWith('wasm') ? [] : files(name);
    return /\.(ts|tsx|mjs|mts)$/.test(entry.name) ? [name] : [];
  });
}

function roomOf(file: string): string {
  if (file.startsWith('wasm/hivex/')) return 'hivex';
  const parts = file.split('/');
  return parts.length === 2 ? 'main' : parts[1]!;
}

function importsOf(file: string): string[] {
  const text = readFileSync(`${root}/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = [...text.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm)];
  found.push(...text.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm), ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g));
  return found.map((m) => m[1]!);
}

/** What is wrong with one import, or null. */
function violation(file: string, specifier: string): string | null {
  const room = roomOf(file);
  const isTest = /\.test\.tsx?$/.test(file);
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) {
      const mayNode = isTest || ['testing', 'build', 'cli'].includes(room) || NODE_SOURCES.has(file);
      return mayNode ? null : `${room} must run in a browser: no ${specifier}`;
    }
    const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]!;
    const homes = HOMES[name];
    if (homes === undefined) return isTest || ['testing', 'build'].includes(room) ? null : `${name} has no home`;
    return isTest || homes.includes(room) || ['testing', 'build'].includes(room)
      ? null
      : `${name} lives in ${homes.join(', ')}`;
  }
  const target = path.posix.normalize(`${path.posix.dirname(file)}/${specifier.replace(/\?.*$/, '')}`);
  for (const { from, to, why } of STRICT) {
    const a = from.exec(file);
    const b = to.exec(target);
    if (a && b && (why.startsWith('the proof') || a[0] !== b[0])) return why;
  }
  const own = room === 'main' ? 'src/main' : room === 'hivex' ? 'wasm/hivex/' : `src/${room}/`;
  if (target.startsWith(own)) return null;
  if (isTest && (room === 'main' || [...LAW['testing']!, 'src/testing/'].some((prefix) => target.startsWith(prefix))))
    return null;
  const law = LAW[room];
  if (law === undefined) return `${room} is no room`;
  return law.some((prefix) => target.startsWith(prefix)) ? null : `${room} may not import ${target}`;
}

const all = [...files('src'), ...files('wasm/hivex').filter((f) => !f.includes('/assembly/'))];

describe('import law', () => {
  test('every file keeps it', () => {
    expect(all.length).toBeGreaterThan(20);
    const broken = all.flatMap((file) =>
      importsOf(file).flatMap((specifier) => {
        const what = violation(file, specifier);
        return what === null ? [] : [`${file}: '${specifier}': ${what}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test.each([
    ['src/fs/ntfs/boot.ts', '../../hive/types.ts'],
    ['src/fs/ntfs/boot.ts', '../wim/header.ts'],
    ['src/base/errors.ts', '../source/types.ts'],
    ['src/plan/simulate.ts', '../overlay/types.ts'],
    ['src/ui/app.tsx', '../engine/workspace.ts'],
    ['src/fs/ntfs/boot.ts', 'node:fs'],
    ['src/engine/image.ts', 'preact'],
    ['src/engine/image.ts', '../ui/app.tsx'],
  ])('notices %s -> %s', (file, specifier) => {
    expect(violation(file, specifier)).not.toBeNull();
  });
});
