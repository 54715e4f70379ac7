/**
 * What the bytes of files are, for all rows of a listing. Descriptors that continue in other blocks are followed for it: of
 * each file once, however many names it has, and of all files together no further than real volumes go.
 */
import { FormatError } from '../../base/errors.ts';
import { ByteState } from '../types.ts';
import { type BlockMap, contentOf, type Icb } from './icb.ts';

/** Blocks of further descriptors, each with room for hundreds: a volume of which every file is in a thousand pieces. */
const CONTINUATIONS = 65_536;
/** Files whose state is kept: names of one file stand near each other or are few. */
const KEPT = 65_536;

export interface FileState {
  readonly state: ByteState;
  /** Why the descriptors lead nowhere; null when they could be followed. */
  readonly error: FormatError | null;
}

export class FileStates {
  readonly #blocks: BlockMap;
  readonly #known = new Map<number, FileState>();
  readonly #follow = { left: CONTINUATIONS };

  constructor(blocks: BlockMap) {
    this.#blocks = blocks;
  }

  of(icb: Icb): FileState {
    const hit = this.#known.get(icb.offset);
    if (hit !== undefined) return hit;
    if (this.#known.size >= KEPT) this.#known.clear();
    const found = this.#look(icb);
    this.#known.set(icb.offset, found);
    return found;
  }

  #look(icb: Icb): FileState {
    try {
      let sparse = false;
      for (const { kind } of contentOf(this.#blocks, icb, 'file', this.#follow).extents(0, icb.size)) {
        if (kind === 'missing') return { state: ByteState.damaged, error: null };
        sparse ||= kind === 'zero';
      }
      return { state: sparse ? ByteState.sparse : ByteState.complete, error: null };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { state: ByteState.damaged, error };
    }
  }
}
