/** The descriptor of a VMDK: text that says what the disk is made of. Embedded in sparse files, a file of its own else. */
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const DESCRIPTOR_MAGIC = '# Disk DescriptorFile';
/** Longest descriptor that is read: 20 sectors are usual; one line for each 2 GiB of a split disk. */
const MAX_DESCRIPTOR = 1 << 20;
/** Extents of 2 GiB for 16 TiB, four times what split disks may have. */
const MAX_EXTENTS = 8192;
/** The CID of no parent. */
const NO_PARENT = 'ffffffff';

export interface VmdkExtent {
  /** `SPARSE`, `FLAT`, `ZERO`, `VMFS`, `VMFSSPARSE`, `SESPARSE` ... */
  readonly type: string;
  readonly sectors: number;
  /** Null for extents without a file (`ZERO`). */
  readonly file: string | null;
  /** Sector of the file where a flat extent begins. */
  readonly offset: number;
}

export interface Descriptor {
  readonly raw: Uint8Array;
  readonly cid: string;
  /** Null when the disk has no parent. */
  readonly parentCid: string | null;
  readonly parentFileNameHint: string | null;
  readonly createType: string;
  readonly extents: readonly VmdkExtent[];
  readonly encrypted: boolean;
}

const EXTENT = /^(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+([A-Z0-9]+)(?:\s+"([^"]*)"(?:\s+(\d+))?)?/i;
const KEY = /^([\w.]+)[ \t]*=/;

/** Key and value of `key = "value"`; null for other lines. Linear in the line, however many blanks it has. */
function entryOf(line: string): [string, string] | null {
  const key = KEY.exec(line);
  if (key === null) return null;
  let value = line.slice(key[0].length).trim();
  if (value.startsWith('"')) value = value.slice(1);
  if (value.endsWith('"')) value = value.slice(0, -1);
  return value.includes('"') ? null : [key[1]!, value.trim()];
}

/** @throws FormatError InvalidSignature when there is no descriptor, UnsupportedSize, UnexpectedEnd */
export function readDescriptor(source: ByteSource, offset: number, length: number): Descriptor {
  if (length > MAX_DESCRIPTOR)
    failAt('UnsupportedSize', source, offset, `a descriptor of at most ${MAX_DESCRIPTOR} bytes`, length);
  const bytes = readBytes(source, offset, length);
  const end = bytes.indexOf(0);
  const raw = end < 0 ? bytes : bytes.subarray(0, end);
  const text = decode(raw);
  if (!text.toLowerCase().startsWith(DESCRIPTOR_MAGIC.toLowerCase()))
    failAt('InvalidSignature', source, offset, `"${DESCRIPTOR_MAGIC}"`, JSON.stringify(text.slice(0, 21)));
  const entries = new Map<string, string>();
  const extents: VmdkExtent[] = [];
  for (const line of text.split(/\r?\n/)) {
    const extent = EXTENT.exec(line.trim());
    if (extent !== null) {
      const [, sectors, type, file, at] = extent;
      extents.push({
        sectors: Number(sectors),
        type: type!.toUpperCase(),
        file: file ?? null,
        offset: Number(at ?? 0),
      });
      continue;
    }
    const entry = entryOf(line.trim());
    if (entry !== null) entries.set(entry[0].toLowerCase(), entry[1]);
  }
  if (extents.length > MAX_EXTENTS)
    failAt('UnsupportedSize', source, offset, `at most ${MAX_EXTENTS} extents`, extents.length);
  const total = extents.reduce((sum, { sectors }) => sum + sectors, 0);
  if (total > 2 ** 44) failAt('InvalidLength', source, offset, 'extents of at most 2^44 sectors', total);
  const parentCid = entries.get('parentcid')?.toLowerCase() ?? NO_PARENT;
  return {
    raw,
    cid: entries.get('cid')?.toLowerCase() ?? '',
    parentCid: parentCid === NO_PARENT ? null : parentCid,
    parentFileNameHint: entries.get('parentfilenamehint') ?? null,
    createType: entries.get('createtype') ?? '',
    extents,
    encrypted: [...entries].some(isKey),
  };
}

/** Names of files may be in the code page of the machine; the descriptor says which. */
function decode(raw: Uint8Array): string {
  const label =
    /^[ \t]{0,16}encoding[ \t]{0,16}=[ \t]{0,16}"([\w-]+)"/im.exec(new TextDecoder('windows-1252').decode(raw))?.[1] ??
    'utf-8';
  try {
    return new TextDecoder(label).decode(raw);
  } catch (error) {
    // an encoding that is not known here: the structure is ASCII in all of them
    if (error instanceof RangeError) return new TextDecoder().decode(raw);
    throw error;
  }
}

/** Workstation keeps the keys of an encrypted disk in the descriptor, vSphere the id of the key and an I/O filter. */
function isKey([name, value]: [string, string]): boolean {
  if (value.startsWith('vmware:key/')) return true;
  if (name === 'ddb.iofilters') return /vmcrypt/i.test(value);
  return /^(?:ddb\.)?(?:encryption|keysafe|keyid)/.test(name) && value !== '' && !/^(?:none|false|no)$/i.test(value);
}

/** Names of the files the extents are in, for a sentence: the first ones, and how many more there are. */
export function extentFiles({ extents }: Descriptor): string {
  const files = extents.flatMap(({ file }) => (file === null ? [] : [`"${file}"`]));
  if (files.length === 0) return 'no file';
  const more = files.length > 4 ? ` and ${files.length - 4} more` : '';
  return files.slice(0, 4).join(', ') + more;
}
