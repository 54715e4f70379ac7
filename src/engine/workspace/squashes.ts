/** Archives of squashed layers, pulled piece by piece: whoever stops pulling has cancelled. One at a time. */
import { fail } from '../../base/errors.ts';
import { joinBytes } from '../../base/join-bytes.ts';
import type { SquashPiece } from '../api-squash.ts';
import { squashLayers } from '../squash/of-workspace.ts';
import type { SquashArchive } from '../squash/squash.ts';
import { fileName } from './exports.ts';
import type { Reading } from './reading.ts';

/** Small entries go out together. */
const PIECE = 4 << 20;

export class Squashes {
  readonly #view: Reading;
  readonly #module: WebAssembly.Module;
  #running: { readonly id: number; readonly archive: SquashArchive } | null = null;
  #next = 1;

  constructor(view: Reading, module: WebAssembly.Module) {
    this.#view = view;
    this.#module = module;
  }

  begin(layer: string): { id: number; name: string } {
    const archive = squashLayers(this.#view, layer, this.#module);
    const id = this.#next++;
    this.#running = { id, archive };
    const records = this.#view.layerRecords;
    const at = records.findIndex((record) => record.id === layer);
    return { id, name: `${fileName(`${records[at]!.name} + ${records[at - 1]!.name}`)}.tar` };
  }

  async next(id: number): Promise<SquashPiece> {
    const running = this.#running;
    if (running?.id !== id)
      return fail('MissingItem', 'workspace', null, 'an archive that is being written', `number ${id}`);
    const { pieces, report } = running.archive;
    const parts: Uint8Array[] = [];
    let finished = false;
    try {
      for (let size = 0; size < PIECE && !finished; ) {
        const { value, done } = await pieces.next();
        finished = done === true;
        if (value === undefined) continue;
        parts.push(value);
        size += value.length;
      }
    } catch (error) {
      this.end(id);
      throw error;
    }
    if (finished) this.end(id);
    return { bytes: joinBytes(parts), finished, report: finished ? report() : null };
  }

  end(id: number): void {
    if (this.#running?.id === id) this.#running = null;
  }
}
