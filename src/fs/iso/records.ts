/** Directory records, and the System Use entries of Rock Ridge behind their names. */
import { joinBytes } from '../../base/join-bytes.ts';
import { utf8Name } from '../../base/utf8-name.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { isoTime, latin1, SECTOR, ucs2be } from './descriptors.ts';

const Flag = { hidden: 1, directory: 2, associated: 4, multiExtent: 0x80 } as const;
const RECORD_SIZE = 33;
/** Continuation areas of one record; real ones have one. */
const MAX_CONTINUATIONS = 8;

export interface IsoRecord {
  readonly length: number;
  /** First block of the extent, its extended attribute record not counted. */
  readonly location: number;
  readonly dataLength: number;
  readonly directory: boolean;
  readonly hidden: boolean;
  readonly associated: boolean;
  readonly multiExtent: boolean;
  readonly interleaved: boolean;
  readonly recorded: bigint;
  /** The identifier's bytes: one of 0 is the directory itself, one of 1 the one above. */
  readonly identifier: Uint8Array;
  readonly systemUse: Uint8Array;
}

/** The record at the start of `bytes`, null when these cannot be one. */
export function parseRecord(bytes: Uint8Array): IsoRecord | null {
  const length = bytes[0] ?? 0;
  if (length < RECORD_SIZE + 1 || length > bytes.length) return null;
  const nameLength = bytes[32]!;
  if (nameLength === 0 || RECORD_SIZE + nameLength > length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const flags = bytes[25]!;
  const zone = view.getInt8(24) * 15;
  return {
    length,
    location: view.getUint32(2, true) + bytes[1]!,
    dataLength: view.getUint32(10, true),
    directory: (flags & Flag.directory) !== 0,
    hidden: (flags & Flag.hidden) !== 0,
    associated: (flags & Flag.associated) !== 0,
    multiExtent: (flags & Flag.multiExtent) !== 0,
    interleaved: bytes[26] !== 0 || bytes[27] !== 0,
    recorded: isoTime(1900 + bytes[18]!, bytes[19]!, bytes[20]!, bytes[21]!, bytes[22]!, bytes[23]!, 0, zone),
    identifier: bytes.subarray(RECORD_SIZE, RECORD_SIZE + nameLength),
    systemUse: bytes.subarray(RECORD_SIZE + nameLength + (nameLength % 2 === 0 ? 1 : 0), length),
  };
}

export const isDots = ({ identifier }: IsoRecord): boolean => identifier.length === 1 && identifier[0]! <= 1;

/** `FILE.TXT;1` is `FILE.TXT`, `FILE.;1` is `FILE`. */
export function plainName(record: IsoRecord, joliet: boolean): string {
  const name = joliet ? ucs2be(record.identifier) : latin1(record.identifier);
  const version = name.replace(/;\d*$/, '');
  return record.directory || !version.endsWith('.') || version.length === 1 ? version : version.slice(0, -1);
}

export interface RockRidge {
  readonly name: string | null;
  readonly symbolicLink: string | null;
  /** Block of the directory that this record stands for: one too deep for ISO 9660, which lies elsewhere. */
  readonly child: number | null;
  /** Such a directory, where it lies. */
  readonly relocated: boolean;
  /** Bytes of the file before it was compressed by zisofs. */
  readonly uncompressed: number | null;
}

/**
 * The Rock Ridge entries, of which `NM` and `SL` may be continued elsewhere. Directories below the eighth level are moved
 * (`RE`) into one in the root, and a file in their place says where they are (`CL`).
 */
export function rockRidge(record: IsoRecord, source: ByteSource, skip: number): RockRidge {
  let name: Uint8Array[] | null = null;
  let link: string[] | null = null;
  let child: number | null = null;
  let relocated = false;
  let uncompressed: number | null = null;
  let area = record.systemUse.subarray(Math.min(skip, record.systemUse.length));
  for (let turn = 0; turn <= MAX_CONTINUATIONS; turn++) {
    let next: Uint8Array | null = null;
    for (let at = 0; at + 4 <= area.length; ) {
      const length = area[at + 2]!;
      if (length < 4 || at + length > area.length) break;
      const kind = String.fromCharCode(area[at]!, area[at + 1]!);
      const body = area.subarray(at + 4, at + length);
      if (kind === 'NM' && body.length > 0 && (body[0]! & 6) === 0) {
        name ??= [];
        name.push(body.subarray(1));
      }
      if (kind === 'SL' && body.length > 0) {
        link ??= [];
        link.push(...components(body.subarray(1)));
      }
      if (kind === 'CL' && body.length >= 8) child = u32(body, 0);
      if (kind === 'RE') relocated = true;
      if (kind === 'ZF' && body.length >= 12) uncompressed = u32(body, 4);
      if (kind === 'CE' && body.length >= 24) {
        const start = u32(body, 0) * SECTOR + u32(body, 8);
        const size = Math.min(u32(body, 16), SECTOR);
        if (start + size <= source.size) next = readBytes(source, start, size);
      }
      if (kind === 'ST') break;
      at += length;
    }
    if (next === null) break;
    area = next;
  }
  const text = name === null ? null : utf8Name(joinBytes(name));
  const symbolicLink = link === null ? null : link.join('/');
  return { name: text === '' ? null : text, symbolicLink, child, relocated, uncompressed };
}

function u32(body: Uint8Array, at: number): number {
  return new DataView(body.buffer, body.byteOffset, body.length).getUint32(at, true);
}

function components(body: Uint8Array): string[] {
  const parts: string[] = [];
  for (let at = 0; at + 2 <= body.length; ) {
    const [flags, length] = [body[at]!, body[at + 1]!];
    if (at + 2 + length > body.length) break;
    if ((flags & 2) !== 0) parts.push('.');
    else if ((flags & 4) !== 0) parts.push('..');
    else if ((flags & 8) !== 0) parts.push('');
    else parts.push(utf8Name(body.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return parts;
}
