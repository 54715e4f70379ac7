/** The grain directory and its tables, held whole; the redundant copy stands in where the first leads out of the file. */
import type { Bytes } from '../../base/bytes.ts';
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { SECTOR, type SparseHeader } from './header.ts';

/** Bytes of tables held in memory: grains of 64 KiB of a disk of 1 TiB. */
const MAX_TABLES = 64 << 20;

export interface Tables {
  /** The grain table of a directory entry. */
  of(entry: number): Bytes | 'zero' | 'missing';
  /** Directory and tables as they stand on disk. */
  bytes(): Uint8Array;
}

/** @throws FormatError InvalidOffset for a directory outside the file, UnsupportedSize for tables too large to hold */
export function readTables(source: ByteSource, header: SparseHeader, findings: FindingList): Tables {
  const { capacity, grainSize, numGTEsPerGT, gdOffset, rgdOffset, offset } = header;
  const tableBytes = numGTEsPerGT * 4;
  const entries = Math.ceil(capacity / (grainSize * numGTEsPerGT));
  const fits = (at: number, length: number): boolean => at > 0 && at + length <= source.size;
  const directoryAt = [gdOffset, rgdOffset].find((at) => fits(at, entries * 4));
  if (directoryAt === undefined)
    failAt(
      'InvalidOffset',
      source,
      offset + 56,
      `a grain directory of ${entries} entries inside the file of ${source.size} bytes`,
      `a directory at ${gdOffset}`,
    );
  const directory = readView(source, directoryAt, entries * 4);
  const copy =
    rgdOffset !== directoryAt && fits(rgdOffset, entries * 4) ? readView(source, rgdOffset, entries * 4) : null;

  // tables by their sector: forged entries that name one table a thousand times cost it once
  const held = new Map<number, Bytes>();
  const sectors = new Float64Array(entries);
  let copies = directoryAt === gdOffset ? 0 : 1;
  for (let i = 0; i < entries; i++) {
    let sector = directory.u32(i * 4);
    if (sector !== 0 && !fits(sector * SECTOR, tableBytes)) {
      const other = copy?.u32(i * 4) ?? 0;
      if (other !== 0 && fits(other * SECTOR, tableBytes)) {
        sector = other;
        copies++;
      } else sector = -1;
    }
    sectors[i] = sector;
    if (sector <= 0 || held.has(sector)) continue;
    if ((held.size + 1) * tableBytes > MAX_TABLES)
      failAt('UnsupportedSize', source, directoryAt, `at most ${MAX_TABLES} bytes of grain tables`, 'more');
    held.set(sector, readView(source, sector * SECTOR, tableBytes));
  }
  if (copies > 0)
    findings.add({
      code: 'vmdkTableCopyUsed',
      severity: 'warning',
      where: place(source, gdOffset),
      message: 'The grain directory or a grain table leads out of the file; the redundant copy is used.',
      facts: { copies },
    });
  return {
    of(entry) {
      const sector = sectors[entry]!;
      return sector === 0 ? 'zero' : (held.get(sector) ?? 'missing');
    },
    bytes() {
      const all = new Uint8Array(directory.length + held.size * tableBytes);
      all.set(directory.bytes);
      [...held.values()].forEach((table, i) => {
        all.set(table.bytes, directory.length + i * tableBytes);
      });
      return all;
    },
  };
}
