/** Sources one after the other as one: parts of a split file, extents of a disk. */
import { type Run, RunListSource, storedRun } from './run-list.ts';
import type { ByteSource } from './types.ts';

/** The concatenation of `sources` in order; empty ones vanish. */
export function chain(name: string, sources: readonly ByteSource[]): ByteSource {
  const runs: Run[] = [];
  let size = 0;
  for (const source of sources) {
    if (source.size > 0) runs.push(storedRun(size, source.size, source, 0));
    size += source.size;
  }
  return new RunListSource(name, size, runs);
}
