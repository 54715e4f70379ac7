/** Writes System Deployment Images. */

export interface SdiBlob {
  /** `PART`, `DISK`, `WIM`, `BOOT`, `LOAD`. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const PAGE = 4096;

/** The blobs in their order, each on an edge of two pages, as Windows has them. */
export function buildSdi(blobs: readonly SdiBlob[]): Uint8Array {
  const up = (at: number): number => Math.ceil(at / (2 * PAGE)) * 2 * PAGE;
  const places: number[] = [];
  let end = 2 * PAGE;
  for (const { bytes } of blobs) {
    places.push(end);
    end = up(end + bytes.length);
  }
  const image = new Uint8Array(end);
  const view = new DataView(image.buffer);
  const text = (at: number, value: string): void => image.set(new TextEncoder().encode(value), at);
  text(0, '$SDI0001');
  view.setUint32(0x70, 2, true);
  blobs.forEach(({ type, bytes }, i) => {
    const at = 0x400 + i * 64;
    text(at, type);
    view.setBigUint64(at + 16, BigInt(places[i]!), true);
    view.setBigUint64(at + 24, BigInt(bytes.length), true);
    image.set(bytes, places[i]!);
  });
  return image;
}
