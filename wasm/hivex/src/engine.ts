/** The compiled engine with types: one instance a hive. Traps become HivexError and end the instance. */
import * as C from '../assembly/constants.ts';
import { HivexError } from './errors.ts';
import { findingOf, type HiveFinding } from './findings.ts';

/** What `assembly/index.ts` exports. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  reserve(size: number): number;
  hiveAddress(): number;
  open(): number;
  index(): number;
  indexedBytes(): number;
  baseChecksum(): number;
  getBinsSize(): number;
  getMinor(): number;
  getLayered(): number;
  getRoot(): number;
  keyColumn(column: number): number;
  valueColumn(column: number): number;
  keyNamesAddress(): number;
  valueNamesAddress(): number;
  findingsAddress(): number;
  listAddress(): number;
  cellMapAddress(): number;
  keyCount(): number;
  valueRowCount(): number;
  getFindingCount(): number;
  getFindingsDropped(): number;
  emptyFindings(): void;
  key(cell: number): number;
  isKey(cell: number): number;
  listChildren(cell: number): number;
  childCount(): number;
  childRows(parent: number, from: number): number;
  value(cell: number, key: number): number;
  valuesOf(key: number, from: number): number;
  nextValueIndex(): number;
  data(cell: number): number;
  segmentCount(): number;
  getDataSize(): number;
  keyClass(cell: number): number;
  keySecurity(cell: number): number;
  getPieceOffset(): number;
  getPieceLength(): number;
  startWalk(): void;
  stepWalk(): number;
  visitedKeys(): number;
  wordsAddress(): number;
  upperAddress(): number;
  startJson(baseUnits: number): number;
  stepJson(): number;
  jsonAddress(): number;
  jsonLength(): number;
  jsonKeys(): number;
}

/** Largest hive that fits into the engine's 2 GiB of memory with its maps (an eighth of it) and windows. */
export const MAX_HIVE_BYTES = 1_600 * 1024 * 1024;

export class Engine {
  readonly wasm: Exports;
  #dead = false;

  constructor(module: WebAssembly.Module) {
    this.wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
  }

  /** Runs engine calls; whatever they trap with is told as an error, and the instance is not used again. */
  run<T>(work: (wasm: Exports) => T): T {
    if (this.#dead) throw new HivexError('UnexpectedTrap', 0, 'a living engine', 'one that trapped before');
    try {
      return work(this.wasm);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#dead = true;
      throw new HivexError('UnexpectedTrap', 0, 'the engine to end its call', error.message, { cause: error });
    }
  }

  /** Copy of `length` bytes of memory. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, address, length).slice();
  }

  view(): DataView {
    return new DataView(this.wasm.memory.buffer);
  }

  /** Empties the findings window. @returns the findings and how many had no room in it */
  takeFindings(): { items: HiveFinding[]; dropped: number } {
    const { wasm } = this;
    const items: HiveFinding[] = [];
    const view = this.view();
    let at = wasm.findingsAddress() >>> 0;
    for (let i = wasm.getFindingCount(); i > 0; i--, at += 16)
      items.push(
        findingOf(
          view.getUint32(at, true),
          view.getUint32(at + 4, true),
          view.getUint32(at + 8, true),
          view.getUint32(at + 12, true),
        ),
      );
    const dropped = wasm.getFindingsDropped() >>> 0;
    wasm.emptyFindings();
    return { items, dropped };
  }
}

/** Throws what a status other than OK and MORE stands for. @param offset of what was asked for, in the file */
export function check(status: number, offset: number, expected: string): void {
  if (status === C.OK || status === C.MORE) return;
  if (status === C.ERR_DATA)
    throw new HivexError('InvalidData', offset, 'data that can be read', 'a damaged or cut reference');
  throw new HivexError('InvalidReference', offset, expected, 'another thing or nothing');
}
