/** The skin over `wasm/paths`: the paths of a tree as lines of UTF-8. */
import { MORE, OK } from '../../wasm/abi.ts';
import { fail } from '../base/errors.ts';
import { Kernel } from './kernel.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  reserve(rows: number, units: number): number;
  upcase(): number;
  names(): number;
  nameOffset(): number;
  nameLength(): number;
  childStart(): number;
  path(): number;
  pathBytes(): number;
  prepare(root: number, base: number): number;
  write(): number;
  out(): number;
  outLength(): number;
}

/** A tree in breadth-first order: the children of row r are the rows `childStart[r]` to `childStart[r + 1]`, excluded. */
export interface PathTree {
  readonly count: number;
  readonly childStart: Uint32Array;
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
}

/**
 * Writes a line for each row below `root`, in directory order: the path after `base`, backslashes between names; control
 * characters and lone surrogates as \uXXXX.
 * @param base bytes of the path of `root`
 * @param write takes a piece that holds whole lines, before it returns
 * @returns false when nothing was written: a path is longer, or the tree larger, than the kernel takes
 */
export function writePathLines(
  module: WebAssembly.Module,
  tree: PathTree,
  upcase: Uint16Array,
  root: number,
  base: Uint8Array,
  write: (lines: Uint8Array) => void,
): boolean {
  const kernel = new Kernel<Exports>(module);
  const run = <T>(call: (exports: Exports) => T): T => kernel.run('paths', null, call);
  const k = kernel.exports;
  const { count, childStart, names, nameOffset, nameLength } = tree;
  if (run(() => k.reserve(count, names.length)) !== OK || base.length > k.pathBytes()) return false;
  const { buffer } = k.memory;
  new Uint16Array(buffer, k.upcase() >>> 0, 65_536).set(upcase);
  new Uint16Array(buffer, k.names() >>> 0, names.length).set(names);
  new Uint32Array(buffer, k.nameOffset() >>> 0, count).set(nameOffset.subarray(0, count));
  new Uint16Array(buffer, k.nameLength() >>> 0, count).set(nameLength.subarray(0, count));
  new Uint32Array(buffer, k.childStart() >>> 0, count + 1).set(childStart.subarray(0, count + 1));
  new Uint8Array(buffer, k.path() >>> 0, base.length).set(base);
  if (run(() => k.prepare(root, base.length)) !== OK) return false;
  for (let status = MORE as number; status !== OK; ) {
    status = run(() => k.write());
    if (status !== OK && status !== MORE) fail('UnexpectedTrap', 'paths', null, 'lines', `status ${status}`);
    write(new Uint8Array(buffer, k.out() >>> 0, k.outLength() >>> 0));
  }
  return true;
}
