/** Writes VDI files: dynamic, fixed, differencing and undo. */
import { guidLeBytes } from '../base/guid.ts';
import type { DiskWrite } from './vhd-builder.ts';

export interface VdiSpec {
  readonly kind: 'dynamic' | 'fixed' | 'differencing' | 'undo';
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** 1 MiB when absent. */
  readonly blockSize?: number;
  readonly blockExtra?: number;
  /** Stores the blocks in reverse order. */
  readonly scatter?: boolean;
  /** Blocks marked as zeros instead of free. */
  readonly zeroBlocks?: readonly number[];
  readonly uuid?: string;
  readonly modification?: string;
  /** What is not written is the parent's, block by block; ids of AB bytes when absent on a disk that has a parent. */
  readonly parent?: { readonly uuid: string; readonly modification?: string };
}

const TYPES = { dynamic: 1, fixed: 2, undo: 3, differencing: 4 };
const ANY_PARENT = 'abababab-abab-abab-abab-abababababab';

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
  image.set(guidLeBytes(spec.uuid ?? '04030201-0605-0807-090a-0b0c0d0e0f10'), 392);
  image.set(guidLeBytes(spec.modification ?? '14131211-1615-1817-191a-1b1c1d1e1f20'), 408);
  if (spec.kind === 'differencing' || spec.kind === 'undo') {
    const { uuid, modification } = spec.parent ?? { uuid: ANY_PARENT, modification: ANY_PARENT };
    image.set(guidLeBytes(uuid), 424);
    if (modification !== undefined) image.set(guidLeBytes(modification), 440);
  }
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
