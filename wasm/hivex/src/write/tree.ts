/** A key of a hive with everything below it, as `writeHive` takes it: read when it is asked for, one key at a time. */
import { type KeyColumns, KeyFlag, nameOf, ValueFlag } from '../columns.ts';
import type { Hive, Node } from '../hive.ts';
import type { KeyInput, ValueInput } from './write.ts';

export class HiveTree {
  readonly #hive: Hive;
  /** Keys that were handed out: a hive whose lists lead in circles ends here. */
  readonly #seen = new Set<Node>();
  /** One array for all keys that share a descriptor. */
  readonly #security = new Map<number, Uint8Array | null>();

  constructor(hive: Hive) {
    this.#hive = hive;
  }

  key(node: Node): KeyInput {
    this.#seen.add(node);
    return this.#input(this.#hive.keyRow(node), 0);
  }

  #input(rows: KeyColumns, row: number): KeyInput {
    const hive = this.#hive;
    const node = rows.id[row]!;
    const flags = rows.flags[row]!;
    const input = {
      name: nameOf(rows, row),
      class: (flags & KeyFlag.hasClass) === 0 ? null : hive.nodeClass(node),
      lastWrite: (BigInt(rows.lastWriteHi[row]!) << 32n) | BigInt(rows.lastWriteLo[row]!),
      security: this.#descriptor(rows.security[row]!, node),
      layerKind: rows.layerKind[row]!,
      inheritClass: (flags & KeyFlag.inheritClass) !== 0,
      symlink: (flags & KeyFlag.symlink) !== 0,
    };
    return {
      ...input,
      ...(rows.values[row] === 0 ? {} : { values: this.#values(node) }),
      ...(rows.subkeys[row] === 0 ? {} : { keys: this.#keys(node) }),
    };
  }

  *#values(node: Node): Generator<ValueInput> {
    const rows = this.#hive.valueRows(node);
    for (let row = 0; row < rows.count; row++) {
      const tombstone = (rows.flags[row]! & ValueFlag.tombstone) !== 0;
      yield {
        name: nameOf(rows, row),
        type: rows.type[row]!,
        data: tombstone ? new Uint8Array(0) : this.#hive.valueView(rows.ref[row]!),
        tombstone,
      };
    }
  }

  *#keys(node: Node): Generator<KeyInput> {
    const rows = this.#hive.keyRows(node);
    for (let row = 0; row < rows.count; row++) {
      const child = rows.id[row]!;
      if (this.#seen.has(child)) continue;
      this.#seen.add(child);
      yield this.#input(rows, row);
    }
  }

  #descriptor(cell: number, node: Node): Uint8Array | null {
    let descriptor = this.#security.get(cell);
    if (descriptor === undefined) {
      descriptor = this.#hive.nodeSecurity(node);
      this.#security.set(cell, descriptor);
    }
    return descriptor;
  }
}
