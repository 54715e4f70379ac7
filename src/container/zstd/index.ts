/**
 * Zstandard around a disk, a volume or a tar archive.
 *
 *     frame | frame | skippable frame | ...        each frame: header, blocks, perhaps a checksum (codec/zstd.ts)
 *
 * - The size may be stated by no frame, so all is decoded once when the file is opened; that checks the checksums too.
 * - Decoding can begin at frames only. Most tools write one frame for the whole file: then a read further back decodes
 *   from the start again, and `facts.frames` says why that is slow. pzstd and seekable archives have many.
 *
 * Sources: RFC 8878; files by zstd.
 */
import { fail } from '../../base/errors.ts';
import { ZstdReader } from '../../codec/zstd.ts';
import { place } from '../../source/place.ts';
import { type StreamIndex, type StreamMark, StreamSource } from '../../source/stream-source.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerFormat, OpenedContainer } from '../types.ts';

/** Beyond this an archive is not unpacked in a tab: the pass alone takes minutes. */
const MAX_DECODED = 64 * 2 ** 30;

/** Frames may be a few bytes each: a place for each would cost more memory than the archive. */
const PLACE_EVERY = 1 << 20;

interface Frames extends StreamIndex {
  readonly frames: number;
}

function indexFrames(source: ByteSource): Frames {
  const reader = readerAt(source, 0);
  const marks: StreamMark[] = [{ input: 0, output: 0 }];
  let [size, frame, frames] = [0, -1, 0];
  for (let block = reader.next(); block !== null; block = reader.next()) {
    if (reader.frameOffset !== frame) {
      frame = reader.frameOffset;
      frames++;
      if (size - marks.at(-1)!.output >= PLACE_EVERY) marks.push({ input: frame, output: size });
    }
    size += block.length;
    if (size > MAX_DECODED) fail('UnsupportedSize', source.name, null, `at most ${MAX_DECODED} decoded bytes`, 'more');
  }
  return { size, marks, end: source.size, frames };
}

function readerAt(source: ByteSource, offset: number): ZstdReader {
  const where = place(source, 0);
  return new ZstdReader(source, { offset, file: where.source, base: where.offset ?? 0 });
}

const NOTHING = new Uint8Array(0);

export const zstd: ContainerFormat = {
  id: 'zstd',
  title: 'Zstandard',
  extensions: ['.zst', '.tzst'],
  reads: ['any number of frames, checked as a whole, then random access from frame to frame'],
  notYet: ['dictionaries'],

  probe({ head }) {
    if (head.length < 9) return false;
    const magic = (head[0]! | (head[1]! << 8) | (head[2]! << 16) | (head[3]! << 24)) >>> 0;
    return magic === 0xfd2f_b528;
  },

  identify(source) {
    return { self: { format: 'zstd', size: source.size }, needs: [], setPart: null };
  },

  open(source): OpenedContainer {
    const index = indexFrames(source);
    const name = source.name.replace(/\.(zst|tzst)$/i, '');
    let reader: ZstdReader | null = null;
    const inner = new StreamSource(source, source.name, index, {
      restart(mark) {
        reader = readerAt(source, index.marks[mark]!.input);
      },
      next() {
        const bytes = reader?.next() ?? null;
        return { bytes: bytes ?? NOTHING, end: bytes === null };
      },
    });
    return {
      format: 'zstd',
      facts: { frames: index.frames, size: index.size, compressed: source.size },
      findings: [],
      identity: { format: 'zstd', size: source.size },
      fingerprint: () => [],
      parts: [{ key: '', title: name, facts: {}, source: inner }],
    };
  },
};
