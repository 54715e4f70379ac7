/** Parts of the merged registry as files, pulled piece by piece: whoever stops pulling has cancelled. */

import { fail } from '../../base/errors.ts';
import { joinBytes } from '../../base/join-bytes.ts';
import type { ExportBegun, ExportPiece, RegistryFormat } from '../api.ts';
import { createWriter, type KeyWriter } from '../key-writers.ts';
import { type PulledKey, pullKeys } from './pull.ts';
import type { Reading } from './reading.ts';

/** Files that are being written at once; the oldest is given up for a new one. */
const MAX_RUNNING = 4;

interface Running {
  readonly keys: AsyncGenerator<PulledKey[]>;
  readonly writer: KeyWriter;
  readonly parts: Uint8Array[];
  count: number;
}

export class Exports {
  readonly #view: Reading;
  readonly #running = new Map<number, Running>();
  #next = 1;

  constructor(view: Reading) {
    this.#view = view;
  }

  begin(node: number, format: RegistryFormat, deep: boolean): ExportBegun {
    const { derived, merged } = this.#view;
    const count = merged.layers.length === 0 ? 0 : merged.registry.union.count;
    const main = derived.main(node);
    if (!(Number.isInteger(main) && main >= 0 && main < count))
      fail('MissingItem', 'workspace', null, 'a key that is still there', node);
    const parts: Uint8Array[] = [];
    const keys = pullKeys(this.#view, node, { deep, security: format === 'hive' });
    const id = this.#next++;
    this.#running.set(id, { keys, writer: createWriter(format, (bytes) => parts.push(bytes)), parts, count: 0 });
    for (const old of this.#running.keys()) {
      if (this.#running.size <= MAX_RUNNING) break;
      this.end(old);
    }
    return { id, name: `${fileName(derived.name(node))}.${format === 'hive' ? 'hiv' : format}` };
  }

  async next(id: number): Promise<ExportPiece> {
    const running = this.#running.get(id);
    if (running === undefined)
      return fail('MissingItem', 'workspace', null, 'a file that is being written', `number ${id}`);
    const { keys, writer, parts } = running;
    const { value, done } = await keys.next().catch((error: unknown) => {
      // its generator is over: one more pull would look like the end of the file
      this.end(id);
      throw error;
    });
    for (const key of value ?? []) {
      writer.key(key);
      for (const item of key.values) writer.value(item);
    }
    running.count += value?.length ?? 0;
    if (done === true) {
      writer.end();
      this.#running.delete(id);
    }
    return { bytes: joinBytes(parts.splice(0)), keys: running.count, left: writer.left, finished: done === true };
  }

  end(id: number): void {
    this.#running.delete(id);
  }
}

/** A key's name as that of a file: what no file system takes becomes `_`. */
export function fileName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const safe = name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, '_').replace(/[. ]+$/, '');
  return safe.slice(0, 100) || 'registry';
}
