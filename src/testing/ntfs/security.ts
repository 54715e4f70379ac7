/** $Secure: descriptors by id ($SII) and by hash ($SDH), each stored once in $SDS. */
import type { IndexItem } from './index-tree.ts';
import { securityHash } from './system.ts';

const FIRST_ID = 0x100;
const BLOCK = 256 * 1024;

export class SecurityTable {
  readonly #ids = new Map<string, number>();
  readonly #descriptors: Uint8Array[] = [];

  /** The id of a descriptor, a new one when it is not known. */
  id(descriptor: Uint8Array): number {
    const key = descriptor.join();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = FIRST_ID + this.#descriptors.length;
      this.#ids.set(key, id);
      this.#descriptors.push(descriptor);
    }
    return id;
  }

  /** @throws when the descriptors need more than one block of 256 KiB */
  build(): { sds: Uint8Array; sii: IndexItem[]; sdh: IndexItem[] } {
    const block = new Uint8Array(BLOCK);
    const view = new DataView(block.buffer);
    const found: { hash: number; id: number; header: Uint8Array }[] = [];
    let at = 0;
    this.#descriptors.forEach((descriptor, i) => {
      const length = 20 + descriptor.length;
      if (at + length > BLOCK) throw new Error('too many security descriptors for one block');
      const hash = securityHash(descriptor);
      view.setUint32(at, hash, true);
      view.setUint32(at + 4, FIRST_ID + i, true);
      view.setBigUint64(at + 8, BigInt(at), true);
      view.setUint32(at + 16, length, true);
      block.set(descriptor, at + 20);
      found.push({ hash, id: FIRST_ID + i, header: block.slice(at, at + 20) });
      at += Math.ceil(length / 16) * 16;
    });
    const sds = new Uint8Array(BLOCK + at);
    sds.set(block);
    sds.set(block.subarray(0, at), BLOCK);
    const sii = found.map(({ id, header }) => ({ key: words(id), data: header }));
    const byHash = [...found].sort((a, b) => a.hash - b.hash || a.id - b.id);
    const sdh = byHash.map(({ hash, id, header }) => ({ key: words(hash, id), data: header }));
    return { sds, sii, sdh };
  }
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i]!, true);
  return bytes;
}
