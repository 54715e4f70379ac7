/** Sinks that keep what a scan step delivers until it is taken away, and the lists of buffers to transfer. */
import type { Finding } from '../base/findings.ts';
import { NODE_COLUMNS, type NodeChunk, type TreeSink } from '../fs/types.ts';
import { KEY_COLUMNS, type KeyChunk, type KeySink, VALUE_COLUMNS, type ValueChunk } from '../hive/types.ts';

export class NodeCollector implements TreeSink {
  #chunks: NodeChunk[] = [];
  #findings: Finding[] = [];

  push(chunk: NodeChunk): void {
    this.#chunks.push(chunk);
  }
  finding(finding: Finding): void {
    this.#findings.push(finding);
  }
  take(): { chunks: NodeChunk[]; findings: Finding[] } {
    const taken = { chunks: this.#chunks, findings: this.#findings };
    this.#chunks = [];
    this.#findings = [];
    return taken;
  }
}

export class KeyCollector implements KeySink {
  #keys: KeyChunk[] = [];
  #values: ValueChunk[] = [];
  #findings: Finding[] = [];

  keys(chunk: KeyChunk): void {
    this.#keys.push(chunk);
  }
  values(chunk: ValueChunk): void {
    this.#values.push(chunk);
  }
  finding(finding: Finding): void {
    this.#findings.push(finding);
  }
  take(): { keys: KeyChunk[]; values: ValueChunk[]; findings: Finding[] } {
    const taken = { keys: this.#keys, values: this.#values, findings: this.#findings };
    this.#keys = [];
    this.#values = [];
    this.#findings = [];
    return taken;
  }
}

function buffersOf<C extends { readonly names: Uint16Array }>(chunk: C, columns: readonly string[]): ArrayBuffer[] {
  const record = chunk as unknown as Record<string, ArrayBufferView<ArrayBuffer>>;
  return [...columns, 'names'].map((name) => record[name]!.buffer);
}

/** Every buffer of the chunks once, for the transfer list of a message. */
export function transferables(chunks: {
  nodes?: readonly NodeChunk[];
  keys?: readonly KeyChunk[];
  values?: readonly ValueChunk[];
}): ArrayBuffer[] {
  const all = new Set<ArrayBuffer>();
  const add = (list: ArrayBuffer[]) => {
    for (const buffer of list) all.add(buffer);
  };
  for (const chunk of chunks.nodes ?? []) add(buffersOf(chunk, Object.keys(NODE_COLUMNS)));
  for (const chunk of chunks.keys ?? []) add(buffersOf(chunk, Object.keys(KEY_COLUMNS)));
  for (const chunk of chunks.values ?? []) add(buffersOf(chunk, Object.keys(VALUE_COLUMNS)));
  return [...all];
}
