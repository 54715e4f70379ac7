/** Classes and security descriptors of the keys of a hive, which its columns do not hold: asked for in batches, each once. */
import { hex } from '../../base/guid.ts';
import { KeyFlag } from '../../hive/types.ts';
import type { MountedHive } from '../../layer/types.ts';
import type { ImageApi } from '../api-image.ts';

/** Keys that are asked for in one message. */
const BATCH = 2000;
const NONE = 0xffff_ffff;

export interface KeyFacts {
  /** Class of a key row, null when it has none or it cannot be read. */
  className(row: number): string | null;
  /** Descriptor of a key row as text that is equal for equal bytes. */
  security(row: number): string | null;
}

/** @param pause waits between batches; it throws when nobody wants the answer any more */
export async function keyFacts(api: ImageApi, hive: MountedHive, pause: () => Promise<void>): Promise<KeyFacts> {
  const { count, flags, security, ref } = hive.table.data;
  const classes = new Map<number, string | null>();
  const cells = new Map<number, string | null>();
  const wanted: number[] = [];
  for (let row = 0; row < count; row++) {
    // keys share their descriptors: one key stands for each cell
    const first = security[row] !== NONE && !cells.has(security[row]!);
    if (first) cells.set(security[row]!, null);
    if (first || (flags[row]! & KeyFlag.hasClass) !== 0) wanted.push(row);
  }
  for (let from = 0; from < wanted.length; from += BATCH) {
    const rows = wanted.slice(from, from + BATCH);
    const answers = await api.hiveDescribeAll(
      hive.key,
      rows.map((row) => ref[row]!),
    );
    rows.forEach((row, i) => {
      const answer = answers[i] ?? null;
      if ((flags[row]! & KeyFlag.hasClass) !== 0) classes.set(row, answer?.className ?? null);
      if (answer?.security != null && cells.get(security[row]!) === null)
        cells.set(security[row]!, hex(answer.security));
    });
    await pause();
  }
  return { className: (row) => classes.get(row) ?? null, security: (row) => cells.get(security[row]!) ?? null };
}
