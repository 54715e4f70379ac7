/** Telling a plan by its first bytes; apart from `file.ts`, so that opening an image does not load what reads plans. */

/** First entry of a plan's ZIP. */
export const MANIFEST = 'plan.json';

/** True when bytes may be a plan: for `probe`, from the first bytes of a file. */
export function looksLikePlan(head: Uint8Array): boolean {
  const name = new TextDecoder().decode(head.subarray(30, 30 + MANIFEST.length));
  return (
    head.length >= 40 && head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4 && name === MANIFEST
  );
}
