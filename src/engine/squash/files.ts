/** The files of a squashed layer as entries of an archive: folders before what they hold, bytes as they are read. */
import { fail } from '../../base/errors.ts';
import { isWellFormed } from '../../base/utf16.ts';
import { tarHead, tarPadding } from '../../content/tar-writer.ts';
import { ByteState, NodeFlag } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import type { FileLayer } from '../../overlay/files/layer.ts';
import { squashedPath } from '../../overlay/squash/marks.ts';
import { NOTHING, nameAt, type Squashed, shownAt } from '../../overlay/squash/squash.ts';
import { EntryKind } from '../../overlay/types.ts';
import type { NodeDetailInfo } from '../api-image.ts';
import type { Sides, SquashSide } from './hives.ts';
import type { Notes } from './notes.ts';

const PIECE = 4 << 20;
/** Attributes that say how a volume stores a file, not what it is. */
const STORAGE = 0x200 | 0x400 | 0x800 | 0x4000;
const MOUNT_POINT = 0xa000_0003;
const DIRECTORY = 0x10;
const NO_BYTES: ReadonlySet<number> = new Set([
  ByteState.efs,
  ByteState.cloud,
  ByteState.missing,
  ByteState.damaged,
  ByteState.dedup,
  ByteState.encrypted,
  ByteState.unread,
]);

export interface FileCounts {
  files: number;
  folders: number;
  bytes: number;
}

/** A name that the archive would take for something else, or cannot hold. */
const unwritable = (name: string) => !isWellFormed(name) || /[/\0:]/.test(name) || name === '.' || name === '..';

/**
 * @param folder of the archive that the files are put in
 * @throws FormatError when bytes that the image says it has cannot be read: an archive with a hole is worth nothing
 */
export async function* squashedFiles(
  squashed: Squashed,
  pair: readonly [FileLayer, FileLayer],
  sides: Sides,
  folder: string,
  notes: Notes,
  counts: FileCounts,
): AsyncGenerator<Uint8Array> {
  const { union, kind } = squashed;
  /** Paths of folders by node; absent for those that could not be written. */
  const paths = new Map<number, string>([[0, folder]]);
  /** First path of each file that has several names. */
  const linked = new Map<string, string>();
  const known = new Map<string, NodeDetailInfo>();
  for (let node = 1; node < union.count; node++) {
    const what = kind[node]!;
    if (what === NOTHING || what === EntryKind.whiteout || what === EntryKind.path) continue;
    const above = paths.get(union.parent[node]!);
    const shownRow = shownAt(squashed, pair, node)!;
    const { layer, row } = shownRow;
    const name = nameAt(squashed, pair, node, shownRow);
    const table = pair[layer].table!;
    if (above === undefined) {
      // a mark of the upper layer puts it where neither layer has the folder
      const up = union.parent[node]!;
      if (kind[up] === EntryKind.path)
        notes.add('folderAbsent', 1, () => squashedPath(squashed, pair, node).join('\\'));
      continue;
    }
    const path = `${above}/${name}`;
    const shown = path.slice(folder.length + 1).replaceAll('/', '\\');
    if (unwritable(name)) {
      notes.add('nameUnwritable', 1, shown);
      continue;
    }
    const d = table.data;
    const flags = d.flags[row]!;
    if (d.shortLength[row] !== 0) notes.add('shortNames', 1, shown);
    if ((flags & NodeFlag.ea) !== 0) notes.add('attributes', 1, shown);
    const head = { ...metadata(table, row), path };
    if (what !== EntryKind.leaf) {
      // a folder on the way to where a store has its files stands in no image
      const made = table.ref(row) < 0;
      const security = made ? null : (await describe(sides[layer], table, row, layer, known)).security;
      paths.set(node, path);
      counts.folders++;
      const caseSensitive = (flags & NodeFlag.caseSensitive) !== 0;
      yield tarHead({ ...head, type: 'directory', size: 0, security, caseSensitive });
      continue;
    }
    const link = (flags & NodeFlag.link) !== 0;
    if (!link && NO_BYTES.has(d.byteState[row]!)) {
      notes.add('bytesMissing', 1, shown);
      continue;
    }
    const id = d.linkId[row] === 0 || d.links[row]! < 2 || link ? null : `${layer} ${d.linkId[row]}`;
    const first = id === null ? undefined : linked.get(id);
    counts.files++;
    if (first !== undefined) {
      yield tarHead({ path, type: 'link', size: 0, target: first });
      continue;
    }
    const detail = await describe(sides[layer], table, row, layer, known);
    const { security } = detail;
    if (link) {
      if ((flags & NodeFlag.directory) !== 0) notes.add('folderLinks', 1, shown);
      const mountPoint = d.reparseTag[row] === MOUNT_POINT;
      const target = detail.reparseTarget;
      if (target === null || !isWellFormed(target)) notes.add('bytesMissing', 1, shown);
      else yield tarHead({ ...head, type: 'symlink', size: 0, target, security, mountPoint });
      continue;
    }
    if (id !== null) linked.set(id, path);
    const size = d.size[row]!;
    counts.bytes += size;
    yield tarHead({ ...head, type: 'file', size, security });
    yield* data(sides[layer], table, row, '', size);
    for (const stream of detail.streams) {
      if (stream.name === '') continue;
      if (unwritable(stream.name)) notes.add('streamUnreadable', 1, `${shown}:${stream.name}`);
      else {
        yield tarHead({ ...head, path: `${path}:${stream.name}`, type: 'file', size: stream.size });
        yield* data(sides[layer], table, row, stream.name, stream.size);
      }
    }
  }
}

function metadata({ data: d }: NodeTable, row: number) {
  const time = (what: 'created' | 'modified' | 'changed' | 'accessed') =>
    (BigInt(d[`${what}Hi`][row]!) << 32n) | BigInt(d[`${what}Lo`][row]!);
  return {
    created: time('created'),
    modified: time('modified'),
    changed: time('changed'),
    accessed: time('accessed'),
    attributes: d.attributes[row]! & ~STORAGE & ~DIRECTORY,
  };
}

/** Security, streams and link target; where only security is of interest, files with one security id are asked for once. */
async function describe(
  side: SquashSide,
  table: NodeTable,
  row: number,
  layer: number,
  known: Map<string, NodeDetailInfo>,
): Promise<NodeDetailInfo> {
  const { flags, securityId } = table.data;
  const own = (flags[row]! & (NodeFlag.streams | NodeFlag.link)) !== 0 || securityId[row] === 0;
  const id = `${layer} ${securityId[row]}`;
  const shared = own ? undefined : known.get(id);
  if (shared !== undefined) return shared;
  const detail = await side.api.describe(side.mount, table.ref(row));
  if (!own) known.set(id, { ...detail, streams: [], reparseTarget: null });
  return detail;
}

async function* data(
  { api, mount }: SquashSide,
  table: NodeTable,
  row: number,
  stream: string,
  size: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const piece = await api.read(mount, table.ref(row), stream, offset, Math.min(PIECE, size - offset));
    if (piece.length === 0)
      fail('UnexpectedEnd', `${table.name(row)}`, offset, `${size} bytes of data`, `${offset} bytes`);
    offset += piece.length;
    yield piece;
  }
  yield tarPadding(size);
}
