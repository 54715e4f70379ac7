/**
 * gzip: one compressed stream around a disk, a volume or a tar archive.
 *
 *     member   1F 8B | method 8 | flags | mtime | extra flags | OS | optional fields | DEFLATE stream | CRC-32 | length
 *
 * - Members may follow one another (pigz, concatenated files): they are one stream.
 * - The length is stated modulo 2^32, so the size of what is inside is only known when all of it was decoded: that pass is
 *   made when the file is opened, and checks every CRC. It notes places to go on from, so that reads are random access.
 *
 * Sources: RFC 1952, RFC 1951; files by gzip and pigz.
 */
import type { ByteSource } from '../../source/types.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { looksLikeMember, readMember } from './header.ts';
import { gzipSource, indexGzip } from './stream.ts';

export const gzip: ContainerFormat = {
  id: 'gzip',
  title: 'gzip',
  extensions: ['.gz', '.tgz'],
  reads: ['any number of members, checked as a whole, then random access'],
  notYet: [],

  probe: ({ head }) => looksLikeMember(head),

  identify(source) {
    const { name, mtime } = readMember(source, 0);
    return { self: { format: 'gzip', name, mtime }, needs: [], setPart: null };
  },

  open(source: ByteSource, { codecs }: ContainerContext): OpenedContainer {
    const index = indexGzip(source, codecs);
    const name = index.first.name ?? source.name.replace(/\.(gz|tgz)$/i, '');
    const inner = gzipSource(source, source.name, index, codecs);
    const { mtime } = index.first;
    const trailing = source.size - index.end;
    return {
      format: 'gzip',
      facts: { name, members: index.members, size: index.size, compressed: index.end, trailing },
      findings: [],
      identity: { format: 'gzip', name: index.first.name, mtime },
      fingerprint: () => [],
      parts: [{ key: '', title: name, facts: {}, source: inner }],
    };
  },
};
