/** The checksum of a base block, for tests that change one. */
import { baseChecksum } from '../../wasm/hivex/src/log.ts';

/** Sets the checksum of a base block: XOR of its first 127 words, 0 and -1 avoided. */
export function setChecksum(hive: Uint8Array): void {
  const view = new DataView(hive.buffer, hive.byteOffset, hive.byteLength);
  view.setUint32(508, baseChecksum(view), true);
}
