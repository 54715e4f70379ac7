/** The descriptor of a VMDK: text that says what the disk is made of. Embedded in sparse files, a file of its own else. */
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const DESCRIPTOR_MAGIC = '# Disk DescriptorFile';
/** Longest descriptor that is read: 20 sectors are usual; one line for each 2 GiB of a split disk. */
const MAX_DESCRIPTOR = 1 << 20;
/** The CID of no parent. */
const NO_PARENT = 'ffffffff';

export interface VmdkExtent {
  /** `SPARSE`, `FLAT`, `VMFS`, `SESPARSE` ... */
  readonly type: string;
  readonly sectors: number;
  /** Null for extents without a file (`ZERO`). */
  readonly file: string | null;
}

export interface Descriptor {
  readonly raw: Uint8Array;
  readonly cid: string;
  /** Null when the disk has no parent. */
  readonly parentCid: string | null;
  readonly parentFileNameHint: string | null;
  readonly createType: string;
  readonly extents: readonly VmdkExtent[];
}

const EXTENT = /^(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+([A-Z0-9]+)(?:\s+"([^"]*)")?/i;
const ENTRY = /^(\w+)\s*=\s*"?([^"]*)"?$/;

/** @throws FormatError InvalidSignature when there is no descriptor, UnsupportedSize, UnexpectedEnd */
export function readDescriptor(source: ByteSource, offset: number, length: number): Descriptor {
  if (length > MAX_DESCRIPTOR)
    failAt('UnsupportedSize', source, offset, `a descriptor of at most ${MAX_DESCRIPTOR} bytes`, length);
  const bytes = readBytes(source, offset, length);
  const end = bytes.indexOf(0);
  const raw = end < 0 ? bytes : bytes.subarray(0, end);
  const text = new TextDecoder().decode(raw);
  if (!text.toLowerCase().startsWith(DESCRIPTOR_MAGIC.toLowerCase()))
    failAt('InvalidSignature', source, offset, `"${DESCRIPTOR_MAGIC}"`, JSON.stringify(text.slice(0, 21)));
  const entries = new Map<string, string>();
  const extents: VmdkExtent[] = [];
  for (const line of text.split(/\r?\n/)) {
    const extent = EXTENT.exec(line.trim());
    if (extent !== null) {
      extents.push({ sectors: Number(extent[1]), type: extent[2]!.toUpperCase(), file: extent[3] ?? null });
      continue;
    }
    const entry = ENTRY.exec(line.trim());
    if (entry !== null) entries.set(entry[1]!.toLowerCase(), entry[2]!.trim());
  }
  const parentCid = entries.get('parentcid')?.toLowerCase() ?? NO_PARENT;
  return {
    raw,
    cid: entries.get('cid')?.toLowerCase() ?? '',
    parentCid: parentCid === NO_PARENT ? null : parentCid,
    parentFileNameHint: entries.get('parentfilenamehint') ?? null,
    createType: entries.get('createtype') ?? '',
    extents,
  };
}

/** Names of the files the extents are in, for a sentence: the first ones, and how many more there are. */
export function extentFiles({ extents }: Descriptor): string {
  const files = extents.flatMap(({ file }) => (file === null ? [] : [`"${file}"`]));
  if (files.length === 0) return 'no file';
  const more = files.length > 4 ? ` and ${files.length - 4} more` : '';
  return files.slice(0, 4).join(', ') + more;
}
