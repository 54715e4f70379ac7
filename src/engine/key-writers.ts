/** Writers of files of keys: text formats as the keys come, a new hive when all have come. */
import { type ExportKey, type ExportValue, createWriter as textWriter } from '../content/registry-export.ts';
import { type FlatKey, writeNewHive } from '../hive/regf/write.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { RegistryFormat } from './api.ts';

export const FORMATS: readonly RegistryFormat[] = ['reg', 'json', 'csv', 'hive'];

/** A key with all that a new hive needs of it. */
export interface WholeKey extends ExportKey {
  /** Levels below the key that was asked for. */
  readonly depth: number;
  readonly name: string;
  /** FILETIME. */
  readonly lastWriteTime: bigint;
  /** Self-relative descriptor; null when it was not asked for or there is none. */
  readonly security: Uint8Array | null;
  /** A REG_LINK key. */
  readonly link: boolean;
  readonly layerKind: number;
  readonly inheritClass: boolean;
}

export interface KeyWriter {
  key(key: WholeKey): void;
  /** A value of the last key. */
  value(value: ExportValue): void;
  end(): void;
  /** What could not be written: names that the format cannot hold, values whose data cannot be read. */
  readonly left: number;
}

export function createWriter(format: RegistryFormat, emit: (bytes: Uint8Array) => void): KeyWriter {
  return format === 'hive' ? new HiveWriter(emit) : textWriter(format, emit);
}

class HiveWriter implements KeyWriter {
  left = 0;
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #keys: FlatKey[] = [];
  #values: FlatKey['values'][number][] = [];
  #layered = false;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  key({ depth, name, className, lastWriteTime, security, link, layerKind, inheritClass }: WholeKey): void {
    this.#values = [];
    if (layerKind !== 0 || inheritClass) this.#layered = true;
    this.#keys.push({
      depth,
      name: name === '' ? 'ROOT' : name,
      className,
      lastWrite: lastWriteTime,
      security,
      symlink: link,
      layerKind,
      inheritClass,
      values: this.#values,
    });
  }

  value({ name, type, data, deleted }: ExportValue): void {
    if (deleted) this.#layered = true;
    if (data === null && !deleted) this.left++;
    else this.#values.push({ name, type, ...(deleted ? { tombstone: true } : { data: data!.slice() }) });
  }

  end(): void {
    const upcase = windowsUpcase();
    const fileName = this.#keys[0]?.name ?? '';
    for (const part of writeNewHive(this.#keys, { fileName, layered: this.#layered, upcase })) this.#emit(part);
  }
}
