/** Writes VDI files: dynamic, fixed, and the shell of a differencing one. */
import type { DiskWrite } from './vhd-builder.ts';

export interface VdiSpec {
  readonly kind: 'dynamic' | 'fixed' | 'differencing';
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** 1 MiB when absent. */
  readonly blockSize?: number;
  readonly blockExtra?: number;
  /** Stores the blocks in reverse order. */
  readonly scatter?: boolean;
  /** Blocks marked as zeros instead of free. */
  readonly zeroBlocks?: readonly number[];
}

const TYPES = { dynamic: 1, fixed: 2, differencing: 4 };

export const VDI_MAP = 512;

export function buildVdi(spec: VdiSpec): Uint8Array {
  const { blockSize = 1 << 20, blockExtra = 0, size } = spec;
  const blocks = Math.ceil(size / blockSize);
  const disk = new Uint8Array(blocks * blockSize);
  const used = new Set<number>();
  for (const { offset, bytes } of spec.write ?? []) {
    disk.set(bytes, offset);
    for (let block = Math.floor(offset / blockSize); block * blockSize < offset + bytes.length; block++)
      used.add(block);
  }
  const stored = Array.from({ length: blocks }, (_, block) => block).filter(
    (b) => spec.kind === 'fixed' || used.has(b),
  );
  if (spec.scatter === true) stored.reverse();
  const dataAt = VDI_MAP + Math.ceil((blocks * 4) / 512) * 512;
  const image = new Uint8Array(dataAt + stored.length * (blockSize + blockExtra));
  const view = new DataView(image.buffer);
  const text = '<<< Oracle VM VirtualBox Disk Image >>>\n';
  for (let i = 0; i < text.length; i++) image[i] = text.charCodeAt(i);
  const fields: [number, number][] = [
    [64, 0xbeda107f],
    [68, 0x1_0001],
    [72, 400],
    [76, TYPES[spec.kind]],
    [340, VDI_MAP],
    [344, dataAt],
    [360, 512],
    [368, size],
    [376, blockSize],
    [380, blockExtra],
    [384, blocks],
    [388, stored.length],
  ];
  for (const [at, value] of fields) view.setUint32(at, value, true);
  for (let i = 0; i < 32; i++) image[392 + i] = i + 1;
  if (spec.kind === 'differencing') image.fill(0xab, 424, 456);
  image.fill(0xff, VDI_MAP, VDI_MAP + blocks * 4);
  for (const block of spec.zeroBlocks ?? []) view.setUint32(VDI_MAP + block * 4, 0xffff_fffe, true);
  stored.forEach((block, i) => {
    view.setUint32(VDI_MAP + block * 4, i, true);
    const at = dataAt + i * (blockSize + blockExtra);
    image.fill(0xee, at, at + blockExtra);
    image.set(disk.subarray(block * blockSize, (block + 1) * blockSize), at + blockExtra);
  });
  return image;
}
