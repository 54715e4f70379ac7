/**
 * tar: layers of container images, saved images, backups.
 *
 *     header (512) | data, padded to 512 | header | ... | two blocks of zeros
 *     pax 'x' and GNU 'L', 'K' entries stand before the entry they speak of; 'g' speaks of all that follow
 *
 * - There is no index: all headers are read when the archive is opened. Later entries of a path replace earlier ones.
 * - Sizes beyond 8 GiB are binary (GNU) or a pax record. Old tools sum signed bytes.
 * - Windows layers carry attributes, security and times in pax keys (MSWINDOWS.*, LIBARCHIVE.creationtime), and each
 *   alternate stream as an entry `file:stream` behind its file.
 * - `.wh.` names mean something only in layers of container images: that is the store adapter's business.
 *
 * Sources: POSIX.1-2017 pax, GNU tar manual, OCI image specification, go-winio's backuptar (behaviour); archives by GNU tar.
 */
import type { FsFormat } from '../types.ts';
import { readArchive } from './archive.ts';
import { BLOCK, parseHeader } from './header.ts';
import { TarVolume } from './volume.ts';

export const tar: FsFormat = {
  id: 'tar',
  title: 'tar',
  extensions: ['.tar'],
  reads: [
    'ustar, GNU and pax archives',
    'attributes, security and streams of Windows layers',
    'extended attributes of Linux',
    'sparse files of GNU tar',
  ],
  notYet: [],

  probe({ head }) {
    if (head.length < BLOCK) return false;
    const header = parseHeader(head.subarray(0, BLOCK));
    return header !== null && header.name !== '';
  },

  identify(source) {
    return { self: { format: 'tar', size: source.size }, needs: [], setPart: null };
  },

  open(source) {
    const archive = readArchive(source);
    const volume = new TarVolume(source, archive);
    return {
      format: 'tar',
      facts: volume.facts,
      findings: archive.findings,
      identity: { format: 'tar', size: source.size },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
