/**
 * $I30 and the other B-trees: $INDEX_ROOT (resident) holds the top node, $INDEX_ALLOCATION the blocks below.
 *
 *     $INDEX_ROOT       00 AttributeType  04 CollationRule  08 BytesPerIndexBuffer  0C ClustersPerBuffer  10 node header
 *     INDX block        00 'INDX' 04 Usa  08 Lsn  10 Vcn                                                 18 node header
 *     node header       00 FirstEntry (from here)  04 FirstFreeByte  08 BytesAvailable  0C Flags (1: has children)
 *     entry             00 FileReference  08 Length  0A KeyLength  0C Flags (1: child VCN in the last 8 bytes, 2: last)
 *
 * Child VCNs count clusters, or 512-byte units where a cluster is larger than a block. In order: child, then entry.
 */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { applyFixUps } from './fix-up.ts';

export interface IndexEntry {
  readonly reference: bigint;
  readonly key: Bytes;
}

interface Entry extends IndexEntry {
  readonly child: number | null;
  readonly last: boolean;
}

const INDEX_ENTRY_NODE = 1;
const INDEX_ENTRY_END = 2;
const INDX_SIGNATURE = 0x5844_4e49;
const NODE_HEADER = 16;
const BLOCK_HEADER = 24;
const MAX_BLOCK = 1 << 20;
/** Nodes from the root to a leaf: real trees have four or five; the walk keeps one position a level. */
const MAX_LEVELS = 64;

/** Entries of one node whose header stands at `at`. @throws FormatError */
function parseNode(bytes: Bytes, at: number): Entry[] {
  const entries: Entry[] = [];
  const end = at + bytes.u32(at + 4);
  if (end > bytes.length)
    fail('InvalidLength', bytes.source, bytes.base + at + 4, `at most ${bytes.length - at} bytes of entries`, end - at);
  for (let entry = at + bytes.u32(at); end - entry >= 16; ) {
    const length = bytes.u16(entry + 8);
    const flags = bytes.u16(entry + 12);
    const keyLength = bytes.u16(entry + 10);
    const tail = (flags & INDEX_ENTRY_NODE) !== 0 ? 8 : 0;
    if (length < 16 + tail || length > end - entry)
      fail(
        'InvalidLength',
        bytes.source,
        bytes.base + entry + 8,
        `an index entry of up to ${end - entry} bytes`,
        length,
      );
    const last = (flags & INDEX_ENTRY_END) !== 0;
    if (!last && keyLength > length - 16 - tail)
      fail(
        'InvalidLength',
        bytes.source,
        bytes.base + entry + 10,
        `a key of up to ${length - 16 - tail} bytes`,
        keyLength,
      );
    entries.push({
      reference: bytes.u64(entry),
      key: bytes.sub(entry + 16, last ? 0 : keyLength),
      child: tail > 0 ? bytes.size64(entry + length - 8, 'VCN of an index block') : null,
      last,
    });
    if (last) break;
    entry += length;
  }
  return entries;
}

function parseBlock(source: ByteSource, offset: number, size: number): Entry[] {
  if (!(offset <= source.size - size)) {
    const where = place(source, 0);
    fail('InvalidReference', where.source, where.offset, `an index block below ${source.size}`, offset);
  }
  const bytes = readView(source, offset, size);
  if (bytes.u32(0) !== INDX_SIGNATURE)
    fail('InvalidSignature', bytes.source, bytes.base, 'an INDX block', JSON.stringify(bytes.ascii(0, 4)));
  applyFixUps(bytes);
  return parseNode(bytes, BLOCK_HEADER);
}

/**
 * Walks an index in key order.
 * @param allocation the index's $INDEX_ALLOCATION, null when it has none
 * @throws FormatError UnexpectedLoop when a block is reached twice, and what damage of a node is
 */
export function* walkIndex(root: Bytes, allocation: ByteSource | null, clusterSize: number): Generator<IndexEntry> {
  const blockSize = root.u32(8);
  if (allocation !== null && !(blockSize >= 512 && blockSize <= MAX_BLOCK && blockSize % 512 === 0))
    fail('InvalidHeader', root.source, root.base + 8, 'index blocks of 512 bytes to 1 MiB', blockSize);
  const unit = blockSize < clusterSize ? 512 : clusterSize;
  const visited = new Set<number>();
  const stack = [{ entries: parseNode(root, NODE_HEADER), next: 0, down: true }];
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    const entry = node.entries[node.next];
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    if (node.down && entry.child !== null) {
      node.down = false;
      const where = { source: root.source, offset: entry.key.base };
      if (allocation === null) fail('MissingData', where.source, where.offset, '$INDEX_ALLOCATION', 'none');
      if (visited.has(entry.child) || stack.length >= MAX_LEVELS)
        fail('UnexpectedLoop', where.source, where.offset, 'each index block once', `block ${entry.child} again`);
      visited.add(entry.child);
      stack.push({ entries: parseBlock(allocation, entry.child * unit, blockSize), next: 0, down: true });
      continue;
    }
    node.next++;
    node.down = true;
    if (!entry.last) yield entry;
  }
}
