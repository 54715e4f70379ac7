/**
 * A folder that was dropped, picked or named: `base/folder-list.ts` tells how it comes here.
 *
 * - A browser shows names, sizes and times of last change, nothing else: no attributes, security, streams, reparse points,
 *   times of creation, devices or extended attributes. Links are followed, or left out. Marks that are names (`.wh.`) or
 *   files (`tombstones.txt`, `FilePaths.dat`, journals) are seen as they are.
 * - On the command line links are links, devices 0/0 are deletion marks, and times are exact.
 * - A file is read when it is asked for; one that has changed since the folder was opened is refused.
 */
import { FOLDER_MAGIC } from '../../base/folder-list.ts';
import { FolderSource } from '../../source/folder.ts';
import { failAt } from '../../source/place.ts';
import type { FsFormat } from '../types.ts';
import { readFolder } from './list.ts';
import { FolderVolume } from './volume.ts';

const MAGIC = new TextEncoder().encode(FOLDER_MAGIC);

export const folder: FsFormat = {
  id: 'folder',
  title: 'Folder',
  extensions: [],
  reads: ['dropped or picked in the page, named on the command line; names, sizes and times'],
  notYet: [],

  probe: ({ head }) => head.length >= MAGIC.length && MAGIC.every((byte, i) => head[i] === byte),

  identify(source) {
    return { self: { format: 'folder', list: source.size }, needs: [], setPart: null };
  },

  open(source) {
    if (!(source instanceof FolderSource))
      failAt('UnsupportedFormat', source, 0, 'a folder', 'the list of one without its files');
    const tree = readFolder(source);
    const volume = new FolderVolume(source as FolderSource, tree);
    return {
      format: 'folder',
      facts: volume.facts,
      findings: tree.findings,
      identity: { format: 'folder', list: source.size },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
