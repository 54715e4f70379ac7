/** Name of a case table: SHA-256 of its 131,072 bytes as NTFS stores them. */
import { hex } from '../base/guid.ts';
import type { Sha256 } from './merkle.ts';

export async function upcaseHash(table: Uint16Array, sha256: Sha256): Promise<string> {
  const bytes = new Uint8Array(table.length * 2);
  for (let i = 0; i < table.length; i++) {
    bytes[i * 2] = table[i]! & 0xff;
    bytes[i * 2 + 1] = table[i]! >>> 8;
  }
  return hex(await sha256(bytes));
}
