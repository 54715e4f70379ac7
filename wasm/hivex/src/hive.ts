/**
 * A hive with hivex's vocabulary: nodes (keys) and values are cell offsets, plain numbers that stay valid as long as the
 * hive; names are text, data are bytes. Everything is read-only and synchronous.
 */
import * as C from '../assembly/constants.ts';
import { type BaseBlock, baseBlock } from './base.ts';
import { hiveChanges, type ReplayChanges } from './changes.ts';
import { joinKeys, joinValues, type KeyColumns, nameOf, text, type ValueColumns, Windows } from './columns.ts';
import { check, type Engine } from './engine.ts';
import { HivexError } from './errors.ts';
import {
  dirtyFinding,
  droppedFinding,
  type HiveFinding,
  logFinding,
  MAX_FINDINGS,
  recoveredFinding,
} from './findings.ts';
import { JsonLines, type JsonLinesOptions } from './json-lines.ts';
import type { Origin } from './origin.ts';
import { type Recovered, recover } from './recover.ts';
import type { LogReport, Recovery } from './replay.ts';
import { toUnits } from './units.ts';
import { upcase } from './upcase.ts';
import { type Visitor, visit } from './visit.ts';
import { HiveWalk } from './walk.ts';
import { HiveTree } from './write/tree.ts';
import type { KeyInput } from './write/write.ts';

/** Cell offset of a key node. */
export type Node = number;
/** Cell offset of a value. */
export type Value = number;

export class Hive {
  readonly base: BaseBlock;
  /** Format 1.6 with the layers flag: keys and values may be tombstones. */
  readonly layered: boolean;
  /**
   * `recovered`: the hive was not closed properly and its logs have been applied, in memory only. `dirtyNoLog`: the
   * same, but no log that belongs to it was given, so the newest changes are missing.
   */
  readonly state: 'clean' | 'recovered' | 'dirtyNoLog';
  /** What was applied, null when nothing was. `base` is the base block after it. */
  readonly recovery: Recovery | null;
  /** What became of each log that was given. */
  readonly logs: readonly LogReport[];
  /** What was odd when the hive was opened. A walk adds its own. */
  readonly findings: readonly HiveFinding[];
  readonly #engine: Engine;
  readonly #windows: Windows;
  /** Address of the file in the engine's memory. */
  readonly #file: number;
  readonly #root: Node;
  readonly #before: Origin['before'];

  /** Use `open`. */
  constructor(engine: Engine, file: number, { recovery, logs, before, found }: Origin) {
    this.#engine = engine;
    this.#windows = new Windows(engine.wasm);
    this.#file = file;
    this.#before = before;
    this.logs = logs;
    const { wasm } = engine;
    const view = new DataView(wasm.memory.buffer, file, 4096);
    this.base = baseBlock(view, wasm.baseChecksum() >>> 0);
    this.layered = wasm.getLayered() !== 0;
    this.#root = wasm.getRoot() >>> 0;
    const more = engine.takeFindings();
    const items = [...found.items, ...more.items];
    const dropped = found.dropped + more.dropped;
    const dirty = this.base.sequence1 !== this.base.sequence2 || !this.base.checksumValid;
    this.recovery = recovery;
    this.state = dirty ? 'dirtyNoLog' : recovery === null ? 'clean' : 'recovered';
    if (recovery !== null) items.push(recoveredFinding(recovery));
    if (dirty) items.push(dirtyFinding(this.base.sequence1, this.base.sequence2, logs.length));
    // The logs of a clean hive are no news; of a dirty one it counts why a log did not help.
    for (const log of logs) {
      const finding = logFinding(log, this.base.sequence2);
      if (finding !== null) items.push(finding);
    }
    if (dropped > 0) items.push(droppedFinding(dropped));
    this.findings = items.slice(0, MAX_FINDINGS);
  }

  root(): Node {
    return this.#root;
  }

  /** Last written time of the base block as FILETIME. Windows 8.1 and later do not keep it up to date. */
  lastModified(): bigint {
    return this.base.lastWritten;
  }

  // ---- nodes -------------------------------------------------------------------------------------------------------

  nodeName(node: Node): string {
    this.#toKey(node);
    return text(this.#windows.keyNames, 0, this.#windows.keyNameLength[0]!);
  }

  /** Last write as FILETIME. */
  nodeTimestamp(node: Node): bigint {
    this.#toKey(node);
    return (BigInt(this.#windows.lastWriteHi[0]!) << 32n) | BigInt(this.#windows.lastWriteLo[0]!);
  }

  /** The parent the node itself names; null for the root and where it is no key. */
  nodeParent(node: Node): Node | null {
    this.#toKey(node);
    const parent = this.#windows.parent[0]!;
    if (node === this.#root) return null;
    return this.isNode(parent) ? parent : null;
  }

  /** True when a key node lies at this offset. */
  isNode(offset: number): boolean {
    return this.#engine.run((wasm) => wasm.isKey(offset) === 1);
  }

  /** Sub-keys in list order. */
  nodeChildren(node: Node): Node[] {
    return this.#engine.run((wasm) => {
      check(wasm.listChildren(node), node + 4096, 'a key');
      return [...new Uint32Array(wasm.memory.buffer, wasm.listAddress() >>> 0, wasm.childCount() >>> 0)];
    });
  }

  nodeNrChildren(node: Node): number {
    return this.#engine.run((wasm) => {
      check(wasm.listChildren(node), node + 4096, 'a key');
      return wasm.childCount() >>> 0;
    });
  }

  /** The first sub-key of this name, upper and lower case alike; null when there is none. */
  nodeGetChild(node: Node, name: string): Node | null {
    const rows = this.keyRows(node);
    const wanted = upcase(name);
    for (let row = 0; row < rows.count; row++)
      if (rows.nameLength[row] === wanted.length && upcase(nameOf(rows, row)) === wanted) return rows.id[row]!;
    return null;
  }

  /** Values in stored order. */
  nodeValues(node: Node): Value[] {
    return [...this.valueRows(node).ref];
  }

  nodeNrValues(node: Node): number {
    return this.valueRows(node).count;
  }

  /** The value of this name, upper and lower case alike; `''` is the default value; null when there is none. */
  nodeGetValue(node: Node, key: string): Value | null {
    const rows = this.valueRows(node);
    const wanted = upcase(key);
    for (let row = 0; row < rows.count; row++)
      if (rows.nameLength[row] === wanted.length && upcase(nameOf(rows, row)) === wanted) return rows.ref[row]!;
    return null;
  }

  /** Class name, null when there is none. */
  nodeClass(node: Node): string | null {
    const piece = this.#piece(node, (wasm) => wasm.keyClass(node));
    if (piece === null) return null;
    const view = new DataView(piece.buffer);
    let all = '';
    for (let at = 0; at + 1 < piece.byteLength; at += 2) all += String.fromCharCode(view.getUint16(at, true));
    return all;
  }

  /** Self-relative security descriptor, null when there is none. */
  nodeSecurity(node: Node): Uint8Array | null {
    return this.#piece(node, (wasm) => wasm.keySecurity(node));
  }

  /** One key as a row; its `parent` is what the node itself names. */
  keyRow(node: Node): KeyColumns {
    this.#toKey(node);
    return this.#windows.takeKeys();
  }

  /** The sub-keys of a key as rows, in list order. */
  keyRows(node: Node): KeyColumns {
    return this.#engine.run((wasm) => {
      check(wasm.listChildren(node), node + 4096, 'a key');
      const parts: KeyColumns[] = [];
      let from = 0;
      let status: number;
      do {
        status = wasm.childRows(node, from);
        const part = this.#windows.takeKeys();
        parts.push(part);
        from += part.count;
      } while (status === C.MORE);
      return joinKeys(parts);
    });
  }

  /** The values of a key as rows, in stored order. */
  valueRows(node: Node): ValueColumns {
    return this.#engine.run((wasm) => {
      const parts: ValueColumns[] = [];
      let from = 0;
      let status: number;
      do {
        status = wasm.valuesOf(node, from);
        check(status, node + 4096, 'a key');
        parts.push(this.#windows.takeValues());
        from = wasm.nextValueIndex() >>> 0;
      } while (status === C.MORE);
      return joinValues(parts);
    });
  }

  // ---- values ------------------------------------------------------------------------------------------------------

  /** Name of the value; `''` is the default value. */
  valueKey(value: Value): string {
    this.#toValue(value);
    return text(this.#windows.valueNames, 0, this.#windows.valueNameLength[0]!);
  }

  valueType(value: Value): { readonly type: number; readonly length: number } {
    this.#toValue(value);
    return { type: this.#windows.type[0]!, length: this.#windows.size[0]! };
  }

  /**
   * Data bytes: a view of the engine's memory when they lie in one piece, as all but big data do. Read it before the next
   * call on this hive and do not write to it. @throws HivexError InvalidData when they are not all there
   */
  valueView(value: Value): Uint8Array {
    return this.#engine.run((wasm) => {
      check(wasm.data(value), value + 4096, 'a value');
      if (wasm.segmentCount() !== 1) return this.#gather();
      const { u32 } = this.#windows;
      const pair = wasm.listAddress() >>> 2;
      return new Uint8Array(u32.buffer, this.#file + u32[pair]!, u32[pair + 1]!);
    });
  }

  /** Data bytes, a copy. @throws HivexError InvalidData when they are not all there */
  valueValue(value: Value): Uint8Array {
    return this.#engine.run((wasm) => {
      check(wasm.data(value), value + 4096, 'a value');
      return this.#gather();
    });
  }

  /** Copy of the data that the engine found last. */
  #gather(): Uint8Array {
    const { wasm } = this.#engine;
    const data = new Uint8Array(wasm.getDataSize() >>> 0);
    let at = 0;
    for (const { offset, length } of this.#segments()) {
      data.set(new Uint8Array(wasm.memory.buffer, this.#file + offset, length), at);
      at += length;
    }
    return data;
  }

  /** Where the data lie, in the order of the data: offset in the file and length of each piece. Empty for empty data. */
  valueSegments(value: Value): { readonly offset: number; readonly length: number }[] {
    return this.#engine.run((wasm) => {
      check(wasm.data(value), value + 4096, 'a value');
      return this.#segments();
    });
  }

  /** Text of a string value: UTF-16 up to the first NUL. */
  valueString(value: Value): string {
    const units = toUnits(this.valueValue(value));
    const end = units.indexOf(0);
    return text(units, 0, end < 0 ? units.length : end);
  }

  /** Strings of a REG_MULTI_SZ, without the empty one that ends it. */
  valueMultipleStrings(value: Value): string[] {
    const units = toUnits(this.valueValue(value));
    const all = text(units, 0, units.length).split('\0');
    while (all.length > 0 && all[all.length - 1] === '') all.pop();
    return all;
  }

  /** A REG_DWORD or REG_DWORD_BIG_ENDIAN. @throws HivexError InvalidData when it does not have 4 bytes */
  valueDword(value: Value): number {
    const { type } = this.valueType(value);
    const data = this.valueValue(value);
    if (data.length !== 4) throw new HivexError('InvalidData', value + 4096, '4 bytes', `${data.length} bytes`);
    return new DataView(data.buffer).getUint32(0, type !== 5);
  }

  /** A REG_QWORD. @throws HivexError InvalidData when it does not have 8 bytes */
  valueQword(value: Value): bigint {
    const data = this.valueValue(value);
    if (data.length !== 8) throw new HivexError('InvalidData', value + 4096, '8 bytes', `${data.length} bytes`);
    return new DataView(data.buffer).getBigUint64(0, true);
  }

  // ---- everything --------------------------------------------------------------------------------------------------

  /** Visits nodes and values depth first, without recursion; each node once. */
  visit(visitor: Visitor): void {
    visit(this, visitor);
  }

  /**
   * What the transaction logs changed, null when none was applied. Reads the hive once more without its logs, so that
   * what it was opened from must still be there.
   * @throws HivexError UnsupportedSize when keys share class names that together have more bytes than the hive
   */
  replayChanges(): ReplayChanges | null {
    if (this.#before === null) return null;
    let before: Hive | null = null;
    try {
      before = this.#before.open();
    } catch (error) {
      if (!(error instanceof HivexError)) throw error;
    }
    const { ranges } = this.#before;
    return { readableBefore: before !== null, ranges, keys: hiveChanges(before, this) };
  }

  /**
   * A key with everything below it, as `writeHive` takes it; read while it is written. Keys that stand in lists twice are
   * handed out once. @throws HivexError while it is read, where data cannot be
   */
  tree(node: Node = this.#root): KeyInput {
    return new HiveTree(this).key(node);
  }

  /**
   * Deleted keys, each with its values, and deleted values, from the free cells. They are guesses that hold up, not part of
   * the tree. A walk that is under way ends.
   */
  recover(): Iterable<Recovered> {
    const { wasm } = this.#engine;
    const map = new Uint8Array(wasm.memory.buffer, wasm.cellMapAddress() >>> 0);
    return recover(this, (cell) => ((map[cell >> 6]! >> ((cell >> 3) & 7)) & 1) !== 0);
  }

  /** All keys and values as columns, in batches. A hive has one walk at a time: a new one ends the old. */
  walk(): HiveWalk {
    return new HiveWalk(this.#engine, this.#windows);
  }

  /** Everything as JSON lines in UTF-8, a line a key and a value, sorted by names. Walks and lines end one another. */
  jsonLines(options: JsonLinesOptions = {}): JsonLines {
    return new JsonLines(this.#engine, options);
  }

  /**
   * The hive file as the engine holds it, base block and bins: a view and not a copy, for reading many small data by
   * their `dataOffset`. Do not write to it.
   */
  view(): Uint8Array {
    const { wasm } = this.#engine;
    return new Uint8Array(wasm.memory.buffer, this.#file, 4096 + (wasm.getBinsSize() >>> 0));
  }

  /** `length` bytes of the hive file, a copy. */
  bytes(offset: number, length: number): Uint8Array {
    const all = this.view();
    if (offset < 0 || length < 0 || length > all.length - offset)
      throw new HivexError('InvalidArgument', offset, `a range inside ${all.length} bytes`, `${length} bytes`);
    return all.slice(offset, offset + length);
  }

  /** Row 0 of the key window becomes `node`. */
  #toKey(node: Node): void {
    this.#engine.run((wasm) => check(wasm.key(node), node + 4096, 'a key'));
  }

  /** Row 0 of the value window becomes `value`. */
  #toValue(value: Value): void {
    this.#engine.run((wasm) => check(wasm.value(value, C.NIL), value + 4096, 'a value'));
  }

  #segments(): { offset: number; length: number }[] {
    const { wasm } = this.#engine;
    const pairs = new Uint32Array(wasm.memory.buffer, wasm.listAddress() >>> 0, wasm.segmentCount() * 2);
    const all: { offset: number; length: number }[] = [];
    for (let i = 0; i < pairs.length; i += 2) all.push({ offset: pairs[i]!, length: pairs[i + 1]! });
    return all;
  }

  #piece(node: Node, find: (wasm: Engine['wasm']) => number): Uint8Array | null {
    return this.#engine.run((wasm) => {
      check(find(wasm), node + 4096, 'a key');
      const length = wasm.getPieceLength() >>> 0;
      return length === 0 ? null : this.#engine.bytes(this.#file + (wasm.getPieceOffset() >>> 0), length);
    });
  }
}
