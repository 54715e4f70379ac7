/**
 * A naive reader of disk chains: whole files in memory, one sector after the other, nothing checked. Written from the
 * specifications and not from the readers it is held against.
 */

/** One file: a sector that it holds, 'zero', or 'parent'. */
interface Node {
  readonly size: number;
  readonly sectorSize: number;
  sector(index: number): Uint8Array | 'zero' | 'parent';
}

/** The disk that `files` (base first, child last) show. Each is a VHD, VHDX or VDI without an open log. */
export function referenceDisk(files: readonly Uint8Array[]): Uint8Array {
  let below = new Uint8Array(0);
  for (const file of files) {
    const node = nodeOf(file);
    const disk = new Uint8Array(node.size);
    for (let at = 0, index = 0; at < node.size; at += node.sectorSize, index++) {
      const found = node.sector(index);
      if (found === 'parent') disk.set(below.subarray(at, Math.min(at + node.sectorSize, node.size)), at);
      else if (found !== 'zero') disk.set(found.subarray(0, node.size - at), at);
    }
    below = disk;
  }
  return below;
}

function nodeOf(file: Uint8Array): Node {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (ascii(file, 0, 8) === 'vhdxfile') return vhdxNode(file, view);
  return view.getUint32(64, true) === 0xbeda107f ? vdiNode(file, view) : vhdNode(file, view);
}

function ascii(file: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...file.subarray(at, at + length));
}

function vhdNode(file: Uint8Array, view: DataView): Node {
  const footer = file.length - (ascii(file, file.length - 512, 8) === 'conectix' ? 512 : 511);
  const size = Number(view.getBigUint64(footer + 48));
  const type = view.getUint32(footer + 60);
  if (type === 2) return { size, sectorSize: 512, sector: (i) => file.subarray(i * 512, i * 512 + 512) };
  const header = Number(view.getBigUint64(footer + 16));
  const table = Number(view.getBigUint64(header + 16));
  const perBlock = view.getUint32(header + 32) / 512;
  const bitmapSectors = Math.ceil(perBlock / 8 / 512);
  const absent = type === 4 ? 'parent' : 'zero';
  const sector = (index: number) => {
    const entry = view.getUint32(table + Math.floor(index / perBlock) * 4);
    if (entry === 0xffff_ffff) return absent;
    const within = index % perBlock;
    const bit = (file[entry * 512 + (within >> 3)]! << (within % 8)) & 0x80;
    if (type === 4 && bit === 0) return 'parent';
    const at = (entry + bitmapSectors + within) * 512;
    return file.subarray(at, at + 512);
  };
  return { size, sectorSize: 512, sector };
}

const BAT = [0x66, 0x77, 0xc2, 0x2d];

function vhdxNode(file: Uint8Array, view: DataView): Node {
  const u64 = (at: number): number => Number(view.getBigUint64(at, true));
  const places = [0x3_0010, 0x3_0030];
  const isBat = (at: number): boolean => BAT.every((byte, i) => file[at + i] === byte);
  const bat = u64(places.find(isBat)! + 16);
  const metadata = u64(places.find((at) => !isBat(at))! + 16);
  /** The metadata item whose GUID begins with these four bytes. */
  const item = (first: number): number => {
    for (let at = metadata + 32; ; at += 32)
      if (view.getUint32(at, true) === first) return metadata + view.getUint32(at + 16, true);
  };
  const parameters = item(0xcaa16737);
  const blockSize = view.getUint32(parameters, true);
  const isChild = (view.getUint32(parameters + 4, true) & 2) !== 0;
  const size = u64(item(0x2fa54224));
  const sectorSize = view.getUint32(item(0x8141bf1d), true);
  const perChunk = (8 * 1024 * 1024 * sectorSize) / blockSize;
  const entry = (index: number) => {
    const word = view.getBigUint64(bat + index * 8, true);
    return { state: Number(word % 8n), at: Number(word / 0x10_0000n) * 0x10_0000 };
  };
  const sector = (index: number) => {
    const block = Math.floor((index * sectorSize) / blockSize);
    const chunk = Math.floor(block / perChunk);
    const { state, at } = entry(block + chunk);
    if (state === 0) return isChild ? 'parent' : 'zero';
    if (state < 6) return 'zero';
    if (state === 7) {
      const bit = index - (chunk * perChunk * blockSize) / sectorSize;
      const bits = entry((chunk + 1) * (perChunk + 1) - 1).at;
      if ((file[bits + Math.floor(bit / 8)]! & (1 << (bit % 8))) === 0) return 'parent';
    }
    const place = at + index * sectorSize - block * blockSize;
    return file.subarray(place, place + sectorSize);
  };
  return { size, sectorSize, sector };
}

function vdiNode(file: Uint8Array, view: DataView): Node {
  const [map, data] = [view.getUint32(340, true), view.getUint32(344, true)];
  const [blockSize, extra] = [view.getUint32(376, true), view.getUint32(380, true)];
  const isChild = view.getUint32(76, true) > 2;
  const sector = (index: number) => {
    const block = Math.floor((index * 512) / blockSize);
    const number = view.getUint32(map + block * 4, true);
    if (number === 0xffff_ffff) return isChild ? 'parent' : 'zero';
    if (number === 0xffff_fffe) return 'zero';
    const at = data + number * (blockSize + extra) + extra + index * 512 - block * blockSize;
    return file.subarray(at, at + 512);
  };
  return { size: Number(view.getBigUint64(368, true)), sectorSize: 512, sector };
}
