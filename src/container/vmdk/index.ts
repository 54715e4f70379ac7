/**
 * VMDK: the virtual disk of VMware, as one file or as many.
 *
 *     monolithicSparse   | header | descriptor | copy of GD and GTs | GD, GTs | grain | grain ...
 *     streamOptimized    | header | descriptor | marker, zlib grain | ... | GT | GD | footer | end of stream |
 *     a descriptor       text alone; the data are in files of their own:
 *                        FLAT and VMFS as they are, SPARSE (as above), VMFSSPARSE (COWD), SESPARSE, ZERO (no file)
 *
 * - Numbers are little-endian, offsets and sizes in sectors of 512 bytes. GD: grain directory, GT: grain table.
 * - A stream is written in one go, so its header does not know where the directory will be: gdOffset is all ones and the
 *   footer, a second header 1,024 bytes before the end, says it. Streams in files may as well have it in the first header.
 * - The descriptor says what the disk is made of: CID (changes with each first write), the parent's CID (ffffffff: none)
 *   and one line an extent, in the order of the disk. Extents are known by name, the parent by its CID.
 * - A grain that a sparse extent does not store lies in the parent, and is zeros where there is none or where it ends.
 *
 * Traps: a sparse file whose descriptor is missing or damaged may be a part of anything, so alone it is not opened; the
 * last grain may be stored short or whole; entry 1 means zeros only when flag 2 is set; some writers state version 3 for
 * what is version 1 otherwise; file names may be in the code page that `encoding` names.
 *
 * Sources: VMware, "Virtual Disk Format 5.0" (2011); QEMU, block/vmdk.c (seSparse, as facts); files by VMware and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { parentBehind, parentNeed, zerosBehind } from '../parent.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { COWD_MAGIC } from './cowd.ts';
import { DESCRIPTOR_MAGIC, type Descriptor, readDescriptor } from './descriptor.ts';
import {
  type Disk,
  extentNeeds,
  openExtents,
  openSparse,
  ownExtent,
  type Surroundings,
  sparsePrints,
} from './extents.ts';
import { MAGIC, readSparseHeader, SECTOR, type SparseHeader } from './header.ts';
import { hostedLayout } from './layout.ts';
import { SESPARSE_MAGIC } from './sesparse.ts';

export const vmdk: ContainerFormat = {
  id: 'vmdk',
  title: 'VMDK',
  extensions: ['.vmdk'],
  reads: [
    'sparse and stream-optimised disks, in one file or split',
    'flat disks',
    'delta disks over their parents',
    'the sparse formats of ESX (COWD and seSparse)',
    'the redundant tables when the first are damaged',
  ],
  notYet: ['encryption', 'seSparse disks whose journal must be replayed'],

  probe({ head }: ProbeWindow): boolean {
    return [MAGIC, DESCRIPTOR_MAGIC, COWD_MAGIC, SESPARSE_MAGIC].some((magic) => startsWith(head, magic));
  },

  identify(source: ByteSource): Identity {
    const { header, descriptor } = read(source);
    // an encrypted disk is not read, whatever files are there
    const needs = descriptor.encrypted ? [] : needsOf(source, header, descriptor);
    return { self: identityOf(descriptor), needs, setPart: null };
  },

  open(source: ByteSource, { codecs, resolve }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const { header, descriptor } = read(source);
    if (descriptor.encrypted)
      failAt(
        'UnsupportedFeature',
        source,
        header?.descriptorOffset ?? 0,
        'a disk that is not encrypted',
        'an encrypted disk',
      );
    if (descriptor.extents.length === 0)
      failAt('InvalidCount', source, header?.descriptorOffset ?? 0, 'extents in the descriptor', 'none');
    const own = ownExtent(descriptor, source.name, header !== null);
    const size = own >= 0 && descriptor.extents.length === 1 ? header!.capacity : sizeOf(descriptor);
    const need = parentOf(descriptor);
    const at = header?.descriptorOffset ?? 0;
    const behind = need === null ? zerosBehind : parentBehind(source, at, need, resolve, size, findings);
    const around = { behind, resolve, codecs, findings };
    const disk =
      header !== null && own === 0 && descriptor.extents.length === 1
        ? openAlone(source, header, around)
        : openExtents(source, descriptor, own, around);
    const fingerprint = (): FingerprintPart[] => [
      { what: 'vmdk.descriptor', bytes: descriptor.raw },
      ...sparsePrints(disk.sparse),
    ];
    return {
      format: 'vmdk',
      facts: factsOf(descriptor, disk),
      findings: findings.items,
      identity: identityOf(descriptor),
      fingerprint,
      parts: [{ key: '', title: `Disk of ${source.name}`, facts: {}, source: disk.source }],
    };
  },
};

/** Header and descriptor; the header is null for a descriptor that is a file of its own. */
function read(source: ByteSource): { header: SparseHeader | null; descriptor: Descriptor } {
  const start = new Uint8Array(Math.min(source.size, DESCRIPTOR_MAGIC.length));
  source.readInto(0, start);
  if (startsWith(start, DESCRIPTOR_MAGIC)) return { header: null, descriptor: readDescriptor(source, 0, source.size) };
  const esx = [COWD_MAGIC, SESPARSE_MAGIC].some((magic) => startsWith(start, magic));
  const header = esx ? null : readSparseHeader(source);
  if (header === null || header.descriptorOffset === 0 || header.descriptorSize === 0)
    failAt(
      'UnsupportedFeature',
      source,
      esx ? 0 : 28,
      'a disk in one file',
      'an extent of a disk in several files; another file holds the descriptor',
    );
  return { header, descriptor: readDescriptor(source, header.descriptorOffset, header.descriptorSize) };
}

/** The only extent is the file itself: its header knows the size, whatever the descriptor says. */
function openAlone(source: ByteSource, header: SparseHeader, around: Surroundings): Disk {
  const sparse = openSparse(source, hostedLayout(header), around);
  return {
    source: new MappedSource(source.name, header.capacity, sparse.grains.map, 'a grain of the disk'),
    sparse: [sparse],
  };
}

function sizeOf({ extents }: Descriptor): number {
  return extents.reduce((sum, { sectors }) => sum + sectors, 0) * SECTOR;
}

function parentOf({ parentCid, parentFileNameHint }: Descriptor): Need | null {
  if (parentCid === null) return null;
  return parentNeed([{ format: 'vmdk', cid: parentCid }], parentFileNameHint === null ? [] : [parentFileNameHint]);
}

function needsOf(source: ByteSource, header: SparseHeader | null, descriptor: Descriptor): Need[] {
  const parent = parentOf(descriptor);
  const extents = extentNeeds(descriptor, ownExtent(descriptor, source.name, header !== null));
  return parent === null ? extents : [...extents, parent];
}

function identityOf({ cid, createType }: Descriptor): Facts {
  return { format: 'vmdk', cid, createType };
}

function factsOf(descriptor: Descriptor, { source, sparse }: Disk): Facts {
  const { createType, cid, parentCid, parentFileNameHint, extents } = descriptor;
  const first = sparse[0]?.layout;
  const counts = sparse.map(({ grains }) => grains.allocated);
  const allocated = counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
  return {
    type: createType,
    virtualSize: source.size,
    sectorSize: SECTOR,
    extents: extents.map(({ type, sectors, file }) => ({ type, sectors, file })),
    cid,
    ...(parentCid === null ? {} : { parentCid, parentFileNameHint }),
    ...(first === undefined
      ? {}
      : {
          sparse: first.kind,
          version: first.version,
          blockSize: first.grainSize,
          blocks: sparse.reduce((sum, { layout }) => sum + Math.ceil(layout.capacity / layout.grainSize), 0),
          allocatedBlocks: allocated,
          compressed: first.compressed,
        }),
  };
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
