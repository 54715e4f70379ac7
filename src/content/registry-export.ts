/**
 * A part of the registry as a file: .reg, JSON or CSV. The writer is told keys and their values in order and hands out bytes
 * as they are made, so that a registry of any size goes through.
 */
import { hex } from '../base/guid.ts';
import { RegFileWriter } from './reg-file.ts';
import { valueText, valueTypeName } from './registry-value.ts';

export type ExportFormat = 'reg' | 'json' | 'csv';

export interface ExportKey {
  /** With the full name of the root: `HKEY_LOCAL_MACHINE\...`. */
  readonly path: string;
  readonly lastWrite: string | null;
  readonly className: string | null;
  /** A tombstone of a layered hive. */
  readonly deleted: boolean;
}

export interface ExportValue {
  /** Empty for (Default). */
  readonly name: string;
  readonly type: number;
  /** Null when they cannot be read: the value is left out of .reg and told without data elsewhere. */
  readonly data: Uint8Array | null;
  /** A tombstone of a layered hive. */
  readonly deleted: boolean;
}

export interface RegistryWriter {
  key(key: ExportKey): void;
  /** A value of the last key. */
  value(value: ExportValue): void;
  end(): void;
  /** What could not be written: names that the format cannot hold, values whose data cannot be read. */
  readonly left: number;
}

export function createWriter(format: ExportFormat, emit: (bytes: Uint8Array) => void): RegistryWriter {
  if (format === 'reg') return new RegWriter(emit);
  return format === 'json' ? new JsonWriter(emit) : new CsvWriter(emit);
}

class RegWriter implements RegistryWriter {
  readonly #file: RegFileWriter;
  #unread = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#file = new RegFileWriter(emit);
  }
  get left(): number {
    return this.#file.left + this.#unread;
  }
  key({ path, deleted }: ExportKey): void {
    this.#file.key(path, deleted);
  }
  value({ name, type, data, deleted }: ExportValue): void {
    if (deleted) this.#file.value(name, type, null);
    else if (data === null) this.#unread++;
    else this.#file.value(name, type, data);
  }
  end(): void {
    this.#file.end();
  }
}

const FLUSH_AT = 1 << 16;

/** UTF-8 text in pieces. */
abstract class TextWriter {
  left = 0;
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #encoder = new TextEncoder();
  #text = '';

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }
  protected put(text: string): void {
    this.#text += text;
    if (this.#text.length >= FLUSH_AT) this.flush();
  }
  protected flush(): void {
    if (this.#text !== '') this.#emit(this.#encoder.encode(this.#text));
    this.#text = '';
  }
}

/**
 * One document: `{"format":"registry","version":1,"keys":[{"key":...,"lastWrite":...,"class":...,"values":[{"name":...,"type":...,
 * "typeCode":...,"size":...,"data":"<hex>","text":...}]}]}`, a key a line. Lone surrogates are \uXXXX.
 */
class JsonWriter extends TextWriter implements RegistryWriter {
  #keys = 0;
  #values = 0;

  #close(): void {
    if (this.#keys > 0) this.put(']}');
  }
  key({ path, lastWrite, className, deleted }: ExportKey): void {
    this.#close();
    this.put(this.#keys++ === 0 ? '{"format":"registry","version":1,"keys":[\n' : ',\n');
    const head = JSON.stringify({ key: path, lastWrite, class: className, ...(deleted ? { deleted } : {}) });
    this.put(`${head.slice(0, -1)},"values":[`);
    this.#values = 0;
  }
  value({ name, type, data, deleted }: ExportValue): void {
    if (data === null && !deleted) this.left++;
    this.put(this.#values++ === 0 ? '' : ',');
    this.put(
      JSON.stringify({
        name,
        type: valueTypeName(type),
        typeCode: type,
        size: data?.length ?? null,
        data: data === null ? null : hex(data),
        text: data === null ? null : valueText(type, data),
        ...(deleted ? { deleted } : {}),
      }),
    );
  }
  end(): void {
    this.#close();
    this.put(this.#keys === 0 ? '{"format":"registry","version":1,"keys":[]}\n' : '\n]}\n');
    this.flush();
  }
}

const COLUMNS = ['key', 'name', 'type', 'size', 'text', 'data', 'lastWrite'];

/**
 * RFC 4180 with a byte order mark, as spreadsheets want it. A line a value with the key's last write; a key without values has
 * a line without a type. The name of (Default) is empty.
 */
class CsvWriter extends TextWriter implements RegistryWriter {
  #key: ExportKey | null = null;
  #values = 0;
  #begun = false;

  #row(...cells: readonly (string | number | null)[]): void {
    this.put(`${cells.map(cell).join(',')}\r\n`);
  }
  #close(): void {
    if (!this.#begun) this.put(`\ufeff${COLUMNS.join(',')}\r\n`);
    this.#begun = true;
    if (this.#key !== null && this.#values === 0) this.#row(this.#key.path, '', '', '', '', '', this.#key.lastWrite);
  }
  key(key: ExportKey): void {
    this.#close();
    this.#key = key;
    this.#values = 0;
  }
  value({ name, type, data, deleted }: ExportValue): void {
    this.#values++;
    if (data === null && !deleted) this.left++;
    const text = deleted ? '(deleted)' : data === null ? '' : valueText(type, data);
    const bytes = data === null ? '' : hex(data);
    this.#row(
      this.#key?.path ?? '',
      name,
      valueTypeName(type),
      data?.length ?? '',
      text,
      bytes,
      this.#key?.lastWrite ?? '',
    );
  }
  end(): void {
    this.#close();
    this.flush();
  }
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function cell(value: string | number | null): string {
  const text = `${value ?? ''}`.replace(LONE, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
