/**
 * Splits a built WIM into the parts of a set, also a solid one (wimlib refuses to write those, and reads them): part 1 has the
 * metadata; each part has a header with its number, its share of the data, and the blob table of that share; the XML data is in all.
 */
import { buildWimWithMap, integrityTable, type WimOptions } from './wim-builder.ts';
import { buildSolidWim, type SolidOptions } from './wim-solid.ts';

const ENTRY = 50;
const HEADER = 208;
const METADATA = 2;
const SPANNED = 0x8;
const SOLID = 0x10;

export interface SplitOptions {
  readonly parts: number;
  readonly solid?: SolidOptions;
}

/** Entries of the blob table that must stay together: a blob, or a solid resource with the blobs in it. */
type Group = Uint8Array[];

/** A built WIM as the parts of a set, in order. */
export function splitWim(options: WimOptions, { parts, solid }: SplitOptions): Uint8Array[] {
  const whole = solid ? buildSolidWim(options, solid).bytes : buildWimWithMap(options).bytes;
  return splitBytes(whole, { parts, integrity: options.integrity === true });
}

/**
 * Any WIM whose blob table is stored as it is, and has at most one solid run, as the parts of a set, in order. Blobs and
 * solid resources are dealt out in turn. @param first the part (from 0) that gets the first of them
 */
export function splitBytes(
  whole: Uint8Array,
  { parts, integrity = false, first = 0 }: { parts: number; integrity?: boolean; first?: number },
): Uint8Array[] {
  const table = stored(whole, whole, 48);
  const entries = Array.from({ length: table.length / ENTRY }, (_, i) => table.slice(i * ENTRY, (i + 1) * ENTRY));
  const images = entries.filter((entry) => entry[7]! & METADATA);
  const others = entries.filter((entry) => !(entry[7]! & METADATA));
  const plain = others.filter((entry) => !(entry[7]! & SOLID));
  const groups = [
    ...plain.map((entry) => [entry]),
    ...solidGroups(
      whole,
      others.filter((entry) => entry[7]! & SOLID),
    ),
  ];
  return Array.from({ length: parts }, (_, i) => {
    const mine = groups.filter((_group, k) => (k + first) % parts === i);
    return writePart(whole, i === 0 ? [images, ...mine] : mine, i + 1, parts, integrity);
  });
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The stored bytes that the resource header at `at` of `bytes` points to in `whole`. */
function stored(whole: Uint8Array, bytes: Uint8Array, at = 0): Uint8Array {
  const view = viewOf(bytes);
  const offset = Number(view.getBigUint64(at + 8, true));
  return whole.slice(offset, offset + Number(view.getBigUint64(at, true) & 0xff_ffff_ffff_ffffn));
}

const isResource = (entry: Uint8Array) => viewOf(entry).getBigUint64(16, true) === 2n ** 32n;

/** Each resource of the one run with its blobs, whose places now count from the resource's own start. */
function solidGroups(whole: Uint8Array, entries: readonly Uint8Array[]): Group[] {
  const blobs = entries.filter((entry) => !isResource(entry));
  let start = 0;
  return entries.filter(isResource).map((resource) => {
    const size = Number(viewOf(stored(whole, resource)).getBigUint64(0, true));
    const inside = blobs.filter((blob) => {
      const offset = Number(viewOf(blob).getBigUint64(8, true));
      return offset >= start && offset < start + size;
    });
    for (const blob of inside) {
      const view = viewOf(blob);
      view.setBigUint64(8, view.getBigUint64(8, true) - BigInt(start), true);
    }
    start += size;
    return [resource, ...inside];
  });
}

function writePart(whole: Uint8Array, groups: Group[], part: number, parts: number, integrity: boolean): Uint8Array {
  const out: Uint8Array[] = [new Uint8Array(HEADER)];
  let end = HEADER;
  const append = (bytes: Uint8Array): number => {
    out.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  const resources: Uint8Array[] = [];
  const blobs: Uint8Array[] = [];
  let run = 0;
  for (const group of groups) {
    const solid = isResource(group[0] ?? new Uint8Array(ENTRY));
    let size = 0;
    for (const entry of group) {
      const view = viewOf(entry);
      view.setUint16(24, part, true);
      if (solid && !isResource(entry)) {
        view.setBigUint64(8, view.getBigUint64(8, true) + BigInt(run), true);
        blobs.push(entry);
        continue;
      }
      const data = stored(whole, entry);
      if (solid) size = Number(viewOf(data).getBigUint64(0, true));
      view.setBigUint64(8, BigInt(append(data)), true);
      resources.push(entry);
    }
    run += size;
  }
  const table = Buffer.concat([...resources, ...blobs]);
  const tableAt = append(table);
  const xml = stored(whole, whole, 72);
  const xmlAt = append(xml);
  const check = integrity ? integrityTable(Buffer.concat(out).subarray(HEADER, xmlAt)) : new Uint8Array(0);
  const checkAt = integrity ? append(check) : 0;

  const bytes = new Uint8Array(Buffer.concat(out));
  bytes.set(whole.subarray(0, HEADER));
  const header = viewOf(bytes);
  header.setUint32(16, header.getUint32(16, true) | SPANNED, true);
  header.setUint16(40, part, true);
  header.setUint16(42, parts, true);
  bytes.fill(0, 96, 148); // the image to boot from and the integrity table
  const point = (at: number, offset: number, length: number, flags = 0) => {
    header.setBigUint64(at, BigInt(length) | (BigInt(flags) << 56n), true);
    header.setBigUint64(at + 8, BigInt(offset), true);
    header.setBigUint64(at + 16, BigInt(length), true);
  };
  point(48, tableAt, table.length, METADATA);
  point(72, xmlAt, xml.length);
  point(124, checkAt, check.length);
  return bytes;
}
