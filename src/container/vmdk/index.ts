/**
 * VMDK: the virtual disk of VMware, as one file.
 *
 *     monolithicSparse   | header | descriptor | copy of GD and GTs | GD, GTs | grain | grain ...
 *     streamOptimized    | header | descriptor | marker, zlib grain | ... | GT | GD | footer | end of stream |
 *     a descriptor       text alone; the data are in files of their own (flat, split, delta)
 *
 * - Numbers are little-endian, offsets and sizes in sectors of 512 bytes. GD: grain directory, GT: grain table.
 * - A stream is written in one go, so its header does not know where the directory will be: gdOffset is all ones and the
 *   footer, a second header 1,024 bytes before the end, says it. Streams in files may as well have it in the first header.
 * - The descriptor says what the disk is made of: CID (changes with each first write), the parent's CID (ffffffff: none)
 *   and one line an extent. A disk with a parent or with extents in other files is refused, and the files are named.
 *
 * Traps: a grain that is not stored is zeros only where there is no parent, so a file whose descriptor is missing or
 * damaged is not opened; the last grain may be stored short or whole; entry 1 means zeros only when flag 2 is set; some
 * writers state version 3 for what is version 1 otherwise.
 *
 * Sources: VMware, "Virtual Disk Format 5.0" (2011); files by VMware and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { DESCRIPTOR_MAGIC, type Descriptor, extentFiles, readDescriptor } from './descriptor.ts';
import { readGrains } from './grains.ts';
import { MAGIC, readSparseHeader, SECTOR, type SparseHeader } from './header.ts';

export const vmdk: ContainerFormat = {
  id: 'vmdk',
  title: 'VMDK',
  extensions: ['.vmdk'],
  reads: ['monolithicSparse and streamOptimized disks', 'the redundant tables when the first are cut off'],
  notYet: ['split, flat and delta disks (the files are named)', 'ESX sparse formats'],

  probe({ head }: ProbeWindow): boolean {
    return startsWith(head, MAGIC) || startsWith(head, DESCRIPTOR_MAGIC);
  },

  identify(source: ByteSource): Identity {
    const { descriptor } = read(source);
    return { self: identityOf(descriptor), needs: needsOf(descriptor), setPart: null };
  },

  open(source: ByteSource, { codecs }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const { header, descriptor } = read(source);
    refuseOtherFiles(source, header, descriptor);
    if (header.uncleanShutdown)
      findings.add({
        code: 'vmdkUnclean',
        severity: 'info',
        where: place(source, header.offset + 72),
        message: 'The disk was not closed properly by the machine that used it.',
      });
    const { map, tables, allocated } = readGrains(source, header, codecs, findings);
    const fingerprint = (): FingerprintPart[] => [
      { what: 'vmdk.header', bytes: header.raw },
      { what: 'vmdk.descriptor', bytes: descriptor.raw },
      { what: 'vmdk.tables', bytes: tables.bytes() },
    ];
    return {
      format: 'vmdk',
      facts: factsOf(header, descriptor, allocated),
      findings: findings.items,
      identity: identityOf(descriptor),
      fingerprint,
      parts: [
        {
          key: '',
          title: `Disk of ${source.name}`,
          facts: {},
          source: new MappedSource(source.name, header.capacity, map, 'a grain of the disk'),
        },
      ],
    };
  },
};

/** Header and descriptor; the header is null for a descriptor that is a file of its own. */
function read(source: ByteSource): { header: SparseHeader | null; descriptor: Descriptor } {
  const start = new Uint8Array(Math.min(source.size, DESCRIPTOR_MAGIC.length));
  source.readInto(0, start);
  if (startsWith(start, DESCRIPTOR_MAGIC)) return { header: null, descriptor: readDescriptor(source, 0, source.size) };
  const header = readSparseHeader(source);
  if (header.descriptorOffset === 0)
    failAt(
      'UnsupportedFeature',
      source,
      28,
      'a disk in one file',
      'an extent of a disk in several files; another file holds the descriptor',
    );
  return { header, descriptor: readDescriptor(source, header.descriptorOffset, header.descriptorSize) };
}

/** @throws FormatError UnsupportedFeature that names the files the disk needs besides this one */
function refuseOtherFiles(
  source: ByteSource,
  header: SparseHeader | null,
  descriptor: Descriptor,
): asserts header is SparseHeader {
  const { createType, extents, parentCid, parentFileNameHint } = descriptor;
  const at = header?.descriptorOffset ?? 0;
  const type = createType === '' ? 'unknown type' : createType;
  if (parentCid !== null) {
    const name = parentFileNameHint === null ? 'of no stored name' : `"${parentFileNameHint}"`;
    failAt(
      'UnsupportedFeature',
      source,
      at,
      'a disk without a parent',
      `a delta disk (${type}); its parent is ${name} with the CID ${parentCid}`,
    );
  }
  if (header === null || extents.length !== 1 || extents[0]!.type !== 'SPARSE')
    failAt(
      'UnsupportedFeature',
      source,
      at,
      'a disk in one file',
      `a descriptor (${type}); the data are in ${extentFiles(descriptor)}`,
    );
}

function needsOf({ parentCid, parentFileNameHint, extents }: Descriptor): Need[] {
  const needs: Need[] = extents.length === 1 && extents[0]!.type === 'SPARSE' ? [] : extentNeeds(extents);
  if (parentCid !== null)
    needs.push({
      id: 'parent',
      kind: 'parent',
      want: 'disk',
      match: [{ format: 'vmdk', cid: parentCid }],
      names: parentFileNameHint === null ? [] : [parentFileNameHint],
      hashes: [],
      title: parentFileNameHint === null ? 'the parent of no stored name' : `the parent "${parentFileNameHint}"`,
      required: true,
    });
  return needs;
}

function extentNeeds(extents: Descriptor['extents']): Need[] {
  return extents.flatMap(({ file }, i) =>
    file === null
      ? []
      : [
          {
            id: `extent:${i}`,
            kind: 'extent',
            want: 'file',
            match: [],
            names: [file],
            hashes: [],
            title: `the extent "${file}"`,
            required: true,
          },
        ],
  );
}

function identityOf({ cid, createType }: Descriptor): Facts {
  return { format: 'vmdk', cid, createType };
}

function factsOf(header: SparseHeader, descriptor: Descriptor, allocated: number): Facts {
  return {
    type: descriptor.createType,
    version: header.version,
    virtualSize: header.capacity,
    sectorSize: SECTOR,
    blockSize: header.grainSize,
    blocks: Math.ceil(header.capacity / header.grainSize),
    allocatedBlocks: allocated,
    compressed: header.compressed,
    cid: descriptor.cid,
  };
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
