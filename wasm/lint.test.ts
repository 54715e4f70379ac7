/**
 * Rules of wasm/README.md that a machine can check: what asc compiles without a word and gets wrong, and what a module may
 * ask of its host.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Sources of the kernels: not the tests, and not hivex's TypeScript side. */
function kernelSources(): string[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => name.split(path.sep).join('/'));
  return all.filter(
    (name) =>
      name.endsWith('.ts') &&
      !name.endsWith('.test.ts') &&
      name.includes('/') &&
      !/(^|\/)(node_modules|dist)\//.test(name) &&
      (!name.startsWith('hivex/') || name.startsWith('hivex/assembly/')),
  );
}

/** The code with comments and strings blanked, so that places keep their lines. */
function plain(code: string): string {
  return code.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|'[^'\n]*'/g, (text) => text.replace(/[^\n]/g, ' '));
}

function lineOf(code: string, at: number): number {
  return code.slice(0, at).split('\n').length;
}

/** Index behind the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === '(') depth++;
    else if (code[i] === ')' && --depth === 0) return i + 1;
  }
  return code.length;
}

/** `let v = load<u8>(p)`: v is a u8, and `v << 8` is 0. */
function unannotated(code: string): number[] {
  const found = code.matchAll(/\b(?:let|const)\s+\w+\s*=\s*load<[ui](?:8|16)>/g);
  return [...found].map((match) => lineOf(code, match.index));
}

/** `load<u8>(p) << 8`, `load<u16>(p) + 1`: computed in 8 or 16 bits. A cast before the load makes it wide. */
function narrowArithmetic(code: string): number[] {
  const lines: number[] = [];
  for (const match of code.matchAll(/load<[ui](?:8|16)>\(/g)) {
    if (/<(?:[ui](?:32|64)|[ui]size)>\s*\(*$/.test(code.slice(0, match.index))) continue;
    const after = code.slice(closing(code, match.index + match[0].length - 1)).trimStart();
    if (/^(?:<<|[+*-]\s*(?:\d|load<[ui](?:8|16)>))/.test(after)) lines.push(lineOf(code, match.index));
  }
  return lines;
}

/** `memory.grow` inside a loop detaches the caller's views again and again. */
function growsInLoop(code: string): number[] {
  const lines: number[] = [];
  const open: boolean[] = [];
  for (let i = 0; i < code.length; i++) {
    if (code[i] === '{') {
      const header = code.slice(Math.max(0, code.lastIndexOf('\n', i)), i);
      open.push(/\b(?:for|while|do)\b/.test(header));
    } else if (code[i] === '}') {
      open.pop();
    } else if (code.startsWith('memory.grow(', i) && open.includes(true)) {
      lines.push(lineOf(code, i));
    }
  }
  return lines;
}

describe('sources', () => {
  const rules = { unannotated, narrowArithmetic, growsInLoop };

  test('the rules find what they are for', () => {
    expect(unannotated('let v = load<u8>(p);\nconst w: u32 = load<u8>(p);')).toEqual([1]);
    expect(narrowArithmetic('x = load<u8>(f(p)) << 8;\ny = <u32>load<u8>(p) << 8;\nz = load<u16>(p) + 1;')).toEqual([
      1, 3,
    ]);
    expect(growsInLoop('f();\nwhile (a) {\n  if (b) { memory.grow(1); }\n}\nmemory.grow(1);')).toEqual([3]);
  });

  test.each(Object.entries(rules))('%s: none', (_, rule) => {
    const sources = kernelSources();
    expect(sources.length).toBeGreaterThan(10);
    const places = sources.flatMap((name) =>
      rule(plain(readFileSync(path.join(root, name), 'utf8'))).map((line) => `wasm/${name}:${line}`),
    );
    expect(places).toEqual([]);
  });
});

/** Limits of the memory of a module: section 5 holds a count, flags and LEB128 numbers; bit 0 of the flags: there is a maximum. */
function memoryHasMaximum(bytes: Uint8Array): boolean {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = number();
    if (id === 5) return bytes[at] === 1 && (bytes[at + 1]! & 1) === 1;
    at += size;
  }
  return false;
}

const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const modules = [
  ...folders.filter(({ name }) => existsSync(path.join(root, name, 'index.ts'))).map(({ name }) => `build/${name}`),
  'hivex/hivex',
].flatMap((name) => [`${name}.wasm`, `${name}.checked.wasm`]);

describe.each(modules)('%s', (name) => {
  const bytes = new Uint8Array(readFileSync(path.join(root, name)));
  const module = new WebAssembly.Module(bytes);

  test('imports nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  test('exports its memory, which has a maximum', () => {
    expect(WebAssembly.Module.exports(module)).toContainEqual({ name: 'memory', kind: 'memory' });
    expect(memoryHasMaximum(bytes)).toBe(true);
  });
});
