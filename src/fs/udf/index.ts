/**
 * UDF: Windows setup media, DVDs, Blu-rays, and disks that Windows, Linux and macOS share.
 *
 *     32 KiB | BEA01 NSR0x TEA01 | ... | sector 256: anchor -> volume descriptors: partition, logical volume, ...
 *     logical volume -> file set -> root ICB;  directory = file identifiers -> ICBs;  ICB = file entry + allocation descriptors
 *
 * - Each descriptor begins with a tag whose own checksum is of 15 bytes, and whose CRC is of as many bytes as it says.
 * - The size of sectors is stated nowhere: the anchor stands at sector 256 of the right one.
 * - Extents hold less than 1 GiB: a large file has several, and a continuation where descriptors do not fit.
 * - Contents of small files and directories may stand in the ICB itself.
 * - Names are 8 or 16 bits a unit, each name its own. Times carry minutes to UTC.
 * - Partitions are physical, sparable (packets moved), virtual (a table written last) or metadata (a file): partition.ts.
 *
 * Sources: ECMA-167 (3rd edition), OSTA UDF 1.02 to 2.60; images by mkudffs and genisoimage.
 */
import { FindingList } from '../../base/findings.ts';
import type { FsFormat } from '../types.ts';
import { looksLikeUdf, readLogicalVolume } from './anchor.ts';
import { UdfVolume } from './volume.ts';

export const udf: FsFormat = {
  id: 'udf',
  title: 'UDF',
  extensions: ['.iso', '.udf', '.img'],
  reads: [
    'revisions 1.02 to 2.60',
    'sparable, virtual and metadata partitions',
    'named streams, hard and symbolic links',
  ],
  notYet: ['extended attributes'],
  onDiscs: true,

  probe({ head }) {
    return looksLikeUdf(head);
  },

  identify(source) {
    const { label, revision } = readLogicalVolume(source, new FindingList());
    return { self: { label, revision }, needs: [], setPart: null };
  },

  open(source) {
    const findings = new FindingList();
    const logical = readLogicalVolume(source, findings);
    const volume = new UdfVolume(source, logical, findings);
    return {
      format: 'udf',
      facts: volume.facts,
      findings: findings.items,
      identity: { label: logical.label, revision: logical.revision },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
