/**
 * WIM, the Windows Imaging Format: n images (directory trees) over one store of deduplicated data.
 *
 *     [ header 208 ][ data of files ... ][ metadata of image 1 ] ... [ blob table ][ XML ][ integrity table ]
 *
 *     header --rhOffsetTable--> blob table: SHA-1 -> resource (place, size, compressed?)
 *                                    '- the entries flagged as metadata are the images, in order
 *     metadata of an image: security block, directory entries; a file is the SHA-1 of its data
 *     resource: bytes as they are, or chunks of 4 KiB to 2 MiB, each compressed by itself (XPRESS, LZX, LZMS)
 *
 * So nothing needs the order in the file, every image shares data with the others, and a file is read by decoding the
 * chunks it needs. Traps: dentry.ts (where which hash stands), chunk-layout.ts (chunk tables), blob-table.ts (solid runs).
 * An ESD is a WIM of version 0xE00 whose files lie in solid resources, mostly LZMS in chunks of 64 MiB.
 *
 * Split sets and deltas are read from several files (members.ts); what is in a file that is not here says so.
 *
 * Sources: Microsoft, "Windows Imaging File Format (WIM)"; [MS-XCA]; the manual pages of wimlib-imagex; real files.
 */

import { FormatError } from '../../base/errors.ts';
import { type Facts, FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import type { FingerprintPart, Identity, ProbeWindow } from '../../source/format.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { FsContext, FsFormat, FsVolume, OpenedFs } from '../types.ts';
import { HEADER_SIZE, HeaderFlag, magicOf, readHeader, type WimHeader } from './header.ts';
import { readImageInfo } from './image-info.ts';
import { holds, lackingHashes } from './lacking.ts';
import { blobsNeed, gatherMembers, partNeeds } from './members.ts';
import { WimVerifier } from './verify.ts';
import { WimVolume } from './volume.ts';
import { WimFile } from './wim-file.ts';

function identityOf(header: WimHeader): Facts {
  return { guid: header.gWIMGuid, part: header.usPartNumber, parts: header.usTotalParts };
}

function headerFacts(file: WimFile): Facts {
  const { blobs, header } = file;
  return {
    ...identityOf(header),
    version: `0x${header.dwVersion.toString(16)}`,
    flags: `0x${header.dwFlags.toString(16)}`,
    compression: header.compression,
    chunkSize: header.compression === 'none' ? null : header.dwCompressionSize,
    images: header.dwImageCount,
    bootIndex: header.dwBootIndex,
    blobs: file.ownBlobs,
    solidResources: blobs.solidResources,
    pipable: header.pipable,
    integrityTable: header.rhIntegrity.ullSize > 0,
    ...(file.files.length > 1 && { readWith: file.files.slice(1).map((member) => member.source.name) }),
  };
}

/** The XML data as a source; null, with a finding, when its resource cannot be opened. */
function openXml(file: WimFile, findings: FindingList): ByteSource | null {
  const { rhXmlData } = file.header;
  try {
    const xml = file.reader.open(rhXmlData, `${file.source.name} XML data`);
    // Read here so that damage inside is told here too; it is small, and held by the caches below.
    if (xml.size > 0) xml.readInto(0, new Uint8Array(1));
    return xml;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    findings.add({
      code: 'wimXmlUnreadable',
      severity: 'warning',
      where: error.where,
      message: 'The XML data of the WIM cannot be read.',
      facts: { expected: error.expected, actual: error.actual },
    });
    return null;
  }
}

function tellOddities(file: WimFile, findings: FindingList): void {
  const { blobs, header, source } = file;
  const tell = (code: string, severity: 'warning' | 'info', message: string, facts: Facts = {}) =>
    findings.add({ code, severity, where: place(source, 0), message, facts });
  if (file.missingParts.length > 0)
    tell('wimPartsMissing', 'warning', 'Parts of this split set are not here; data that lies in them cannot be read.', {
      parts: header.usTotalParts,
      missing: file.missingParts,
    });
  if (blobs.images.length < header.dwImageCount)
    tell('wimImageMissing', 'warning', 'The WIM holds fewer images than its header says.', {
      expected: header.dwImageCount,
      actual: blobs.images.length,
    });
  if (blobs.extraImages > 0)
    tell('wimImageExtra', 'warning', 'The WIM holds more images than its header says; they are left out.', {
      expected: header.dwImageCount,
      actual: header.dwImageCount + blobs.extraImages,
    });
  if (blobs.duplicates > 0)
    tell('wimDuplicateBlobs', 'info', 'The blob table names some data twice; the first place is used.', {
      entries: blobs.duplicates,
    });
  if (header.dwFlags & HeaderFlag.writeInProgress)
    tell('wimWriteInProgress', 'warning', 'Somebody was writing this WIM and did not finish.');
  if (header.dwBootIndex > header.dwImageCount)
    tell('wimBootIndex', 'warning', 'The image to boot from is not there.', { bootIndex: header.dwBootIndex });
}

function open(source: ByteSource, { codecs, resolve }: FsContext): OpenedFs {
  const findings = new FindingList();
  const file = new WimFile(gatherMembers(source, codecs, resolve, findings), codecs);
  tellOddities(file, findings);
  const xml = readImageInfo(openXml(file, findings), file.header.dwImageCount, findings);
  const verifier = new WimVerifier(file);
  const volumes: FsVolume[] = file.blobs.images.map((_, i) => new WimVolume(file, i, xml.images[i]!, verifier));
  return {
    format: wim.id,
    facts: { ...headerFacts(file), ...xml.facts },
    findings: findings.items,
    identity: identityOf(file.header),
    volumes,
    fingerprint: (): FingerprintPart[] => [{ what: 'wim.header', bytes: readBytes(file.source, 0, HEADER_SIZE) }],
  };
}

function identify(source: ByteSource, codecs: Codecs): Identity {
  const header = readHeader(source);
  const { gWIMGuid, usPartNumber, usTotalParts } = header;
  // Only part 1 knows names and hashes; it cannot tell what another part has from what the set as a delta lacks.
  const hashes = usPartNumber === 1 ? lackingHashes(source, codecs) : [];
  return {
    self: identityOf(header),
    needs: [...partNeeds(header), ...(hashes.length > 0 ? [blobsNeed(hashes)] : [])],
    setPart: usTotalParts > 1 ? { set: gWIMGuid, part: usPartNumber, total: usTotalParts } : null,
  };
}

export const wim: FsFormat = {
  id: 'wim',
  title: 'WIM',
  extensions: ['.wim', '.swm', '.esd', '.ppkg'],
  reads: [
    'uncompressed, XPRESS, LZX and LZMS with any chunk size to 256 MiB',
    'solid resources (ESD)',
    'several images',
    'integrity tables',
    'pipable WIMs',
    'split sets (SWM), also solid and in part',
    'delta WIMs with the WIMs they refer to',
  ],
  notYet: [],
  probe: ({ head }: ProbeWindow) => magicOf(head) !== null,
  identify,
  holds,
  open,
};
