/** Short words for the trees of the sample. */
import { utf16leBytes } from '../../base/utf16.ts';
import { buildPe } from '../pe-builder.ts';
import type { TreeEntry } from '../tree.ts';

type More = Omit<TreeEntry, 'name' | 'dir' | 'data'>;

const times = (at: bigint) => ({ created: at, modified: at, accessed: at, changed: at });
const ARCHIVE = 0x20;
const MOUNT_POINT = 0xa000_0003;

export function dir(name: string, entries: readonly TreeEntry[], at: bigint, more: More = {}): TreeEntry {
  return { name, dir: entries, attributes: 0, ...times(at), ...more };
}

export function file(name: string, data: Uint8Array, at: bigint, more: More = {}): TreeEntry {
  return { name, data, attributes: ARCHIVE, ...times(at), ...more };
}

export function text(name: string, content: string, at: bigint, more: More = {}): TreeEntry {
  return file(name, new TextEncoder().encode(content), at, more);
}

/** A junction. */
export function link(name: string, target: string, at: bigint): TreeEntry {
  const substitute = utf16leBytes(`\\??\\${target}`);
  const print = utf16leBytes(target);
  const data = new Uint8Array(8 + substitute.length + 2 + print.length + 2);
  const view = new DataView(data.buffer);
  view.setUint16(2, substitute.length, true);
  view.setUint16(4, substitute.length + 2, true);
  view.setUint16(6, print.length, true);
  data.set(substitute, 8);
  data.set(print, 8 + substitute.length + 2);
  return { name, dir: [], attributes: 0x2406, ...times(at), reparse: { tag: MOUNT_POINT, data } };
}

export interface ProgramFacts {
  readonly version: string;
  readonly product: string;
  readonly company: string;
  readonly description: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** A small but valid PE file with a version resource, filled up to its size with bytes that do not compress to nothing. */
export function program(name: string, facts: ProgramFacts, at: bigint): TreeEntry {
  const { version, product, company, description, size } = facts;
  const [major = 0, minor = 0, build = 0, revision = 0] = version.split('.').map(Number);
  const spec = {
    version: [major, minor, build, revision] as const,
    strings: {
      CompanyName: company,
      FileDescription: description,
      FileVersion: version,
      OriginalFilename: name,
      ProductName: product,
      ProductVersion: version,
    },
    linkTime: Number(at / 10_000_000n - 11_644_473_600n),
  };
  const tail = new Uint8Array(Math.max(0, size - buildPe(spec).length));
  let state = size + version.length;
  for (let i = 0; i < tail.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    tail[i] = (state >>> 24) & 0x3f;
  }
  return file(name, buildPe({ ...spec, tail }), at);
}
