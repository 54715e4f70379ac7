/**
 * Writes the disks of a dynamic disk group (LDM), for an MBR: PRIVHEAD in sector 6, one partition of type 42, the database in
 * the last MiB. ldmtool reads them.
 */
import { fromHex } from '../base/guid.ts';

export interface DynamicPiece {
  /** Number of the disk, from 0. */
  readonly disk: number;
  /** In sectors: place in the disk's data area, place in the volume, length. */
  readonly start: number;
  readonly offset: number;
  readonly sectors: number;
}

export interface DynamicVolume {
  readonly name: string;
  readonly sectors: number;
  /** Several for a mirror. */
  readonly components: readonly { readonly layout?: 1 | 2 | 3; readonly pieces: readonly DynamicPiece[] }[];
}

export interface DynamicSpec {
  readonly disks: number;
  /** Of each disk. */
  readonly sectors: number;
  readonly volumes: readonly DynamicVolume[];
  /** 1 when absent: committed. */
  readonly status?: number;
}

const SECTOR = 512;
const CONFIG = 2048;
const VBLK = 128;
/** First sector of the data area. */
export const DATA = 63;

const guid = (n: number): string => `0f1e2d3c-4b5a-4968-8776-${n.toString(16).padStart(12, '0')}`;
const GROUP = guid(0xff);
const NAME = 'StrataDg0';

type Out = number[];
const u16 = (out: Out, value: number): void => void out.push((value >> 8) & 255, value & 255);
const u32 = (out: Out, value: number): void => {
  u16(out, Math.floor(value / 65_536));
  u16(out, value % 65_536);
};
const u64 = (out: Out, value: number): void => {
  u32(out, Math.floor(value / 2 ** 32));
  u32(out, value % 2 ** 32);
};
const zeros = (out: Out, count: number): void => void out.push(...new Array<number>(count).fill(0));
const text = (out: Out, value: string, room = value.length): void => {
  for (let i = 0; i < room; i++) out.push(i < value.length ? value.charCodeAt(i) : 0);
};
const words = (out: Out, value: string): void => {
  out.push(value.length);
  text(out, value);
};
/** With the length before it, in as few bytes as it takes. */
const number = (out: Out, value: number): void => {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  out.push(bytes.length, ...bytes);
};
const raw = (out: Out, id: string): void => void out.push(...fromHex(id.replaceAll('-', '')));

/** One record: flags, type and fields. */
function body(type: number, flags: number, fields: (out: Out) => void): Out {
  const content: Out = [];
  fields(content);
  const out: Out = [];
  u16(out, 0);
  out.push(flags, type);
  u32(out, content.length);
  return [...out, ...content];
}

function records({ disks, volumes }: DynamicSpec): { bodies: Out[]; counts: number[] } {
  const bodies: Out[] = [];
  let id = 0;
  const counts = [volumes.length, 0, 0, disks];
  const group = ++id;
  bodies.push(
    body(0x35, 0, (out) => {
      number(out, group);
      words(out, NAME);
      words(out, GROUP);
      zeros(out, 4);
      u64(out, 1);
      number(out, disks);
    }),
  );
  const diskIds = Array.from({ length: disks }, (_, i) => {
    const disk = ++id;
    bodies.push(
      body(0x34, 0, (out) => {
        number(out, disk);
        words(out, `Disk${i + 1}`);
        words(out, guid(i));
        words(out, '');
        zeros(out, 4);
        u64(out, 1);
      }),
    );
    return disk;
  });
  volumes.forEach((volume, v) => {
    const volumeId = ++id;
    bodies.push(
      body(0x51, 0, (out) => {
        number(out, volumeId);
        words(out, volume.name);
        words(out, volume.components[0]?.layout === 3 ? 'raid5' : 'gen');
        words(out, '');
        text(out, 'ACTIVE', 14);
        out.push(3, 0, v + 1, 0, 0, 0, 0);
        number(out, volume.components.length);
        u64(out, 1);
        u64(out, 0);
        number(out, volume.sectors);
        zeros(out, 4);
        out.push(7);
        raw(out, guid(0x100 + v));
      }),
    );
    volume.components.forEach(({ layout = 2, pieces }, c) => {
      counts[1]!++;
      const component = ++id;
      bodies.push(
        body(0x32, layout === 2 ? 0 : 0x10, (out) => {
          number(out, component);
          words(out, `${volume.name}-0${c + 1}`);
          words(out, 'ACTIVE');
          out.push(layout);
          zeros(out, 4);
          number(out, pieces.length);
          u64(out, 1);
          u64(out, 0);
          number(out, volumeId);
          out.push(0);
          if (layout !== 2) {
            number(out, 128);
            number(out, pieces.length);
          }
        }),
      );
      pieces.forEach((piece, p) => {
        counts[2]!++;
        const indexed = pieces.length > 1;
        bodies.push(
          body(0x33, indexed ? 8 : 0, (out) => {
            number(out, ++id);
            words(out, `Disk${piece.disk + 1}-0${id}`);
            zeros(out, 4);
            u64(out, 1);
            u64(out, piece.start);
            u64(out, piece.offset);
            number(out, piece.sectors);
            number(out, component);
            number(out, diskIds[piece.disk]!);
            if (indexed) number(out, p);
          }),
        );
      });
    });
  });
  return { bodies, counts };
}

function database(spec: DynamicSpec): Uint8Array {
  const config = new Uint8Array(CONFIG * SECTOR);
  const toc: Out = [];
  text(toc, 'TOCBLOCK');
  zeros(toc, 0x24 - 8);
  for (const [name, start, size] of [
    ['config', 17, 1481],
    ['log', 1498, 224],
  ] as const) {
    text(toc, name, 8);
    u16(toc, 1);
    u64(toc, start);
    u64(toc, size);
    u64(toc, 6);
  }
  for (const sector of [1, 2, CONFIG - 2, CONFIG - 1]) config.set(toc, sector * SECTOR);
  const { bodies, counts } = records(spec);
  const blocks: Out[] = [];
  bodies.forEach((whole, group) => {
    const room = VBLK - 16;
    const of = Math.ceil(whole.length / room);
    for (let i = 0; i < of; i++) {
      const out: Out = [];
      text(out, 'VBLK');
      u32(out, 4 + blocks.length);
      u32(out, group + 1);
      u16(out, i);
      u16(out, of);
      blocks.push([...out, ...whole.slice(i * room, (i + 1) * room)]);
    }
  });
  const vmdb: Out = [];
  text(vmdb, 'VMDB');
  u32(vmdb, 4 + blocks.length);
  u32(vmdb, VBLK);
  u32(vmdb, SECTOR);
  u16(vmdb, spec.status ?? 1);
  u16(vmdb, 4);
  u16(vmdb, 10);
  text(vmdb, NAME, 31);
  text(vmdb, GROUP, 64);
  u64(vmdb, 1);
  u64(vmdb, 1);
  for (const count of [...counts, 0, 0, 0, 0, 0, 0, 0]) u32(vmdb, count);
  config.set(vmdb, 17 * SECTOR);
  blocks.forEach((block, i) => {
    config.set(block, 18 * SECTOR + i * VBLK);
  });
  return config;
}

/** The disks of the group; `data` gives the bytes of each disk's data area. */
export function buildDynamic(spec: DynamicSpec, data: readonly Uint8Array[]): Uint8Array[] {
  const config = database(spec);
  return Array.from({ length: spec.disks }, (_, i) => {
    const disk = new Uint8Array(spec.sectors * SECTOR);
    const start = spec.sectors - CONFIG;
    disk.set(data[i]!, DATA * SECTOR);
    disk.set(config, start * SECTOR);
    const head: Out = [];
    text(head, 'PRIVHEAD');
    u32(head, 0);
    u16(head, 2);
    u16(head, 11);
    u64(head, 0);
    u64(head, 1);
    u64(head, start + CONFIG - 200);
    u64(head, start + CONFIG - 201);
    for (const id of [guid(i), guid(0xfe), GROUP]) text(head, id, 64);
    text(head, NAME, 32);
    zeros(head, 11);
    for (const value of [DATA, start - DATA, start, CONFIG, 4, 2046]) u64(head, value);
    u32(head, 1);
    u32(head, 1);
    u64(head, 1481);
    u64(head, 224);
    disk.set(head, 6 * SECTOR);
    const view = new DataView(disk.buffer);
    disk[0x1be + 4] = 0x42;
    view.setUint32(0x1be + 8, DATA, true);
    view.setUint32(0x1be + 12, spec.sectors - DATA, true);
    view.setUint16(510, 0xaa55, true);
    return disk;
  });
}
