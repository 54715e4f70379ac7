/**
 * ext2, ext3 and ext4: disks of Linux, which hold the upper directories of overlayfs among other things.
 *
 *     1024   superblock     EF53 at 1080     block size, groups, features
 *     then   groups         descriptors -> tables of inodes, at a fixed place each
 *     inode  sixty bytes    extents, block pointers, a short link, or the data themselves
 *     directory             entries in blocks: inode, length, name; root is inode 2
 *
 * - Features that change where things lie are flagged as incompatible: what is not known is refused.
 * - Names are bytes, UTF-8 by custom. Times have 34 bits of seconds and nanoseconds in inodes of 256 bytes.
 * - A journal that was not replayed may hold newer states of what is shown: it is told, not replayed.
 *
 * Sources: Documentation/filesystems/ext4 of Linux; volumes that mke2fs made, listed by debugfs and The Sleuth Kit.
 */
import { FindingList } from '../../base/findings.ts';
import { tellTruncated } from '../truncated.ts';
import type { FsFormat } from '../types.ts';
import { MAGIC, readSuperblock, SUPERBLOCK } from './superblock.ts';
import { Ext4Volume } from './volume.ts';

const MAGIC_AT = SUPERBLOCK + 0x38;
const LOG_BLOCK_AT = SUPERBLOCK + 0x18;

export const ext4: FsFormat = {
  id: 'ext4',
  title: 'ext2, ext3, ext4',
  extensions: ['.img', '.raw', '.dd', '.ext4'],
  reads: [
    'extents, block pointers, inline data; clusters of blocks (bigalloc)',
    'extended attributes',
    'hard and symbolic links',
  ],
  notYet: ['replay of the journal', 'encryption', 'deleted files'],

  probe({ head }) {
    if (head.length < SUPERBLOCK + 0x68) return false;
    return head[MAGIC_AT] === (MAGIC & 0xff) && head[MAGIC_AT + 1] === MAGIC >> 8 && head[LOG_BLOCK_AT]! <= 6;
  },

  identify(source) {
    const { label, uuid } = readSuperblock(source);
    return { self: { label, uuid }, needs: [], setPart: null };
  },

  open(source) {
    const sb = readSuperblock(source);
    const findings = new FindingList();
    tellTruncated(findings, 'ext4Truncated', source, sb.blocks * sb.blockSize);
    const where = { source: source.name, offset: SUPERBLOCK };
    if (sb.state === 'journal')
      findings.add({
        code: 'ext4Journal',
        severity: 'warning',
        where,
        message: 'The volume was not unmounted: its journal may hold newer states than are shown.',
        facts: {},
      });
    if (sb.state === 'errors')
      findings.add({
        code: 'ext4Errors',
        severity: 'warning',
        where,
        message: 'The volume notes that errors were found on it.',
        facts: {},
      });
    const volume = new Ext4Volume(source, sb);
    return {
      format: 'ext4',
      facts: volume.facts,
      findings: findings.items,
      identity: { label: sb.label, uuid: sb.uuid },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
