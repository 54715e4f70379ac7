/**
 * Dynamic disks (LDM): what MBR and GPT say of them is one partition, or as many as there are gaps between others. Which
 * pieces make which volume stands in a database at the end of the disk, the same on all disks of a group.
 *
 *     PRIVHEAD  sector 6, or the last one of the LDM metadata partition of a GPT: disk GUID, where data and database lie
 *     database  sector 1, 2 TOCBLOCK: where "config" begins, a VMDB with its records (dynamic-records.ts)
 *
 * - Volumes in one piece, in several of this disk (extended), and mirrors are shown. Of a volume that goes on in another
 *   disk only what is here, the rest is missing. Stripes and RAID-5 would be every other piece only: they are told.
 * - An update that was under way leaves records of both states: that is told, the committed ones cannot be picked out.
 *
 * Sources: the LDM documentation of the Linux-NTFS project; what ldmtool shows of the same disks.
 */
import { Bytes } from '../base/bytes.ts';
import { FormatError } from '../base/errors.ts';
import type { FindingList } from '../base/findings.ts';
import { place } from '../source/place.ts';
import { readBytes, readView } from '../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../source/run-list.ts';
import type { ByteSource } from '../source/types.ts';
import { Layout, type Piece, type Records, readRecords, SECTOR, type Volume } from './dynamic-records.ts';
import { isDynamic, type Partition } from './partition.ts';
import type { ContainerPart } from './types.ts';

/** Of an MBR disk. */
export const PRIVHEAD_SECTOR = 6;
/** Windows makes databases of 1 MiB. */
const MAX_DATABASE = 16 << 20;
const COMMITTED = 1;

interface PrivateHead {
  readonly diskGuid: string;
  /** Where pieces count from, and where the database stands, in bytes. */
  readonly data: number;
  readonly config: number;
  readonly configSize: number;
}

/** @returns null when there is none at `at` */
function readPrivateHead(disk: ByteSource, at: number): PrivateHead | null {
  if (at + SECTOR > disk.size) return null;
  const view = readView(disk, at, SECTOR);
  if (view.ascii(0, 8) !== 'PRIVHEAD') return null;
  const bytes = (offset: number) => view.size64be(offset, 'a sector') * SECTOR;
  return {
    diskGuid: view.ascii(0x30, 64).replace(/\0.*$/s, '').toLowerCase(),
    data: bytes(0x11b),
    config: bytes(0x12b),
    configSize: bytes(0x133),
  };
}

/** The database, from its VMDB on; null when there is none. */
function readDatabase(disk: ByteSource, { config, configSize }: PrivateHead): Bytes | null {
  const size = Math.min(configSize, MAX_DATABASE, disk.size - config);
  if (size < 4 * SECTOR) return null;
  const view = new Bytes(readBytes(disk, config, size), disk.name, config);
  for (const at of [SECTOR, 2 * SECTOR]) {
    if (view.ascii(at, 8) !== 'TOCBLOCK') continue;
    for (const bitmap of [at + 0x24, at + 0x46]) {
      if (view.ascii(bitmap, 8).replace(/\0.*$/s, '') !== 'config') continue;
      const start = view.size64be(bitmap + 10, 'a sector') * SECTOR;
      if (start < size) return view.sub(start, size - start);
    }
  }
  return null;
}

/** The partitions of a disk, those of dynamic volumes left out when the volumes themselves can be told. */
export function withVolumes(
  disk: ByteSource,
  partitions: readonly Partition[],
  heads: readonly number[],
  findings: FindingList,
): { readonly partitions: readonly Partition[]; readonly volumes: readonly ContainerPart[] } {
  const others = partitions.filter((partition) => !isDynamic(partition));
  if (others.length === partitions.length) return { partitions, volumes: [] };
  const volumes = dynamicVolumes(disk, heads, findings);
  return volumes === null ? { partitions, volumes: [] } : { partitions: others, volumes };
}

/**
 * The volumes of a dynamic disk, as far as they lie on it.
 * @param heads places where its PRIVHEAD may stand
 * @returns null when there is no database that can be read
 */
function dynamicVolumes(disk: ByteSource, heads: readonly number[], findings: FindingList): ContainerPart[] | null {
  try {
    for (const at of heads) {
      const head = readPrivateHead(disk, at);
      const database = head === null ? null : readDatabase(disk, head);
      const records = database === null ? null : readRecords(database);
      if (head === null || database === null || records === null) continue;
      if (database.u16be(0x10) !== COMMITTED || records.damaged > 0)
        findings.add({
          code: 'dynamicDatabase',
          severity: 'warning',
          where: place(disk, head.config),
          message:
            'The database of this dynamic disk was being changed, or is damaged; its volumes may not be as shown.',
          facts: { damaged: records.damaged },
        });
      return assemble(disk, head, records, findings);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return null;
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function assemble(disk: ByteSource, head: PrivateHead, records: Records, findings: FindingList): ContainerPart[] {
  const { disks } = records;
  const components = groupBy(records.components, ({ volume }) => volume);
  const pieces = groupBy(records.pieces, ({ component }) => component);
  const isHere = ({ disk: id }: Piece): boolean => disks.get(id) === head.diskGuid;
  const stored = (list: readonly Piece[]) => list.filter(isHere).reduce((sum, { length }) => sum + length, 0);
  const parts: ContainerPart[] = [];
  const volumes = [...records.volumes].sort((a, b) => a.id - b.id);
  volumes.forEach((volume, i) => {
    const own = components.get(volume.id) ?? [];
    const halves = own.map((component) => ({
      component,
      pieces: [...(pieces.get(component.id) ?? [])].sort((a, b) => a.offset - b.offset),
    }));
    // of a mirror, the half of which most is here
    const best = halves.sort((a, b) => stored(b.pieces) - stored(a.pieces))[0];
    if (best === undefined || stored(best.pieces) === 0) return; // on other disks
    const tell = (code: string, message: string): void =>
      findings.add({
        code,
        severity: 'warning',
        where: place(disk, head.config),
        message,
        facts: { volume: volume.name, size: volume.size, pieces: best.pieces.length, here: stored(best.pieces) },
      });
    if (best.component.layout !== Layout.plain) {
      tell('dynamicStripes', 'A volume is spread over several disks in stripes; it cannot be read.');
      return;
    }
    const source = sourceOf(disk, head, volume, best.pieces.filter(isHere));
    if (source === null) {
      tell('dynamicPieces', 'The pieces of a volume overlap or lie outside the disk; it is left out.');
      return;
    }
    if (stored(best.pieces) < volume.size)
      tell('dynamicMissing', 'A volume goes on in other disks of its group; those parts of it are missing.');
    parts.push({
      key: `v${i + 1}`,
      title: `Dynamic volume "${volume.name}"`,
      facts: {
        name: volume.name,
        guid: volume.guid,
        size: volume.size,
        pieces: best.pieces.length,
        mirrored: own.length > 1,
        start: head.data + best.pieces.find(isHere)!.start,
      },
      source,
    });
  });
  return parts;
}

/** The volume with its pieces on this disk, the rest missing; null when they overlap or lie outside the disk. */
function sourceOf(disk: ByteSource, head: PrivateHead, volume: Volume, pieces: readonly Piece[]): ByteSource | null {
  if (!Number.isSafeInteger(volume.size)) return null;
  const runs: Run[] = [];
  let at = 0;
  for (const { offset, length, start } of pieces) {
    const from = head.data + start;
    if (offset < at || length === 0 || offset + length > volume.size || length > disk.size - from) return null;
    if (offset > at) runs.push(emptyRun('missing', at, offset - at));
    runs.push(storedRun(offset, length, disk, from));
    at = offset + length;
  }
  if (at < volume.size) runs.push(emptyRun('missing', at, volume.size - at));
  return new RunListSource(`${disk.name} ${volume.name}`, volume.size, runs, 'another disk of the group');
}
