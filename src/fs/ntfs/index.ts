/**
 * NTFS: `layout.ts` teaches the format, `volume.ts` is the way in.
 *
 *     boot -> mft -> scan (all records, by the kernel) | directory (one index) | node (one file) -> stream, describe
 */
import { FindingList } from '../../base/findings.ts';
import { failAt } from '../../source/place.ts';
import type { FsFormat } from '../types.ts';
import { isBackupOf, isBootSector, readBoot } from './boot.ts';
import { openMft } from './mft.ts';
import { NtfsVolume } from './volume.ts';

export const ntfs: FsFormat = {
  id: 'ntfs',
  title: 'NTFS',
  extensions: ['.ntfs', '.img', '.raw', '.dd'],
  reads: [
    'clusters to 2 MiB, records of 512 to 16,384 bytes',
    'fragmented $MFT, attribute lists, $MFTMirr and the boot sector copy',
    'hard links, short names, streams, sparse, LZNT1 and CompactOS (WOF) compressed files, security descriptors, $UpCase',
    'reparse points told by their tags, extended attributes, object ids, case-sensitive directories, deleted files',
    'how the volume was left: marks of chkdsk, state of $LogFile, hibernation',
  ],
  notYet: ['EFS', 'deduplicated files', 'replay of $LogFile'],

  probe({ head, tail, size }) {
    return isBootSector(head) || isBackupOf(tail, size);
  },

  identify(source) {
    const boot = readBoot(source, new FindingList());
    return { self: { serial: serialText(boot.serialNumber) }, needs: [], setPart: null };
  },

  open(source, { modules, codecs }) {
    const findings = new FindingList();
    const boot = readBoot(source, findings);
    const size = boot.numberSectors * boot.bytesPerSector;
    if (size > source.size)
      findings.add({
        code: 'ntfsTruncated',
        severity: 'warning',
        where: { source: source.name, offset: source.size },
        message: 'The image ends before the volume does; what lies behind its end is missing.',
        facts: { expected: size, actual: source.size },
      });
    if (boot.mftStartLcn >= boot.clusters)
      failAt('InvalidOffset', source, 48, `a cluster of $MFT below ${boot.clusters}`, boot.mftStartLcn);
    const mft = openMft(source, boot, findings);
    const volume = new NtfsVolume(mft, () => modules.ntfs, codecs, findings);
    return {
      format: 'ntfs',
      facts: volume.facts,
      findings: findings.items,
      identity: { serial: serialText(boot.serialNumber) },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};

function serialText(serial: bigint): string {
  return serial.toString(16).padStart(16, '0');
}
