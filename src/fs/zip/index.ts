/**
 * ZIP: application packages (MSIX, APPX and their bundles) and archives that hold images.
 *
 *     local header (30) name extra | data | [data descriptor] | ... | central directory | end records
 *
 *     central header: 00 'PK\1\2' 04 made by 08 flags 0A method 0C time 0E date 10 CRC-32 14 compressed 18 size 1C name,
 *       1E extra, 20 comment lengths 22 disk 24 internal 26 external attributes 2A local header | name extra comment
 *     end record (22 + comment): 00 'PK\5\6' 08 entries here 0A entries 0C directory size 10 directory offset 14 comment
 *     ZIP64: values of FFFF or FFFFFFFF stand in extra field 0001 and in the record 'PK\6\6' that the locator 'PK\6\7' names
 *
 * - The central directory says what there is; local headers only say where their data begins. What is stated twice and
 *   differs is decided by the directory, as Windows and Info-ZIP do.
 * - Bytes may stand before the archive (a self-extracting program): offsets count from its own first byte.
 * - Names are UTF-8 when flag 11 says so; else any code page. What reads as UTF-8 is taken for that, the rest for code page 437.
 *   In packages (a part `[Content_Types].xml`) names are parts of URIs: `%20` is a space.
 * - Times are local DOS times of two seconds; extra fields 000A (NTFS) and 5455 (UNIX) have better ones.
 * - An archive of many disks is refused; encrypted entries are listed and cannot be read.
 *
 * Sources: APPNOTE 6.3.10; ISO/IEC 29500-2 (OPC); MS-APPX documentation; archives by Info-ZIP, 7-Zip, MakeAppx.
 */
import type { FsFormat } from '../types.ts';
import { isLocalHeader, readDirectory } from './directory.ts';
import { buildTree } from './tree.ts';
import { ZipVolume } from './volume.ts';

export const zip: FsFormat = {
  id: 'zip',
  title: 'ZIP',
  extensions: ['.zip', '.msix', '.appx', '.msixbundle', '.appxbundle'],
  reads: [
    'stored and deflated files of any size (ZIP64)',
    'MSIX and APPX packages with their block maps; the packages in bundles',
  ],
  notYet: ['encryption', 'archives in several files', 'bzip2, LZMA and Zstandard inside'],

  probe: ({ head }) => isLocalHeader(head),

  identify(source) {
    return { self: { format: 'zip', size: source.size }, needs: [], setPart: null };
  },

  open(source, { codecs }) {
    const directory = readDirectory(source);
    const tree = buildTree(source, directory);
    const volume = new ZipVolume(source, directory, tree, codecs);
    return {
      format: 'zip',
      facts: volume.facts,
      findings: tree.findings,
      identity: { format: 'zip', size: source.size },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};
