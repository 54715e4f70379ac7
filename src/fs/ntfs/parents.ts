/**
 * File references carry the sequence number of the record they mean. A row whose parent record was reused since is an
 * orphan; whether it was is known once the parent's record has been seen, which may be later than the row.
 */
import { NODE_COLUMNS, type NodeChunk, NodeFlag } from '../types.ts';
import { NO_PARENT } from './rows.ts';

/** Sequence numbers of the records seen so far. */
export class SequenceTable {
  readonly #sequences: Uint16Array;
  /** Records seen: all below this number. */
  seen = 0;

  constructor(records: number) {
    this.#sequences = new Uint16Array(records);
  }

  add(first: number, sequences: Uint16Array): void {
    this.#sequences.set(sequences, first);
    this.seen = first + sequences.length;
  }

  /** True when `parent` is, as far as sequence numbers tell, the record that was meant. Sequence 0 means any. */
  matches(parent: number, sequence: number): boolean {
    return parent < this.#sequences.length && (sequence === 0 || this.#sequences[parent] === sequence);
  }

  /** True when the record exists but has not been seen yet. */
  isAhead(parent: number): boolean {
    return parent >= this.seen && parent < this.#sequences.length;
  }
}

/** Rows taken out of their chunk until their parents have been seen. */
export interface HeldRows {
  readonly chunk: NodeChunk;
  readonly parentSequence: Uint16Array;
}

/** The rows `index` of a chunk, as a chunk that shares its names. */
function pick(chunk: NodeChunk, index: Uint32Array, names: Uint16Array): NodeChunk {
  const columns = Object.entries(NODE_COLUMNS).map(([column, Type]) => {
    const from = chunk[column as keyof typeof NODE_COLUMNS];
    const to = new Type(index.length);
    for (let i = 0; i < index.length; i++) to[i] = from[index[i]!]!;
    return [column, to];
  });
  return { ...Object.fromEntries(columns), names, count: index.length } as unknown as NodeChunk;
}

/**
 * Marks the orphans of a chunk. Rows whose parents are ahead are split off, unless `table` has seen everything.
 * @returns what can be delivered, and what must wait (null when nothing must)
 */
export function settle(table: SequenceTable, rows: HeldRows): { ready: NodeChunk; held: HeldRows | null } {
  const { chunk, parentSequence } = rows;
  const { parent, flags, count } = chunk;
  const wait = new Uint8Array(count);
  let waiting = 0;
  for (let i = 0; i < count; i++) {
    if (table.isAhead(parent[i]!)) {
      wait[i] = 1;
      waiting++;
    } else if (!table.matches(parent[i]!, parentSequence[i]!)) {
      parent[i] = NO_PARENT;
      flags[i]! |= NodeFlag.orphan;
    }
  }
  if (waiting === 0) return { ready: chunk, held: null };
  const now = new Uint32Array(count - waiting);
  const later = new Uint32Array(waiting);
  for (let i = 0, n = 0, l = 0; i < count; i++) {
    if (wait[i] === 1) later[l++] = i;
    else now[n++] = i;
  }
  return {
    ready: pick(chunk, now, chunk.names),
    held: {
      chunk: pick(chunk, later, chunk.names.slice()),
      parentSequence: Uint16Array.from(later, (i) => parentSequence[i]!),
    },
  };
}
