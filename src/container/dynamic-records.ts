/**
 * The database of a dynamic disk: records of volumes, their components (a plain volume has one, a mirror two) and the
 * partitions that components consist of. All numbers are big-endian.
 *
 *     VMDB   0 magic   8 size of a VBLK   0xc offset of the first   0x10 update status   0x75 committed sequence
 *     VBLK   0 magic   8 group u32   0xc number in the group u16   0xe of how many u16   0x10 body, continued in the next
 *     body   0 status u16   2 flags   3 type   4 size u32   8 fields: each number or text has a byte with its length before it
 *
 *     volume 51      id, name, type, hint | 21 bytes | children | 16 bytes | size | 4 bytes, partition type, GUID
 *     component 32   id, name, state | layout u8, 4 bytes | children | 16 bytes | volume id
 *     partition 33   id, name | 12 bytes, start u64, offset in the volume u64 | size, component id, disk id
 *     disk 34, 44    id, name | GUID as text (34) or as bytes (44)
 *
 * Sources: the LDM documentation of the Linux-NTFS project; what ldmtool shows of the same disks.
 */
import { Bytes } from '../base/bytes.ts';
import { FormatError, fail } from '../base/errors.ts';
import { guidBe } from '../base/guid.ts';

export const SECTOR = 512;
const HEAD = 16;
const FIELDS = 8;
/** Records of one database: Windows makes at most some thousand. */
const MAX_RECORDS = 65_536;
const MAX_FRAGMENTS = 64;

export const Layout = { striped: 1, plain: 2, raid5: 3 } as const;

export interface Volume {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  /** Bytes. */
  readonly size: number;
  readonly partitionType: number;
  readonly guid: string;
}

export interface Component {
  readonly id: number;
  readonly volume: number;
  readonly layout: number;
}

export interface Piece {
  readonly component: number;
  readonly disk: number;
  /** Bytes: from the beginning of the disk's data area, from the beginning of the volume, and length. */
  readonly start: number;
  readonly offset: number;
  readonly length: number;
}

export interface Records {
  readonly volumes: readonly Volume[];
  readonly components: readonly Component[];
  readonly pieces: readonly Piece[];
  /** Disk ids with their GUIDs. */
  readonly disks: ReadonlyMap<number, string>;
  /** Records that make no sense, or miss a part. */
  readonly damaged: number;
}

function failNumber(view: Bytes, at: number, length: number): never {
  return fail('InvalidLength', view.source, view.base + at, 'a number of at most 8 bytes', length);
}

/** Reads fields one behind another. */
class Fields {
  readonly #view: Bytes;
  #at: number;

  constructor(view: Bytes, at: number) {
    this.#view = view;
    this.#at = at;
  }

  number(): number {
    const length = this.#view.u8(this.#at);
    if (length > 8) failNumber(this.#view, this.#at, length);
    let value = 0;
    for (let i = 1; i <= length; i++) value = value * 256 + this.#view.u8(this.#at + i);
    this.#at += 1 + length;
    return value;
  }

  text(): string {
    const length = this.#view.u8(this.#at);
    const text = this.#view.ascii(this.#at + 1, length);
    this.#at += 1 + length;
    return text;
  }

  u64(): number {
    const value = this.#view.size64be(this.#at, 'a number of sectors');
    this.#at += 8;
    return value;
  }

  u8(): number {
    return this.#view.u8(this.#at++);
  }

  bytes(length: number): Uint8Array {
    const bytes = this.#view.slice(this.#at, length);
    this.#at += length;
    return bytes;
  }

  skip(length: number): void {
    this.#at += length;
  }
}

/** Bodies of all records, put together from their pieces. */
function bodiesOf(database: Bytes, size: number, first: number): { bodies: Bytes[]; damaged: number } {
  const groups = new Map<number, (Uint8Array | undefined)[]>();
  let damaged = 0;
  const count = Math.min(MAX_RECORDS, Math.floor((database.length - first) / size));
  for (let i = 0; i < count; i++) {
    const at = first + i * size;
    if (database.ascii(at, 4) !== 'VBLK') continue;
    const [group, number, of] = [database.u32be(at + 8), database.u16be(at + 12), database.u16be(at + 14)];
    if (of === 0) continue; // free
    if (of > MAX_FRAGMENTS || number >= of) damaged++;
    else {
      const pieces = groups.get(group) ?? new Array<Uint8Array | undefined>(of).fill(undefined);
      if (number < pieces.length) pieces[number] = database.slice(at + HEAD, size - HEAD);
      groups.set(group, pieces);
    }
  }
  const bodies: Bytes[] = [];
  for (const pieces of groups.values()) {
    const whole = pieces.filter((piece) => piece !== undefined);
    if (whole.length < pieces.length) {
      damaged++;
      continue;
    }
    const body = new Uint8Array(whole.length * (size - HEAD));
    for (const [i, piece] of whole.entries()) body.set(piece, i * (size - HEAD));
    bodies.push(new Bytes(body, database.source));
  }
  return { bodies, damaged };
}

/**
 * @param database from its VMDB on
 * @returns null when it is none
 */
export function readRecords(database: Bytes): Records | null {
  if (database.length < SECTOR || database.ascii(0, 4) !== 'VMDB') return null;
  const [size, first] = [database.u32be(8), database.u32be(12)];
  if (size < 64 || size > 4096 || first < SECTOR || first > database.length) return null;
  const { bodies, damaged } = bodiesOf(database, size, first);
  const found = {
    volumes: [] as Volume[],
    components: [] as Component[],
    pieces: [] as Piece[],
    disks: new Map<number, string>(),
    damaged,
  };
  const ids = new Set<string>();
  for (const body of bodies)
    try {
      readRecord(body, found, ids);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      found.damaged++;
    }
  return found;
}

/** @param ids of the volumes and components until here: each has one record, or the pieces of one would be those of many */
function readRecord(
  body: Bytes,
  found: { volumes: Volume[]; components: Component[]; pieces: Piece[]; disks: Map<number, string> },
  ids: Set<string>,
): void {
  const fields = new Fields(body, FIELDS);
  const type = body.u8(3);
  const once = (id: number): void => {
    const key = `${type} ${id}`;
    if (ids.has(key))
      fail('InvalidData', body.source, body.base, 'one record of each volume and component', `${id} again`);
    ids.add(key);
  };
  if (type === 0x51) {
    const [id, name, kind] = [fields.number(), fields.text(), fields.text()];
    fields.text();
    fields.skip(21);
    fields.number();
    fields.skip(16);
    const size = fields.number() * SECTOR;
    fields.skip(4);
    once(id);
    found.volumes.push({ id, name, kind, size, partitionType: fields.u8(), guid: guidBe(fields.bytes(16)) });
  } else if (type === 0x32) {
    const id = fields.number();
    fields.text();
    fields.text();
    const layout = fields.u8();
    fields.skip(4);
    fields.number();
    fields.skip(16);
    once(id);
    found.components.push({ id, layout, volume: fields.number() });
  } else if (type === 0x33) {
    fields.number();
    fields.text();
    fields.skip(12);
    const [start, offset] = [fields.u64() * SECTOR, fields.u64() * SECTOR];
    const length = fields.number() * SECTOR;
    found.pieces.push({ start, offset, length, component: fields.number(), disk: fields.number() });
  } else if (type === 0x34 || type === 0x44) {
    const id = fields.number();
    fields.text();
    found.disks.set(id, type === 0x34 ? fields.text().toLowerCase() : guidBe(fields.bytes(16)));
  }
}
