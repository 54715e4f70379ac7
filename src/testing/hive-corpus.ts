/** The registry hives and transaction logs among the real files. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';

/** Files that begin with a base block, hives and logs, relative to the corpus `base`. */
export function regfFiles(base: string | null): string[] {
  if (base === null) return [];
  const head = Buffer.alloc(4);
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      const fd = openSync(file, 'r');
      const length = readSync(fd, head, 0, 4, 0);
      closeSync(fd);
      return length === 4 && head.toString('latin1') === 'regf';
    })
    .map((file) => path.relative(base, file))
    .sort();
}

/** Hives that were damaged on purpose: no tool is an oracle for what is left of them. */
export const SPOILED =
  /BadListHive|TruncatedHive|corrupt_sub_key_list|01_Key_node_Security|10_CmpKeySecurity|TruncatedPairHive|TwoOwners/;
