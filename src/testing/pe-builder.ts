/** Makes a tiny DLL with a version resource: valid headers, one section, no code. */
import { utf16leBytes } from '../base/utf16.ts';

export interface PeSpec {
  /** Four parts. */
  readonly version?: readonly [number, number, number, number];
  readonly strings?: { readonly [key: string]: string };
  /** Seconds since 1970. */
  readonly linkTime?: number;
  /** 0x8664 by default. */
  readonly machine?: number;
  /** Bytes appended behind the section, to tell two files with the same version apart. */
  readonly tail?: Uint8Array;
}

const SECTION_ADDRESS = 0x1000;
const SECTION_OFFSET = 0x200;

const align = (n: number, to: number) => Math.ceil(n / to) * to;

export function buildPe(spec: PeSpec = {}): Uint8Array {
  const resource = versionResource(spec);
  const rsrc = resourceSection(resource);
  const rawSize = align(rsrc.length, 0x200);
  const tail = spec.tail ?? new Uint8Array(0);
  const file = new Uint8Array(SECTION_OFFSET + rawSize + tail.length);
  const view = new DataView(file.buffer);
  const machine = spec.machine ?? 0x8664;
  const wide = machine !== 0x14c;
  const optionalSize = wide ? 240 : 224;
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(60, 0x40, true);
  view.setUint32(0x40, 0x4550, true);
  view.setUint16(0x44, machine, true);
  view.setUint16(0x46, 1, true);
  view.setUint32(0x48, spec.linkTime ?? 1_767_323_045, true);
  view.setUint16(0x54, optionalSize, true);
  view.setUint16(0x56, 0x2022, true); // DLL, large address aware, executable
  const optional = 0x58;
  view.setUint16(optional, wide ? 0x20b : 0x10b, true);
  view.setUint32(optional + 32, 0x1000, true); // section alignment
  view.setUint32(optional + 36, 0x200, true); // file alignment
  view.setUint16(optional + 40, 10, true);
  view.setUint16(optional + 48, 10, true);
  view.setUint32(optional + 56, SECTION_ADDRESS + align(rsrc.length, 0x1000), true); // size of image
  view.setUint32(optional + 60, SECTION_OFFSET, true); // size of headers
  view.setUint16(optional + 68, 2, true); // subsystem
  const directories = optional + (wide ? 112 : 96);
  view.setUint32(directories - 4, 16, true);
  view.setUint32(directories + 16, SECTION_ADDRESS, true);
  view.setUint32(directories + 20, rsrc.length, true);
  const section = optional + optionalSize;
  file.set([0x2e, 0x72, 0x73, 0x72, 0x63], section);
  view.setUint32(section + 8, rsrc.length, true);
  view.setUint32(section + 12, SECTION_ADDRESS, true);
  view.setUint32(section + 16, rawSize, true);
  view.setUint32(section + 20, SECTION_OFFSET, true);
  view.setUint32(section + 36, 0x4000_0040, true); // initialised data, readable
  file.set(rsrc, SECTION_OFFSET);
  file.set(tail, SECTION_OFFSET + rawSize);
  return file;
}

/** Type 16 -> name 1 -> language 1033 -> data. */
function resourceSection(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(88 + data.length);
  const view = new DataView(bytes.buffer);
  const directory = (at: number, id: number, to: number) => {
    view.setUint16(at + 14, 1, true);
    view.setUint32(at + 16, id, true);
    view.setUint32(at + 20, to, true);
  };
  directory(0, 16, 0x8000_0018);
  directory(24, 1, 0x8000_0030);
  directory(48, 1033, 72);
  view.setUint32(72, SECTION_ADDRESS + 88, true);
  view.setUint32(76, data.length, true);
  bytes.set(data, 88);
  return bytes;
}

function versionResource({ version = [1, 0, 0, 0], strings = {} }: PeSpec): Uint8Array {
  const fixed = new Uint8Array(52);
  const view = new DataView(fixed.buffer);
  const [a, b, c, d] = version;
  view.setUint32(0, 0xfeef04bd, true);
  view.setUint32(4, 0x10000, true);
  for (const at of [8, 16]) {
    view.setUint32(at, a * 65_536 + b, true);
    view.setUint32(at + 4, c * 65_536 + d, true);
  }
  view.setUint32(24, 0x3f, true);
  view.setUint32(32, 0x40004, true); // Windows NT
  view.setUint32(36, 2, true); // DLL
  const texts = Object.entries(strings).map(([key, value]) => block(key, utf16leBytes(`${value}\0`), true, []));
  const table = block('040904B0', new Uint8Array(0), true, texts);
  const info = block('StringFileInfo', new Uint8Array(0), true, [table]);
  return block('VS_VERSION_INFO', fixed, false, [info]);
}

function block(key: string, value: Uint8Array, isText: boolean, children: readonly Uint8Array[]): Uint8Array {
  const name = utf16leBytes(`${key}\0`);
  const valueAt = align(6 + name.length, 4);
  let length = valueAt + value.length;
  for (const child of children) length = align(length, 4) + child.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, isText ? value.length / 2 : value.length, true);
  view.setUint16(4, isText ? 1 : 0, true);
  bytes.set(name, 6);
  bytes.set(value, valueAt);
  let at = valueAt + value.length;
  for (const child of children) {
    at = align(at, 4);
    bytes.set(child, at);
    at += child.length;
  }
  return bytes;
}
