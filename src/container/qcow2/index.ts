/**
 * qcow2: the virtual disk of QEMU and KVM.
 *
 *     | header | extensions | ... | L1 table | L2 table | cluster | cluster | compressed clusters ... |
 *
 * - All fields are big-endian. Clusters of 512 bytes to 2 MiB; each L2 table is one cluster. Reference counts are for
 *   writers and are not asked.
 * - Version 3 has feature bits. An incompatible one that is not known forbids reading, and is named from the file's own
 *   feature name table.
 * - A cluster is stored, compressed (raw DEFLATE or Zstandard, packed anywhere), zeros by mark, or not there: then the
 *   backing file's data show through, and zeros where there is none or where it ends. With extended L2 each of its 32
 *   sub-clusters is stored, zeros or not there.
 * - The backing file is named by its path; there is no identity in the format. An external data file holds the clusters
 *   in place of this one.
 * - An internal snapshot is an L1 table more. The active state is the disk; the snapshots stand beside it.
 *
 * Traps: a zero mark may have a cluster with it (preallocated), whose bytes do not count; the length of a compressed
 * cluster is known to the sector only and may lead past the end of the file; the size need not be whole clusters; the
 * compression type matters only where a cluster is compressed; a snapshot may be of another size than the disk.
 *
 * Sources: QEMU, docs/interop/qcow2.txt; files by qemu-img.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, ProbeWindow } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import { parentBehind, zerosBehind } from '../parent.ts';
import type { ContainerContext, ContainerFormat, ContainerPart, OpenedContainer } from '../types.ts';
import { type Checked, checkClusters, MAX_CHECKED } from './check.ts';
import { ClusterReader } from './clusters.ts';
import { hasFeature, Incompatible, MAGIC, type Qcow2Header, readHeader } from './header.ts';
import { backingNeed, dataFile, needsOf } from './needs.ts';
import { readSnapshots, type Snapshot } from './snapshots.ts';
import type { State } from './tables.ts';

export const qcow2: ContainerFormat = {
  id: 'qcow2',
  title: 'qcow2',
  extensions: ['.qcow2', '.qcow'],
  reads: [
    'versions 2 and 3',
    'backing chains and external data files',
    'internal snapshots, to choose from',
    'clusters compressed by DEFLATE and Zstandard',
    'extended L2 entries',
  ],
  notYet: ['encryption'],

  probe({ head }: ProbeWindow): boolean {
    return head.length >= 8 && [...MAGIC].every((letter, i) => head[i] === letter.charCodeAt(0));
  },

  identify(source: ByteSource): Identity {
    const header = readHeader(source);
    return { self: identityOf(header), needs: needsOf(header), setPart: null };
  },

  open(source: ByteSource, { codecs, resolve }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const header = readHeader(source);
    refuse(source, header);
    addMarks(source, header, findings);
    const { size, l1Size, l1TableOffset } = header;
    const data = dataFile(source, header, resolve);
    const backing = backingNeed(header);
    const behind = backing === null ? zerosBehind : parentBehind(source, 8, backing, resolve, size, findings);
    const reader = new ClusterReader({ source, data, behind }, header, codecs);
    const open = (state: State): ByteSource =>
      new MappedSource(
        source.name,
        state.size,
        reader.mapper(reader.tables(state), state.size),
        'a cluster of the disk',
      );

    const active: State = { l1TableOffset, l1Size, size, at: 40 };
    const tables = reader.tables(active);
    const checked = checkClusters(source, data, header, reader, tables, findings);
    const snapshots = readSnapshots(source, header);
    const parts: ContainerPart[] = [{ key: '', title: `Disk of ${source.name}`, facts: {}, source: open(active) }];
    snapshots.forEach((snapshot, i) => {
      const disk = attempt(() => open(snapshot.state));
      if (isSound(disk)) parts.push(snapshotPart(snapshot, i + 1, disk));
    });
    tellSnapshots(source, header, parts.length - 1, findings);
    const fingerprint = (): FingerprintPart[] => [
      { what: 'qcow2.header', bytes: header.raw },
      { what: 'qcow2.tables', bytes: tables.bytes(MAX_CHECKED) },
    ];
    return {
      format: 'qcow2',
      facts: factsOf(header, checked, snapshots),
      findings: findings.items,
      identity: identityOf(header),
      fingerprint,
      parts,
    };
  },
};

function snapshotPart({ id, name, date, vmStateSize }: Snapshot, number: number, source: ByteSource): ContainerPart {
  const title = `Snapshot "${name === '' ? id : name}" of ${date.slice(0, 16).replace('T', ' ')} UTC`;
  const facts = { snapshotId: id, snapshotName: name, snapshotDate: date, vmStateSize };
  return { key: `snap:${number}`, title, facts, source, alternate: true };
}

function tellSnapshots(source: ByteSource, { nbSnapshots }: Qcow2Header, offered: number, findings: FindingList): void {
  if (nbSnapshots === 0) return;
  const where = place(source, 60);
  findings.add({
    code: 'qcow2Snapshots',
    severity: 'info',
    where,
    message: 'The disk has internal snapshots; its active state is shown unless one of them is chosen.',
    facts: { snapshots: nbSnapshots },
  });
  if (offered < nbSnapshots)
    findings.add({
      code: 'qcow2SnapshotsLost',
      severity: 'warning',
      where,
      message: 'Some of the internal snapshots are not offered: they are damaged, or there are too many.',
      facts: { snapshots: nbSnapshots, offered },
    });
}

/** @throws FormatError UnsupportedFeature for what cannot be read */
function refuse(source: ByteSource, header: Qcow2Header): void {
  const { unknown, featureNames, cryptMethod, clusterBits } = header;
  if (unknown.length > 0) {
    const names = unknown.map((bit) => featureNames.get(bit) ?? `bit ${bit}`).join(', ');
    failAt('UnsupportedFeature', source, 72, 'known incompatible features', names);
  }
  if (cryptMethod !== 0) {
    const method = cryptMethod === 1 ? 'AES' : cryptMethod === 2 ? 'LUKS' : `method ${cryptMethod}`;
    failAt('UnsupportedFeature', source, 32, 'a disk that is not encrypted', `a disk encrypted by ${method}`);
  }
  if (hasFeature(header, Incompatible.extendedL2) && clusterBits < 14)
    failAt('InvalidHeader', source, 20, 'clusters of 2^14 bytes or more with sub-clusters', `2^${clusterBits}`);
}

function addMarks(source: ByteSource, header: Qcow2Header, findings: FindingList): void {
  if (hasFeature(header, Incompatible.corrupt))
    findings.add({
      code: 'qcow2Corrupt',
      severity: 'warning',
      where: place(source, 72),
      message: 'The disk is marked as corrupt by the program that wrote it.',
    });
  if (hasFeature(header, Incompatible.dirty))
    findings.add({
      code: 'qcow2Dirty',
      severity: 'info',
      where: place(source, 72),
      message: 'The disk was not closed properly; its reference counts may be wrong, which does not matter to reading.',
    });
}

/** The format has no id of its own: disks are linked by path. */
function identityOf({ version, size }: Qcow2Header): Facts {
  return { format: 'qcow2', version, virtualSize: size };
}

function factsOf(header: Qcow2Header, { allocated, compressed }: Checked, snapshots: readonly Snapshot[]): Facts {
  const clusterSize = 2 ** header.clusterBits;
  return {
    version: header.version,
    virtualSize: header.size,
    sectorSize: 512,
    blockSize: clusterSize,
    blocks: Math.ceil(header.size / clusterSize),
    allocatedBlocks: allocated,
    compressedBlocks: compressed,
    compression: ['DEFLATE', 'Zstandard'][header.compressionType] ?? header.compressionType,
    extendedL2: hasFeature(header, Incompatible.extendedL2),
    ...(header.backingFile === null ? {} : { backingFile: header.backingFile, backingFormat: header.backingFormat }),
    ...(header.dataFile === null ? {} : { dataFile: header.dataFile, rawData: header.rawData }),
    snapshots: snapshots.map(({ id, name }) => (name === '' ? id : name)),
    snapshotCount: header.nbSnapshots,
  };
}
