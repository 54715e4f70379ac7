/** Hives with traces: one with deleted keys in its free cells, and a dirty one with the log that it waits for. */
import { buildHive, dword, type KeySpec, sz } from './hive-builder.ts';
import { setChecksum } from './hive-checksum.ts';
import { newLog } from './hive-log-builder.ts';

/** A hive whose only key `Gone` has been deleted, with its value `text`: every cell but the root's is free. */
export function hiveWithDeleted(fileName = ''): Uint8Array {
  const keys: KeySpec[] = [{ name: 'Gone', values: [{ name: 'text', type: 1, data: sz('still there') }] }];
  const bytes = buildHive({ name: 'ROOT', keys }, { minor: 5, fileName });
  const cells = new DataView(bytes.buffer, bytes.byteOffset + 4096);
  // the root's list is empty
  cells.setUint32(36 + 20, 0, true);
  for (let at = 32 - cells.getInt32(32, true); at < 4096; at += Math.abs(cells.getInt32(at, true)))
    cells.setInt32(at, Math.abs(cells.getInt32(at, true)), true);
  return bytes;
}

const state = (n: number, names: readonly string[], fileName: string) => {
  const keys: KeySpec[] = names.map((name) => ({ name, values: [{ name: 'n', type: 4, data: dword(n) }] }));
  return buildHive({ name: 'ROOT', keys }, { minor: 5, sequence1: n, sequence2: n, fileName });
};

/** A hive that was not closed, with the keys `a` and `b`; its log changes `a`, removes `b` and adds `c`. */
export function dirtyHive(fileName = ''): { readonly hive: Uint8Array; readonly log: Uint8Array } {
  const hive = state(1, ['a', 'b'], fileName);
  new DataView(hive.buffer, hive.byteOffset).setUint32(4, 2, true);
  setChecksum(hive);
  return { hive, log: newLog([hive, state(2, ['a', 'c'], fileName)], 1) };
}
