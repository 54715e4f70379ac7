/** Which of the tables of a GPT disk rules: the sector size is not known, and either copy may be damaged. */
import type { FormatError } from '../../base/errors.ts';
import type { FindingList, Severity } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import { type GptTable, readTable } from './table.ts';

export const SECTOR_SIZES = [512, 4096] as const;

type Tried = GptTable | FormatError;

/** @throws the FormatError of the primary header when no table can be followed */
export function chooseTable(disk: ByteSource, codecs: Codecs, findings: FindingList): GptTable {
  const tried = SECTOR_SIZES.map((size) => tableAt(disk, size, size, codecs));
  const primary = best(tried);
  const backup = best(backupsOf(disk, primary, codecs));
  const chosen = [primary, backup].find((table) => table !== undefined && isWhole(table)) ?? primary ?? backup;
  if (chosen === undefined) throw tried[0];

  const tell = (code: string, severity: Severity, offset: number, message: string): void =>
    findings.add({ code, severity, where: place(disk, offset), message });
  if (chosen !== primary) {
    const message = 'The primary partition table is damaged; the backup is used.';
    tell('gptPrimaryDamaged', 'warning', chosen.sectorSize, message);
  } else if (!isWhole(primary)) {
    const message = 'A checksum of the partition table is wrong and there is no sound backup; partitions may be wrong.';
    if (!primary.headerOk) tell('gptHeaderChecksum', 'error', primary.offset + 16, message);
    else tell('gptEntriesChecksum', 'error', primary.offset + 88, message);
  } else if (backup === undefined) {
    const message = 'The backup partition table cannot be read; the image may end before the disk does.';
    tell('gptBackupMissing', 'info', primary.offset + 32, message);
  } else if (!isWhole(backup) || backup.diskGuid !== primary.diskGuid) {
    const message = 'The backup partition table is damaged or belongs to another disk; the primary is used.';
    tell('gptBackupDamaged', 'info', backup.offset, message);
  } else if (backup.arrayCrc !== primary.arrayCrc) {
    const message = 'The two copies of the partition table name different partitions; the primary is used.';
    tell('gptCopiesDiffer', 'warning', backup.offset + 88, message);
  }
  return chosen;
}

function tableAt(disk: ByteSource, offset: number, sectorSize: number, codecs: Codecs): Tried {
  return attempt(() => readTable(disk, offset, sectorSize, codecs));
}

/** Where a backup may stand: where the primary says, and in the last sector of the image. */
function backupsOf(disk: ByteSource, primary: GptTable | undefined, codecs: Codecs): Tried[] {
  const sizes = primary === undefined ? SECTOR_SIZES : [primary.sectorSize];
  const places = sizes.map((size) => ({ size, offset: (Math.floor(disk.size / size) - 1) * size }));
  if (primary !== undefined)
    places.unshift({ size: primary.sectorSize, offset: primary.alternateLba * primary.sectorSize });
  return places
    .filter(({ size, offset }) => offset > size)
    .map(({ size, offset }) => tableAt(disk, offset, size, codecs));
}

/** A table with both checksums right, else the first that can be followed at all. */
function best(tried: readonly Tried[]): GptTable | undefined {
  const tables = tried.filter(isSound);
  return tables.find(isWhole) ?? tables[0];
}

function isWhole(table: GptTable): boolean {
  return table.headerOk && table.arrayOk;
}
