/** A hive of 100 MB with 300,000 keys and a million values, in the proportions of a SOFTWARE hive. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type KeyInput, type ValueInput, writeHive } from 'hivex-wasm';
import { dword, multiSz, sz } from '../../testing/hive-builder.ts';
import { made } from './inputs.ts';

/** Sub-keys of the key `Wide`. */
export const WIDE = 50_000;
const VENDORS = 2500;
/** Keys below each vendor: groups of one key and the ones in it. */
const GROUPS = 9;
const IN_GROUP = 10;

function* values(seed: number, count: number): Generator<ValueInput> {
  for (let i = 0; i < count; i++) {
    const n = seed * 31 + i;
    switch (n % 10) {
      case 0:
      case 1:
      case 2:
      case 3:
        yield { name: `Setting${n % 100}`, type: 4, data: dword(n) };
        break;
      case 4:
        yield { name: '', type: 1, data: sz(`Component class ${n}`) };
        break;
      case 5:
      case 6:
        yield { name: `Path${i}`, type: 2, data: sz(`%ProgramFiles%\\Vendor\\${n}.dll`) };
        break;
      case 7:
        yield { name: `List${i}`, type: 7, data: multiSz(['first', `entry ${n}`]) };
        break;
      default:
        yield { name: `Blob${i}`, type: 3, data: Uint8Array.from({ length: 8 + (n % 64) }, (_, k) => k * n) };
    }
  }
}

function* group(seed: number): Generator<KeyInput> {
  for (let i = 0; i < IN_GROUP; i++) yield { name: `Item ${seed}-${i}`, values: values(seed + i, 4) };
}

function* groups(vendor: number): Generator<KeyInput> {
  for (let i = 0; i < GROUPS; i++) {
    const seed = vendor * 100 + i * 11;
    yield {
      name: `{${seed.toString(16).padStart(8, '0')}-0000-1111-2222-333344445555}`,
      values: values(seed, 3),
      keys: group(seed),
    };
  }
}

function* vendors(): Generator<KeyInput> {
  for (let i = 0; i < VENDORS; i++) yield { name: `Vendor ${i}`, values: values(i, 2), keys: groups(i) };
}

function* wide(): Generator<KeyInput> {
  for (let i = 0; i < WIDE; i++) yield { name: `child ${i.toString(36)}`, values: values(i, 1) };
}

/** What is written, made as it is asked for. */
export function largeRoot(): KeyInput {
  const keys = [
    { name: 'Vendors', keys: vendors() },
    { name: 'Wide', keys: wide() },
  ];
  return { name: 'ROOT', keys };
}

/** Path of the hive, made once. */
export function largeHive(): string {
  return made('large.hive', (file) => {
    const fd = openSync(file, 'w');
    for (const piece of writeHive(largeRoot(), { fileName: 'BENCH' })) writeSync(fd, piece);
    closeSync(fd);
  });
}
