/**
 * VDI: the virtual disk of VirtualBox.
 *
 *     | text | signature, version | header | ... | block map | ... | block | block ... |
 *     0      64                   72             offBlocks         offData
 *     a block   | blockExtra bytes | data (blockSize, 1 MiB as a rule) |
 *
 * - Everything is little-endian. The block map has one u32 a block: the number of the block in the data area, FFFFFFFF for
 *   one that was never written, FFFFFFFE for one that holds zeros. Where there is a parent, the first is the parent's data
 *   and the second hides it; else both read as zeros.
 * - A fixed ("static") image has the same map, with every block allocated.
 * - An image with a parent (differencing, undo) names it by two UUIDs and no path: `uuidLinkage`, the parent's own, and
 *   `uuidParentModify`, the state of the parent it was made over. A block is here as a whole or not at all.
 *
 * Traps: the size of the disk is `cbDisk`, not blocks times block size; the text at 0 names the program that wrote the
 * file and differs, so the signature alone counts; fields of the legacy geometry are often zero.
 *
 * Sources: VirtualBox, VDICore.h as documented in the forum's "All about VDIs"; files by VirtualBox and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { parentBehind, parentNeed, zerosBehind } from '../parent.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { readBlockMap } from './block-map.ts';
import { ImageType, readHeader, SIGNATURE, SIGNATURE_OFFSET, TYPE_NAMES, type VdiHeader } from './structures.ts';

export const vdi: ContainerFormat = {
  id: 'vdi',
  title: 'VDI',
  extensions: ['.vdi'],
  reads: ['fixed, dynamic, differencing and undo disks'],
  notYet: [],

  probe({ head }: ProbeWindow): boolean {
    if (head.length < SIGNATURE_OFFSET + 4) return false;
    return new DataView(head.buffer, head.byteOffset).getUint32(SIGNATURE_OFFSET, true) === SIGNATURE;
  },

  identify(source: ByteSource): Identity {
    const header = readHeader(source);
    return { self: identityOf(header), needs: needsOf(header), setPart: null };
  },

  open(source: ByteSource, { resolve }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const header = readHeader(source);
    if (TYPE_NAMES[header.type] === undefined)
      failAt('UnsupportedFeature', source, 76, 'a dynamic, fixed, differencing or undo disk', `type ${header.type}`);
    const [need] = needsOf(header);
    const behind =
      need === undefined ? zerosBehind : parentBehind(source, 424, need, resolve, header.diskSize, findings);
    const { map, table, allocated } = readBlockMap(source, header, behind, findings);
    const fingerprint = (): FingerprintPart[] => [
      { what: 'vdi.header', bytes: header.raw },
      { what: 'vdi.map', bytes: table },
    ];
    return {
      format: 'vdi',
      facts: factsOf(header, allocated),
      findings: findings.items,
      identity: identityOf(header),
      fingerprint,
      parts: [
        {
          key: '',
          title: `Disk of ${source.name}`,
          facts: {},
          source: new MappedSource(source.name, header.diskSize, map, 'a block of the disk'),
        },
      ],
    };
  },
};

/** A disk without a parent's id has none, unless its type says that it must. */
function needsOf({ type, uuidLinkage, uuidParentModify }: VdiHeader): Need[] {
  if (uuidLinkage === null) {
    const isChild = type === ImageType.diff || type === ImageType.undo;
    return isChild ? [parentNeed([], [], 'the parent of no stored id')] : [];
  }
  const parent: Facts = { format: 'vdi', uuid: uuidLinkage };
  const match = uuidParentModify === null ? parent : { ...parent, modification: uuidParentModify };
  return [parentNeed([match], [], `the parent ${uuidLinkage}`)];
}

function identityOf(header: VdiHeader): Facts {
  return { format: 'vdi', uuid: header.uuidCreate, modification: header.uuidModify };
}

function factsOf(header: VdiHeader, allocated: number): Facts {
  return {
    type: TYPE_NAMES[header.type]!,
    version: header.version,
    virtualSize: header.diskSize,
    sectorSize: 512,
    blockSize: header.blockSize,
    blocks: header.blocks,
    allocatedBlocks: allocated,
    uuid: header.uuidCreate,
    creator: header.fileInfo,
    comment: header.comment,
    ...(header.uuidLinkage === null
      ? {}
      : { parent: { uuid: header.uuidLinkage, modification: header.uuidParentModify } }),
  };
}
