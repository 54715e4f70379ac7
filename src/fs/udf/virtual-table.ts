/**
 * The virtual allocation table of write-once discs: where each block of the virtual partition lies now. Its ICB is the
 * last block that was written; an image may go on behind it with what never was.
 */
import { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { orNull, type PhysicalPartition } from './anchor.ts';
import { Tag, tagOf } from './descriptors.ts';
import { type BlockMap, contentOf, readIcb } from './icb.ts';

export const UNUSED = 0xffff_ffff;
const MAX_TABLE = 16 << 20;
/** How far back it is looked for. */
const MAX_LOOK = 64 << 20;
const WINDOW = 65_536;
/** File type 248 since UDF 2.00; before that the table is of type 0 and ends with an identifier and a block. */
const VAT_TYPE = 248;
const OLD_TRAILER = 36;
const OLD_IDENTIFIER = '*UDF Virtual Alloc Tbl';

/** @throws FormatError MissingItem when there is none */
export function readVirtualTable(blocks: BlockMap, { start, length }: PhysicalPartition): Uint32Array {
  const { source, blockSize } = blocks;
  const count = Math.floor((Math.min(source.size, start + length) - start) / blockSize);
  const perWindow = Math.max(1, WINDOW / blockSize);
  const first = Math.max(0, count - Math.ceil(MAX_LOOK / blockSize));
  for (let end = count; end > first; end -= perWindow) {
    const from = Math.max(first, end - perWindow);
    const window = orNull(() => readBytes(source, start + from * blockSize, (end - from) * blockSize));
    for (let block = end - 1; window !== null && block >= from; block--) {
      const at = (block - from) * blockSize;
      const tag = tagOf(new Bytes(window.subarray(at, at + blockSize), source.name));
      if (tag !== Tag.fileEntry && tag !== Tag.extendedFileEntry) continue;
      const table = orNull(() => tableAt(blocks, start + block * blockSize));
      if (table !== null) return table;
    }
  }
  return failAt('MissingItem', source, source.size, 'a virtual allocation table', 'none');
}

function tableAt(blocks: BlockMap, offset: number): Uint32Array | null {
  const icb = readIcb(blocks.source, offset, blocks.blockSize);
  if ((icb.fileType !== VAT_TYPE && icb.fileType !== 0) || icb.size > MAX_TABLE) return null;
  const content = new Bytes(readBytes(contentOf(blocks, icb, 'virtual allocation table'), 0, icb.size), 'table');
  let [from, to] = [0, content.length];
  if (icb.fileType === VAT_TYPE) from = content.u16(0);
  else {
    to -= OLD_TRAILER;
    if (to < 0 || !content.ascii(to + 1, 23).startsWith(OLD_IDENTIFIER)) return null;
  }
  return Uint32Array.from({ length: Math.max(0, Math.floor((to - from) / 4)) }, (_, i) => content.u32(from + i * 4));
}
