/** Small good images of every kind that is read, with the places worth damaging: for tests that damage them as a whole. */
import { buildGpt, buildMbr, mendGpt } from './disk-builder.ts';
import { buildHive, dword, type KeySpec, multiSz, sz } from './hive-builder.ts';
import { setChecksum } from './hive-checksum.ts';
import { hostileLayers } from './hostile-layers.ts';
import { buildNtfs } from './ntfs-builder.ts';
import { buildQcow2 } from './qcow2-builder.ts';
import type { TreeEntry } from './tree.ts';
import { buildVhd, mendVhd } from './vhd-builder.ts';
import { buildVhdx, mendVhdx, VHDX_PLACES } from './vhdx-builder.ts';
import { buildVmdk } from './vmdk-builder.ts';
import { buildWimWithMap, type WimOptions } from './wim-builder.ts';
import { mixedData } from './wim-sample-tree.ts';
import { buildPackage } from './zip-builder.ts';

export interface HostileImage {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Offsets of structures: most damage falls there, and every truncation test cuts there. */
  readonly hot: readonly number[];
  /** Makes checksums right again, so that damage gets past them. */
  readonly mend?: (bytes: Uint8Array) => void;
}

const ascii = (text: string) => new TextEncoder().encode(text);

function software(minor: number): Uint8Array {
  const keys: KeySpec[] = [
    {
      name: 'Microsoft',
      class: 'Shell',
      keys: [
        {
          name: 'Run',
          values: [
            { name: 'Updater', type: 1, data: sz('C:\\updater.exe') },
            { name: '', type: 4, data: dword(7) },
            { name: 'Many', type: 7, data: multiSz(['one', 'two']) },
          ],
        },
        { name: 'Classes', keys: Array.from({ length: 12 }, (_, i) => ({ name: `.ext${i}` })) },
      ],
    },
    { name: 'Large', values: [{ name: 'blob', type: 3, data: mixedData(minor < 5 ? 9000 : 40_000) }] },
    ...(minor === 6
      ? [
          { name: 'Gone', layerKind: 1 },
          { name: 'New', layerKind: 3, values: [{ name: 'old', tombstone: true }] },
        ]
      : []),
  ];
  const options = { minor, layered: minor === 6, leafSize: 5, ...(minor === 3 ? {} : { list: 'ri' as const }) };
  return buildHive({ name: 'ROOT', keys }, options);
}

/** What the image of a file system holds: several sizes, a link, a stream, a hive in its place. */
export function hostileTree(): TreeEntry[] {
  return [
    {
      name: 'Windows',
      dir: [
        {
          name: 'System32',
          dir: [
            { name: 'config', dir: [{ name: 'SOFTWARE', data: software(5) }] },
            { name: 'kernel.dll', shortName: 'KERNEL~1.DLL', data: mixedData(40_000), link: 'kernel' },
            { name: 'copy of kernel.dll', data: mixedData(40_000), link: 'kernel' },
          ],
        },
        { name: 'notes.txt', data: ascii('notes\n'), streams: [{ name: 'Zone.Identifier', data: ascii('[Zone]\n') }] },
      ],
    },
    { name: 'Users', dir: Array.from({ length: 20 }, (_, i) => ({ name: `user ${i}`, dir: [] })) },
    { name: 'empty', data: new Uint8Array(0) },
  ];
}

const JOURNAL = [
  { op: 'wh', p: 'Windows\\notes.txt', g: 1 },
  { op: 'opq', p: 'Users', g: 2 },
  { op: 'org', p: 'Programs', o: 'Users\\user 3', g: 3 },
  { op: 'clr', p: 'Windows\\notes.txt', g: 4 },
];

/** A volume as the in-guest driver writes it: marks, payload, delta hives. */
function storeTree(): TreeEntry[] {
  return [
    {
      name: '.layer',
      dir: [
        { name: 'store.json', data: ascii('{"format": 1, "id": "x"}\n') },
        { name: 'markers.ndjson', data: ascii(JOURNAL.map((mark) => `${JSON.stringify(mark)}\n`).join('')) },
      ],
    },
    { name: 'files', dir: [{ name: 'Windows', dir: [{ name: 'new.txt', data: ascii('new') }] }] },
    { name: 'hives', dir: [{ name: 'HKLM_SOFTWARE.dat', data: software(6) }] },
  ];
}

const REDIRECTIONS =
  '<FrxProfileFolderRedirection ExcludeCommonFolders="1"><Excludes><Exclude Copy="0">Temp</Exclude></Excludes></FrxProfileFolderRedirection>';

/** A profile disk, and rule files where an image has them. */
function profileTree(): TreeEntry[] {
  const local = { name: 'FSLogix', dir: [{ name: 'Redirections.xml', data: ascii(REDIRECTIONS) }] };
  return [
    {
      name: 'Profile',
      dir: [
        { name: 'NTUSER.DAT', data: software(5) },
        { name: 'Temp', dir: [{ name: 'a.tmp', data: ascii('a') }] },
        { name: 'AppData', dir: [{ name: 'Local', dir: [local] }] },
      ],
    },
  ];
}

/** An application package with hives and tokens. */
function packageImage(): HostileImage {
  const manifest = '<Identity Name="A.B" Version="1.0.0.0" Publisher="CN=x" ProcessorArchitecture="x64"/>';
  const registry = buildHive(
    {
      name: 'ROOT',
      keys: [{ name: 'REGISTRY', keys: [{ name: 'MACHINE', keys: [{ name: 'SOFTWARE', keys: [{ name: 'App' }] }] }] }],
    },
    { minor: 5 },
  );
  const { bytes, local, central, end } = buildPackage([
    { name: 'AppxManifest.xml', data: ascii(manifest) },
    { name: 'Registry.dat', data: registry },
    { name: 'User.dat', data: software(5) },
    { name: 'VFS\\Windows\\a.dll', data: mixedData(3000, 3) },
    { name: 'VFS\\Fonts\\b.ttf', data: ascii('font') },
  ]);
  const headers = [...local, ...central].flatMap((at) => [at, at + 8, at + 20, at + 28, at + 42]);
  return { id: 'package', bytes, hot: [...headers, ...placesOf(bytes, 'regf'), ...[4, 8, 12, 16].map((n) => end + n)] };
}

/** Every 64 bytes of the records in use, and the directory of the structures around. */
function ntfsPlaces(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const places = [0];
  for (let at = 0; at + 1024 <= bytes.length; at += 512) {
    const signature = view.getUint32(at, true);
    if (signature === 0x454c_4946 || signature === 0x5844_4e49)
      for (let part = 0; part < 512; part += 64) places.push(at + part);
  }
  return places;
}

/** Where `needle` stands in `bytes`. */
function placesOf(bytes: Uint8Array, needle: string): number[] {
  const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) places.push(at);
  return places;
}

function every(start: number, end: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step);
}

function wimImage(compression: NonNullable<WimOptions['compression']>): HostileImage {
  const root = { name: '', dir: hostileTree() };
  const built = buildWimWithMap({ images: [{ name: 'one', root }], compression, integrity: true });
  const { bytes, blobs, metadata, blobTable, xml, integrity } = built;
  const hot = [...every(0, 208, 32), ...blobs, ...metadata, blobTable, blobTable + 50, xml, integrity];
  // without compression the entries themselves can be hit; the hash of the metadata then only complains
  const entries = compression === 'none' ? every(metadata[0]!, blobTable, 48) : [];
  return { id: `wim ${compression}`, bytes, hot: [...hot, ...entries] };
}

function hiveImage(minor: number): HostileImage {
  const bytes = software(minor);
  return { id: `regf 1.${minor}`, bytes, hot: [0, 32, 4096, ...every(4128, 4128 + 4096, 64)], mend: setChecksum };
}

const ntfsVolume = (root: readonly TreeEntry[]) => buildNtfs({ root, clusterSize: 1024 });

function vhdImage(kind: 'fixed' | 'dynamic', disk: Uint8Array): HostileImage {
  const bytes = buildVhd({ kind, size: disk.length, write: [{ offset: 0, bytes: disk }], blockSize: 1 << 19 });
  const head = kind === 'dynamic' ? [0, 512, 512 + 64, 1536, 2048] : [];
  return { id: `vhd ${kind}`, bytes, hot: [...head, bytes.length - 512, bytes.length - 448], mend: mendVhd };
}

function vhdxImage(kind: 'fixed' | 'dynamic', disk: Uint8Array, id = `vhdx ${kind}`): HostileImage {
  const bytes = buildVhdx({ kind, size: disk.length, write: [{ offset: 0, bytes: disk }] });
  const { headers, regions, log, metadata, bat } = VHDX_PLACES;
  const hot = [0, ...headers, ...regions, regions[0] + 32, log, metadata, metadata + 32, metadata + 0x1_0000, bat];
  return { id, bytes, hot, mend: mendVhdx };
}

function qcow2Image(disk: Uint8Array): HostileImage {
  const write = [{ offset: 0, bytes: disk }];
  const built = buildQcow2({ version: 3, size: disk.length, write, compress: true, snapshots: ['one'] });
  return {
    id: 'qcow2',
    bytes: built.image,
    hot: [0, 24, 72, 104, built.l1, built.l2, built.data, built.image.length - 64],
  };
}

function vmdkImage(kind: 'monolithicSparse' | 'streamOptimized', disk: Uint8Array): HostileImage {
  const built = buildVmdk({ kind, size: disk.length, write: [{ offset: 0, bytes: disk }] });
  const ends = [built.image.length - 1024, built.image.length - 960];
  return {
    id: `vmdk ${kind}`,
    bytes: built.image,
    hot: [0, 16, 512, 560, built.gd, built.firstTable, built.firstGrain, ...ends],
  };
}

/** VHDX > GPT > NTFS > VHD > NTFS > WIM: selector `p1::disk.vhd::images\boot.wim`. */
export function nestedImage(): HostileImage {
  const wim = buildWimWithMap({ images: [{ name: 'boot', root: { name: '', dir: hostileTree() } }] }).bytes;
  const inner = ntfsVolume([{ name: 'images', dir: [{ name: 'boot.wim', data: wim }] }]);
  const disk = new Uint8Array(Math.ceil(inner.length / 512) * 512);
  disk.set(inner);
  const vhd = buildVhd({ kind: 'dynamic', size: disk.length, write: [{ offset: 0, bytes: disk }] });
  const outer = ntfsVolume([
    { name: 'disk.vhd', data: vhd },
    { name: 'boot.wim', data: wim },
  ]);
  const gpt = buildGpt([{ bytes: outer, name: 'data' }], { align: 1 << 16 }).bytes;
  const built = vhdxImage('dynamic', gpt, 'nested');
  const hot = [
    ...built.hot,
    ...placesOf(built.bytes, 'conectix'),
    ...placesOf(built.bytes, 'cxsparse'),
    ...placesOf(built.bytes, 'EFI PART'),
    ...placesOf(built.bytes, 'MSWIM'),
    ...ntfsPlaces(built.bytes),
  ];
  return { ...built, hot };
}

/** All of them, the small first. */
export function hostileImages(): HostileImage[] {
  const volume = ntfsVolume(hostileTree());
  const small = { align: 1 << 12 };
  const mbr = buildMbr([{ bytes: volume }, { bytes: volume.slice(0, 4096), logical: true }], small);
  const gpt = buildGpt([{ bytes: volume, name: 'one' }], small);
  const store = ntfsVolume(storeTree());
  const profile = ntfsVolume(profileTree());
  return [
    ...[3, 5, 6].map(hiveImage),
    ...(['none', 'xpress', 'lzx'] as const).map(wimImage),
    { id: 'ntfs', bytes: volume, hot: ntfsPlaces(volume) },
    { id: 'mbr', bytes: mbr.bytes, hot: [446, 462, 478, 494, 510, ...mbr.starts, mbr.starts[1]! - 4096 + 446] },
    {
      id: 'gpt',
      bytes: gpt.bytes,
      hot: [446, 512, 512 + 56, 1024, 1088, gpt.bytes.length - 512, ...gpt.starts],
      mend: mendGpt,
    },
    vhdImage('fixed', volume),
    vhdImage('dynamic', gpt.bytes),
    vhdxImage('fixed', gpt.bytes),
    vhdxImage('dynamic', gpt.bytes),
    qcow2Image(gpt.bytes),
    vmdkImage('monolithicSparse', gpt.bytes),
    vmdkImage('streamOptimized', gpt.bytes),
    {
      id: 'layer store',
      bytes: store,
      hot: [
        ...placesOf(store, '"op"'),
        ...placesOf(store, '"format"'),
        ...placesOf(store, 'regf'),
        ...ntfsPlaces(store),
      ],
    },
    ...hostileLayers(),
    packageImage(),
    { id: 'profile disk', bytes: profile, hot: [...placesOf(profile, 'Exclude'), ...ntfsPlaces(profile)] },
    nestedImage(),
  ];
}
