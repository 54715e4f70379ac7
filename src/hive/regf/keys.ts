/** Single keys and values of a regf hive, open or still being read. */
import { HivexError, type HiveKeys as Keys } from 'hivex-wasm';
import type { ItemRef } from '../../base/brand.ts';
import type { ByteSource } from '../../source/types.ts';
import type { HiveKeys, KeyChunk, KeyDetail, ValueChunk } from '../types.ts';
import { translated } from './translate.ts';

/** Cell offsets count from the first hive bin. */
const FIRST_BIN = 4096;

export class RegfKeys implements HiveKeys {
  readonly root: ItemRef;
  readonly state: HiveKeys['state'];
  readonly #keys: Keys;
  readonly #from: ByteSource;

  constructor(source: ByteSource, keys: Keys) {
    this.#from = source;
    this.#keys = keys;
    this.root = keys.root() as ItemRef;
    this.state = keys.state;
  }

  /** The root is its own parent, as in a scan. */
  row(key: ItemRef): KeyChunk {
    const row = this.run(() => this.#keys.keyRow(key));
    return key === this.root ? { ...row, parent: row.id } : row;
  }

  list(key: ItemRef): KeyChunk {
    return this.run(() => this.#keys.keyRows(key));
  }

  values(key: ItemRef): ValueChunk {
    return this.run(() => this.#keys.valueRows(key));
  }

  data(value: ItemRef): Uint8Array {
    return this.run(() => this.#keys.valueValue(value));
  }

  dataView(value: ItemRef): Uint8Array {
    return this.run(() => this.#keys.valueView(value));
  }

  /** Of big data, which lie in pieces, the first one. Null where no bytes are stored or none can be found. */
  locate(value: ItemRef): { readonly offset: number; readonly length: number } | null {
    return this.run(() => {
      try {
        return this.#keys.valueSegments(value)[0] ?? null;
      } catch (error) {
        if (error instanceof HivexError && error.code === 'InvalidData') return null;
        throw error;
      }
    });
  }

  describe(key: ItemRef): KeyDetail {
    return this.run(() => {
      const hive = this.#keys;
      const { security, parent } = hive.keyRow(key);
      return {
        className: hive.nodeClass(key),
        security: hive.nodeSecurity(key),
        facts: {
          cell: key,
          fileOffset: FIRST_BIN + key,
          parentCell: parent[0]!,
          securityCell: security[0] === 0xffff_ffff ? null : security[0]!,
        },
      };
    });
  }

  protected run<T>(work: () => T): T {
    return translated(this.#from, work);
  }
}
