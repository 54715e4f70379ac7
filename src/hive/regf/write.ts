/** New hive files of keys that come in a row, parents before their children, as listings and the merged registry give them. */
import { HivexError, type KeyInput, type ValueInput, writeHive } from 'hivex-wasm';
import { FormatError } from '../../base/errors.ts';

export interface FlatKey {
  /** Levels below the root of the new hive; the first key stands at 0, or at 1 below a root without values. */
  readonly depth: number;
  readonly name: string;
  readonly className: string | null;
  /** FILETIME. */
  readonly lastWrite: bigint;
  /** Self-relative descriptor, null for a plain one. */
  readonly security: Uint8Array | null;
  readonly symlink: boolean;
  readonly layerKind: number;
  readonly inheritClass: boolean;
  readonly values: readonly ValueInput[];
}

export interface NewHive {
  /** Path that the base block keeps the end of. */
  readonly fileName: string;
  /** Layer kinds and tombstones have their meaning (regf 1.6). */
  readonly layered: boolean;
  /** Fold table of the registry. */
  readonly upcase: Uint16Array;
}

/** The file in pieces. @throws FormatError for names and sizes that a hive cannot hold */
export function writeNewHive(keys: readonly FlatKey[], { fileName, layered, upcase }: NewHive): Uint8Array[] {
  let next = 0;
  // the writer asks for all that is below a key before it asks for the key behind it: one place in the row is enough
  function* below(depth: number): Generator<KeyInput> {
    for (let key = keys[next]; key !== undefined && key.depth === depth; key = keys[next]) {
      next++;
      yield input(key);
    }
  }
  const input = ({ className, depth, values, ...key }: FlatKey): KeyInput => ({
    ...key,
    class: className,
    values,
    keys: below(depth + 1),
  });
  const first = keys[0];
  try {
    let root: KeyInput;
    if (first?.depth === 0) {
      next = 1;
      root = input(first);
    } else root = { name: 'ROOT', ...(first === undefined ? {} : { lastWrite: first.lastWrite }), keys: below(1) };
    return writeHive(root, { fileName, layered, upcase, lastWrite: first?.lastWrite ?? 0n });
  } catch (error) {
    if (!(error instanceof HivexError)) throw error;
    const { code, expected, actual } = error;
    throw new FormatError({ code, where: { source: 'new hive', offset: null }, expected, actual }, { cause: error });
  }
}
