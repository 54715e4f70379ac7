/** The header of a qcow2 and its extensions: disk shape in, memory shape out. All fields are big-endian. */
import { failAt } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const MAGIC = 'QFI\xfb';
const V2_SIZE = 72;
const V3_SIZE = 104;
/** Names of other files are at most this long; the format says 1,023. */
const MAX_NAME = 1023;
const MAX_EXTENSIONS = 64;

export const Incompatible = { dirty: 0, corrupt: 1, externalData: 2, compression: 3, extendedL2: 4 } as const;
const KNOWN_INCOMPATIBLE = 5;

const AUTOCLEAR_RAW_DATA = 1 << 1;

const EXTENSION_END = 0;
const EXTENSION_BACKING_FORMAT = 0xe279_2aca;
const EXTENSION_FEATURE_NAMES = 0x6803_f857;
const EXTENSION_DATA_FILE = 0x4441_5441;

export interface Qcow2Header {
  readonly raw: Uint8Array;
  readonly version: number;
  readonly clusterBits: number;
  /** Bytes of the disk. */
  readonly size: number;
  /** 0 none, 1 AES, 2 LUKS. */
  readonly cryptMethod: number;
  readonly l1Size: number;
  readonly l1TableOffset: number;
  readonly nbSnapshots: number;
  readonly snapshotsOffset: number;
  /** Bits 0 to 31; `unknown` has those above as well. */
  readonly incompatible: number;
  /** Numbers of incompatible features that this reader does not know. */
  readonly unknown: readonly number[];
  /** The external data file holds the disk as it is, so that it can be read without this file. */
  readonly rawData: boolean;
  /** 0 DEFLATE, 1 zstd. */
  readonly compressionType: number;
  readonly backingFile: string | null;
  readonly backingFormat: string | null;
  readonly dataFile: string | null;
  /** From the feature name table, for the sentence of a refusal: bit -> name. */
  readonly featureNames: ReadonlyMap<number, string>;
}

/** @throws FormatError InvalidSignature, UnsupportedVersion, InvalidHeader, UnexpectedEnd */
export function readHeader(source: ByteSource): Qcow2Header {
  const start = readView(source, 0, 8);
  const magic = start.ascii(0, 4);
  if (magic !== MAGIC) failAt('InvalidSignature', source, 0, '"QFI" and 0xfb', JSON.stringify(magic));
  const version = start.u32be(4);
  if (version !== 2 && version !== 3)
    failAt(
      'UnsupportedVersion',
      source,
      4,
      'qcow2 (version 2 or 3)',
      version === 1 ? 'qcow (version 1), which qemu-img converts' : version,
    );
  const length = version === 2 ? V2_SIZE : readView(source, 100, 4).u32be(0);
  if (version === 3 && (length < V3_SIZE || length % 8 !== 0 || length > 4096))
    failAt('InvalidHeader', source, 100, `a header length of ${V3_SIZE} to 4096 bytes`, length);
  const view = readView(source, 0, length);
  const clusterBits = view.u32be(20);
  if (clusterBits < 9 || clusterBits > 21)
    failAt('InvalidHeader', source, 20, 'clusters of 2^9 to 2^21 bytes', `2^${clusterBits}`);
  const low = version === 2 ? 0 : view.u32be(76);
  const high = version === 2 ? 0 : view.u32be(72);
  const extensions = readExtensions(source, length, 2 ** clusterBits);
  return {
    raw: view.bytes,
    version,
    clusterBits,
    size: view.size64be(24, 'a disk size'),
    cryptMethod: view.u32be(32),
    l1Size: view.u32be(36),
    l1TableOffset: view.size64be(40, 'a table offset'),
    nbSnapshots: view.u32be(60),
    snapshotsOffset: view.size64be(64, 'a snapshot offset'),
    incompatible: low,
    unknown: [...bitsOf(low, 0), ...bitsOf(high, 32)].filter((bit) => bit >= KNOWN_INCOMPATIBLE),
    rawData: version === 3 && (view.u32be(92) & AUTOCLEAR_RAW_DATA) !== 0,
    compressionType: length > V3_SIZE ? view.u8(104) : 0,
    backingFile: nameAt(source, view.size64be(8, 'a name offset'), view.u32be(16)),
    ...extensions,
  };
}

export function hasFeature({ incompatible }: Qcow2Header, bit: number): boolean {
  return (incompatible & (1 << bit)) !== 0;
}

function bitsOf(word: number, base: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => ((word >>> bit) & 1) === 1)
    .map((bit) => bit + base);
}

function nameAt(source: ByteSource, offset: number, length: number): string | null {
  if (offset === 0) return null;
  if (length > MAX_NAME) failAt('InvalidLength', source, 16, `a name of at most ${MAX_NAME} bytes`, length);
  return new TextDecoder().decode(readBytes(source, offset, length));
}

interface Extensions {
  readonly backingFormat: string | null;
  readonly dataFile: string | null;
  readonly featureNames: ReadonlyMap<number, string>;
}

/** The extensions behind the header; a list that leads out of the first cluster ends there. */
function readExtensions(source: ByteSource, start: number, clusterSize: number): Extensions {
  const end = Math.min(clusterSize, source.size);
  let backingFormat: string | null = null;
  let dataFile: string | null = null;
  const featureNames = new Map<number, string>();
  let at = start;
  for (let count = 0; count < MAX_EXTENSIONS && end - at >= 8; count++) {
    const head = readView(source, at, 8);
    const [type, length] = [head.u32be(0), head.u32be(4)];
    if (type === EXTENSION_END || length > end - at - 8) break;
    const data = readView(source, at + 8, length);
    const text = (): string => new TextDecoder().decode(data.bytes);
    if (type === EXTENSION_BACKING_FORMAT) backingFormat = text();
    if (type === EXTENSION_DATA_FILE) dataFile = text();
    if (type === EXTENSION_FEATURE_NAMES)
      for (let entry = 0; entry + 48 <= length; entry += 48)
        if (data.u8(entry) === 0) featureNames.set(data.u8(entry + 1), data.ascii(entry + 2, 46));
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return { backingFormat, dataFile, featureNames };
}
