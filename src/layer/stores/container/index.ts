/**
 * A layer of a Windows container as the host keeps it (hcsshim): a folder, or a scratch disk.
 *
 *     Files\...             payload              Hives\*_Delta       layered hives
 *     tombstones.txt        deleted paths        NAME.$wcidirs$      metadata of the folder NAME
 *     WCI_TOMBSTONE         reparse tag of a deleted name, on the scratch volume
 *     WCI, WCI_1            reparse tags of placeholders: the file's bytes are in a layer below
 *
 * tombstones.txt begins with a byte order mark and `Version 1.0`, then one path a line that begins with `\`, below Files.
 * In the transport folder each file is four bytes of attributes and a BackupRead stream: `fs/backup-streams` shows what those
 * make, and the metadata of folders with their folders. Metadata that is still there says that they were not understood.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, pathOf, splitPath } from '../../../index/path.ts';
import { foldText } from '../../../index/upcase.ts';
import { MarkerSet } from '../../markers.ts';
import type { StoreAdapter } from '../types.ts';
import { hasWhiteoutNames } from '../whiteout-names.ts';
import { windowsLayer } from '../windows-layer.ts';

const TOMBSTONES = 'tombstones.txt';
const LIMIT = 64 << 20;
const WCI_TOMBSTONE = 0xa000_001f;
const PLACEHOLDERS: ReadonlySet<number> = new Set([0x8000_0018, 0x9000_1018]);
const FOLDER_METADATA = '.$WCIDIRS$';

function tagged(table: NodeTable): boolean {
  const { reparseTag } = table.data;
  for (let row = 1; row < table.count; row++)
    if (reparseTag[row] === WCI_TOMBSTONE || PLACEHOLDERS.has(reparseTag[row]!)) return true;
  return false;
}

export const containerStore: StoreAdapter = {
  id: 'container',
  title: 'Windows container layer',

  detect(table, upcase, format) {
    const tombstones = childOf(table, 0, TOMBSTONES, upcase) > 0;
    // whoever writes names for deletions packs layers, or has unpacked one: the host's own has tombstones
    if ((format === 'tar' && !tombstones) || ((format === 'tar' || format === 'folder') && hasWhiteoutNames(table)))
      return false;
    const layer = windowsLayer(table, upcase);
    if (layer !== null && (layer.hives.length > 0 || layer.base || tombstones)) return true;
    return tagged(table);
  },

  needs(table, upcase) {
    const row = childOf(table, 0, TOMBSTONES, upcase);
    if (row <= 0 || table.isDirectory(row)) return [];
    return [{ ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit: LIMIT }];
  },

  signs(table, upcase) {
    const own = containerStore.needs(table, upcase).map(({ path }) => path);
    const hives = windowsLayer(table, upcase)?.hives.map(({ path }) => path) ?? [];
    const { reparseTag } = table.data;
    const marked = reparseTag.findIndex((tag, row) => row > 0 && (tag === WCI_TOMBSTONE || PLACEHOLDERS.has(tag)));
    return [...own, ...hives, ...(marked < 0 ? [] : [pathOf(table, marked)])];
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts'] = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const layer = windowsLayer(table, upcase);
    const root = layer?.files ?? 0;
    const set = new MarkerSet(upcase);
    const internal: number[] = [];
    const below = root === 0 ? 0 : 1;
    const rootPath = `${pathOf(table, root)}\\`;
    let streams = 0;
    let placeholders = 0;
    for (let row = 1; row < table.count; row++) {
      const tag = table.data.reparseTag[row]!;
      if (tag === WCI_TOMBSTONE) {
        internal.push(row);
        const path = pathOf(table, row);
        if (below === 0 || path.startsWith(rootPath)) set.add({ kind: 'whiteout', path: splitPath(path).slice(below) });
      } else if (PLACEHOLDERS.has(tag) && !table.isDirectory(row)) {
        // what lies below shows through; its metadata here is a copy
        internal.push(row);
        placeholders++;
      } else if (foldText(table.name(row), upcase).endsWith(FOLDER_METADATA)) {
        internal.push(row);
        streams++;
      }
    }
    if (containerStore.needs(table, upcase).length > 0) {
      const text = bytes[0] ?? null;
      if (text === null) tell('tombstonesMissing', 'error', 'tombstones.txt could not be read: deletions are unknown.');
      else for (const path of readTombstones(text, tell)) set.add({ kind: 'whiteout', path });
    }
    if (streams > 0)
      tell(
        'layerBackupStreams',
        'warning',
        'Files of this layer are backup streams: sizes and hashes are those of the streams.',
        {
          folders: streams,
        },
      );
    const markers = set.list();
    if (layer !== null && root === 0)
      for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) internal.push(row);
    const facts = { tombstones: markers.length, placeholders };
    return { root, internal, markers, hives: layer?.hives ?? [], facts, findings };
  },
};

/** Paths below `Files`, as components. A first line that is another is an error, as it is for the host. */
export function readTombstones(
  bytes: Uint8Array,
  tell: (code: string, severity: Finding['severity'], message: string, facts?: Finding['facts']) => void,
): string[][] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  if (lines[0] !== 'Version 1.0' || bytes[0] !== 0xef) {
    tell('tombstonesInvalid', 'error', 'tombstones.txt does not begin with its version: deletions are unknown.', {
      expected: 'Version 1.0',
      actual: (lines[0] ?? '').slice(0, 60),
    });
    return [];
  }
  const paths: string[][] = [];
  let bad = 0;
  for (const line of lines.slice(1)) {
    if (line === '') continue;
    const parts = splitPath(line);
    if (!line.startsWith('\\') || parts.length === 0 || parts.includes('..')) bad++;
    else paths.push(parts);
  }
  if (bad > 0)
    tell('tombstonesLines', 'warning', 'Lines of tombstones.txt are no paths; they are left out.', { lines: bad });
  return paths;
}
