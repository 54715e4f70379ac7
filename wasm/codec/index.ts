/** Kernel of the chunk codecs. Windows: see memory.ts; statuses: see abi.ts; the skins are in src/codec. */
import { initCopy } from './copy';
import { initLzmsSlots } from './lzms-codes';
import { initLzx } from './lzx';
import { INPUT, layOut, OUTPUT, WINDOW_BYTES } from './memory';

export {
  inflate,
  inflateBitCount,
  inflateBitValue,
  inflatedBytes,
  inflateFresh,
  inflateFreshBytes,
  inflateRestart,
  inflateRun,
  inflateUsed,
} from './inflate';
export { lzmsInput, lzmsOutput, lzmsReserve, lzmsStart, lzmsStep, lzmsWant } from './lzms';
export { lzxDecode } from './lzx';
export { xpressDecode } from './xpress';

layOut();
initCopy();
initLzx();
initLzmsSlots();

/** Address of the window for the compressed chunk. */
export function inputWindow(): usize {
  return INPUT;
}

/** Address of the window the decoded chunk is in. */
export function outputWindow(): usize {
  return OUTPUT;
}

/** Size of either window in bytes. */
export function windowBytes(): u32 {
  return WINDOW_BYTES;
}
