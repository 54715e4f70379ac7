/**
 * ISO 9660: discs and their images.
 *
 *     16 sectors of anything | volume descriptors: primary, Joliet, boot ... terminator | path tables, directories, files
 *     record   length | extent | data length | time | flags | name | padding | system use (Rock Ridge)
 *
 * - Every number stands in both byte orders; the little-endian one is read.
 * - A record never crosses a sector of 2048 bytes: a length of 0 means "go on with the next sector".
 * - Names end in `;1`, and with a dot when they have no extension. Joliet is a second tree with names in UCS-2 (big-endian).
 * - A file of more than 4 GiB has several records of one name, all but the last marked multi-extent.
 * - Windows media have a UDF tree beside a tree with one README: UDF is asked first.
 *
 * Sources: ECMA-119 (4th edition), Joliet specification (Microsoft, 1995), IEEE P1281 and P1282; images by xorriso and genisoimage.
 */
import { FindingList } from '../../base/findings.ts';
import { tellTruncated } from '../truncated.ts';
import type { FsFormat } from '../types.ts';
import { looksLikeIso, readDescriptors } from './descriptors.ts';
import { IsoVolume } from './volume.ts';

export const iso: FsFormat = {
  id: 'iso',
  title: 'ISO 9660',
  extensions: ['.iso'],
  reads: ['Joliet and Rock Ridge names', 'files of several extents', 'discs with a partition table'],
  notYet: ['interleaved files', 'files compressed by zisofs', 'El Torito boot images as disks'],
  onDiscs: true,

  probe({ head }) {
    return looksLikeIso(head);
  },

  identify(source) {
    const { primary } = readDescriptors(source);
    return { self: { label: primary.volumeIdentifier, size: primary.volumeSpaceSize }, needs: [], setPart: null };
  },

  open(source) {
    const findings = new FindingList();
    const descriptors = readDescriptors(source);
    const volume = new IsoVolume(source, descriptors);
    const { volumeSpaceSize, logicalBlockSize, volumeIdentifier } = descriptors.primary;
    tellTruncated(findings, 'isoTruncated', source, volumeSpaceSize * logicalBlockSize);
    return {
      format: 'iso',
      facts: volume.facts,
      findings: findings.items,
      identity: { label: volumeIdentifier, size: volumeSpaceSize },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
