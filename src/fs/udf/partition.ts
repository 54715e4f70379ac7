/**
 * Partitions as a file's blocks name them: block n of partition reference p, in bytes of the image.
 *
 * A physical partition is a shift. A sparable one moves defect packets elsewhere, a virtual one (write-once discs)
 * looks each block up in a table that was written last, a metadata one is a file of the physical partition.
 */
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { type LogicalVolume, orNull, type PartitionMap } from './anchor.ts';
import { type BlockMap, type Icb, piecesOf, readIcb } from './icb.ts';
import { readVirtualTable, UNUSED } from './virtual-table.ts';

/** Where a block lies, and how many bytes from there on are in one piece; null when it lies nowhere. */
export type Mapper = (block: number) => { readonly offset: number; readonly length: number } | null;

const MAX_SPARED = 65_536;

export class Partitions implements BlockMap {
  readonly source: ByteSource;
  readonly volume: LogicalVolume;
  readonly blockSize: number;
  readonly #mappers: Mapper[] = [];

  constructor(source: ByteSource, volume: LogicalVolume) {
    this.source = source;
    this.volume = volume;
    this.blockSize = volume.blockSize;
    // a metadata partition's file lies in a physical one, so it is mapped when the others are
    for (const map of volume.maps) this.#mappers.push(map.kind === 'metadata' ? () => null : this.#mapper(map));
    for (const [i, map] of volume.maps.entries()) if (map.kind === 'metadata') this.#mappers[i] = this.#metadata(map);
  }

  map(partition: number, block: number): ReturnType<Mapper> {
    return this.#mappers[partition]?.(block) ?? null;
  }

  #shift({ physical }: PartitionMap): Mapper {
    const { blockSize } = this.volume;
    return (block) => {
      const at = block * blockSize;
      return at >= physical.length ? null : { offset: physical.start + at, length: physical.length - at };
    };
  }

  #mapper(map: PartitionMap): Mapper {
    if (map.kind === 'sparable') return this.#sparable(map);
    return map.kind === 'virtual' ? this.#virtual(map) : this.#shift(map);
  }

  #sparable(map: PartitionMap): Mapper {
    const { blockSize, sectorSize } = this.volume;
    const packet = Math.max(1, map.packetLength);
    const spared = new Map<number, number>();
    for (const table of map.tables) {
      const size = Math.min(map.tableSize, 56 + MAX_SPARED * 8);
      const view = orNull(() => readView(this.source, table * sectorSize, size));
      if (view === null || view.length < 56 || view.ascii(17, 20) !== '*UDF Sparing Table\0\0') continue;
      const entries = Math.min(view.u16(48), Math.floor((view.length - 56) / 8));
      for (let i = 0; i < entries; i++) {
        const original = view.u32(56 + i * 8);
        if (original < 0xffff_fff0) spared.set(original, view.u32(60 + i * 8));
      }
      break;
    }
    const shift = this.#shift(map);
    if (spared.size === 0) return shift;
    return (block) => {
      const within = block % packet;
      const length = (packet - within) * blockSize;
      const moved = spared.get(block - within);
      if (moved !== undefined) return { offset: (moved + within) * sectorSize, length };
      const found = shift(block);
      return found === null ? null : { offset: found.offset, length: Math.min(length, found.length) };
    };
  }

  #virtual(map: PartitionMap): Mapper {
    const shift = this.#shift(map);
    const { blockSize } = this.volume;
    const table = readVirtualTable(this.#over(shift), map.physical);
    return (block) => {
      const real = block < table.length ? table[block]! : UNUSED;
      const found = real === UNUSED ? null : shift(real);
      return found === null ? null : { offset: found.offset, length: Math.min(found.length, blockSize) };
    };
  }

  #metadata(map: PartitionMap): Mapper {
    const shift = this.#shift(map);
    const { blockSize } = this.volume;
    for (const block of [map.metadataFile, map.metadataMirror]) {
      const pieces = orNull(() => piecesOf(this.#over(shift), this.#icb(shift, block)));
      if (pieces === null) continue;
      const starts: number[] = [];
      let size = 0;
      for (const { length } of pieces) {
        starts.push(size);
        size += length;
      }
      return (at) => {
        const start = at * blockSize;
        if (start >= size) return null;
        let [low, high] = [0, pieces.length - 1];
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (starts[middle]! <= start) low = middle;
          else high = middle - 1;
        }
        const { offset, length } = pieces[low]!;
        const within = start - starts[low]!;
        return offset === null ? null : { offset: offset + within, length: length - within };
      };
    }
    return failAt('MissingItem', this.source, map.physical.start, 'a metadata file or its mirror', 'neither');
  }

  /** All blocks by one map: for the files that partitions are made of. */
  #over(mapper: Mapper): BlockMap {
    return { source: this.source, blockSize: this.blockSize, map: (_, block) => mapper(block) };
  }

  #icb(map: Mapper, block: number): Icb {
    const found =
      map(block) ?? failAt('InvalidReference', this.source, 0, 'a block of the partition', `block ${block}`);
    return readIcb(this.source, found.offset, this.volume.blockSize);
  }
}
