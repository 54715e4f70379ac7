/**
 * The upper directory of overlayfs or fuse-overlayfs: what a Linux container, a live system or a union mount wrote.
 *
 *     character device 0/0                    the name is deleted
 *     *.overlay.opaque = y                    nothing of the directory below is seen
 *     *.overlay.opaque = x                    its empty files with *.overlay.whiteout are deleted names (tool-made, nesting)
 *     *.overlay.redirect = /a/b or b          renamed: the layers below continue at that path, or at that name beside it
 *     *.overlay.metacopy                      the file's own metadata; its bytes are in the layer below, of one with a redirect
 *                                             at that path
 *     .wh.NAME, .wh..wh..opq                  the same marks of fuse-overlayfs where it may make no devices
 *
 * `*` is `trusted`, or `user` for mounts without privileges; fuse-overlayfs has `user.fuseoverlayfs.opaque` too. `origin`,
 * `impure`, `nlink`, `index` and `uuid` serve the mount only. Marks of an overlay inside the overlay are escaped
 * (`trusted.overlay.overlay.opaque`): there they are ordinary attributes, and so they are here.
 *
 * An image may hold the upper directory by itself, or beside its work directory (`upper` + `work`, Docker: `diff` + `work`).
 * Sources: Documentation/filesystems/overlayfs.rst of Linux, fuse-overlayfs' manual; what both wrote when mounted.
 */
import type { Finding } from '../../../base/findings.ts';
import { type ExtendedAttribute, NodeFlag } from '../../../fs/types.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, lookup, pathOf, splitPath } from '../../../index/path.ts';
import { MarkerSet } from '../../markers.ts';
import type { StoreAdapter } from '../types.ts';
import { whiteoutNames } from '../whiteout-names.ts';
import { windowsLayer } from '../windows-layer.ts';

/** How file systems here show a character device 0/0. */
const IO_REPARSE_TAG_LX_CHR = 0x8000_0025;
/** Formats that have such devices and attributes. */
const LINUX: ReadonlySet<string> = new Set(['tar', 'ext4', 'folder']);
const UPPERS = ['upper', 'diff'];
const SIGNS = 4;
const WORK = 'work';
/** Stores of whole images: they hold many upper directories, none of which is the tree's own. */
const OTHERS = ['var\\lib\\docker\\overlay2', 'var\\lib\\containers\\storage\\overlay'];

/** Row of the upper directory: the tree's root unless a work directory lies beside one. */
function upperOf(table: NodeTable, upcase: Uint16Array): number {
  const work = childOf(table, 0, WORK, upcase);
  if (work <= 0 || !table.isFolder(work)) return 0;
  for (const name of UPPERS) {
    const row = childOf(table, 0, name, upcase);
    if (row > 0 && table.isFolder(row)) return row;
  }
  return 0;
}

/** For each row whether it is below `root` and not in a store of whole images. Parents stand before their children. */
function inside(table: NodeTable, root: number, upcase: Uint16Array): (row: number) => boolean {
  const { parent } = table.data;
  const state = new Uint8Array(table.count);
  state[root] = 1;
  const left = new Set(OTHERS.map((path) => lookup(table, path, upcase)).filter((row) => row > 0));
  for (let row = 1; row < table.count; row++) if (row !== root) state[row] = left.has(row) ? 0 : state[parent[row]!]!;
  return (row) => state[row] === 1;
}

const isDevice = (table: NodeTable, row: number) => table.data.reparseTag[row] === IO_REPARSE_TAG_LX_CHR;
const isMarked = (table: NodeTable, row: number) => (table.data.flags[row]! & NodeFlag.overlay) !== 0;

/** What the attributes say of one row. */
export interface OverlayMarks {
  /** `y` or `x`; anything else means nothing. */
  readonly opaque: string;
  readonly whiteout: boolean;
  readonly redirect: string | null;
  readonly metacopy: boolean;
}

const decoder = new TextDecoder();

export function overlayMarks(attributes: readonly ExtendedAttribute[]): OverlayMarks {
  let opaque = '';
  let [whiteout, metacopy] = [false, false];
  let redirect: string | null = null;
  for (const { name, value } of attributes) {
    const what = /^(?:(?:trusted|user)\.overlay|user\.fuseoverlayfs)\.([a-z]+)$/.exec(name)?.[1];
    // names and values end with their bytes, but tools have been seen that write the NUL of C as well
    const text = () => decoder.decode(value).replace(/\0+$/, '');
    if (what === 'opaque' && opaque !== 'y') opaque = text();
    else if (what === 'whiteout') whiteout = true;
    else if (what === 'redirect') redirect = text();
    else if (what === 'metacopy') metacopy = true;
  }
  return { opaque, whiteout, redirect, metacopy };
}

export const overlayfsStore: StoreAdapter = {
  id: 'overlayfs',
  title: 'overlayfs upper directory',

  detect(table, upcase, format) {
    if (format === null || !LINUX.has(format) || windowsLayer(table, upcase)?.hives.length) return false;
    const counts = inside(table, upperOf(table, upcase), upcase);
    for (let row = 1; row < table.count; row++)
      if ((isDevice(table, row) || isMarked(table, row)) && counts(row)) return true;
    return false;
  },

  needs: () => [],

  signs(table, upcase) {
    const counts = inside(table, upperOf(table, upcase), upcase);
    const signs: string[] = [];
    for (let row = 1; row < table.count && signs.length < SIGNS; row++)
      if ((isDevice(table, row) || isMarked(table, row)) && counts(row)) signs.push(pathOf(table, row));
    return signs;
  },

  attributed(table) {
    const rows: number[] = [];
    for (let row = 1; row < table.count; row++) if (isMarked(table, row)) rows.push(row);
    return rows;
  },

  apply(table, upcase, _bytes, source, attributes = new Map()) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts'] = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const root = upperOf(table, upcase);
    const depth = root === 0 ? 0 : 1;
    const counts = inside(table, root, upcase);
    const names = whiteoutNames(table, root, upcase);
    const set = new MarkerSet(upcase);
    for (const marker of names.markers) set.add(marker);
    const internal = new Set(names.internal);
    const moved = new Map<number, string[]>();
    const xDirectories = new Set<number>();
    const xFiles: number[] = [];
    const seen = { whiteouts: 0, opaque: 0, redirects: 0, metacopy: 0 };
    const strange: string[] = [];
    const path = (row: number) => splitPath(pathOf(table, row)).slice(depth);
    const remove = (row: number) => {
      internal.add(row);
      set.add({ kind: 'whiteout', path: path(row) });
      seen.whiteouts++;
    };
    /** Where the layers below have the directory: under its own name, or where it or a parent of it was before. */
    const below = (row: number): string[] => {
      const names: string[] = [];
      let at = row;
      for (; at !== root && !moved.has(at); at = table.data.parent[at]!) names.push(table.name(at));
      return [...(moved.get(at) ?? []), ...names.reverse()];
    };
    /** Where a redirect leads; null when it is none. */
    const oldPath = (row: number, redirect: string): string[] | null => {
      const parts = redirect.split('/').filter((part) => part !== '');
      const absolute = redirect.startsWith('/');
      if (parts.length === 0 || parts.includes('..') || parts.includes('.') || (!absolute && parts.length > 1))
        return null;
      return absolute ? parts : [...below(table.data.parent[row]!), ...parts];
    };
    let unread = 0;
    for (let row = 1; row < table.count; row++) {
      if (!counts(row) || row === root) continue;
      if (isDevice(table, row)) remove(row);
      if (!isMarked(table, row)) continue;
      const known = attributes.get(row);
      if (known === undefined) {
        unread++;
        continue;
      }
      const { opaque, whiteout, redirect, metacopy } = overlayMarks(known);
      if (!table.isFolder(row)) {
        if (whiteout && table.data.size[row] === 0) xFiles.push(row);
        if (!metacopy) continue;
        const old = redirect === null ? null : oldPath(row, redirect);
        if (redirect !== null && old === null) {
          strange.push(pathOf(table, row));
          continue;
        }
        // as it is below; what the layer changed of it (owner, mode, time) is no part of the merged view
        internal.add(row);
        seen.metacopy++;
        if (old !== null) {
          set.add({ kind: 'origin', path: path(row), from: old });
          seen.redirects++;
        }
        continue;
      }
      if (opaque === 'y') {
        set.add({ kind: 'opaque', path: path(row) });
        seen.opaque++;
      }
      if (opaque === 'x') xDirectories.add(row);
      if (redirect === null) continue;
      const from = oldPath(row, redirect);
      if (from === null) {
        strange.push(pathOf(table, row));
        continue;
      }
      moved.set(row, from);
      seen.redirects++;
      // an opaque directory has nothing below it, wherever it came from
      if (opaque !== 'y') set.add({ kind: 'origin', path: path(row), from });
    }
    for (const row of xFiles) if (xDirectories.has(table.data.parent[row]!)) remove(row);
    if (unread > 0)
      tell('overlayAttributesMissing', 'error', 'Attributes of overlayfs could not be read: marks are unknown.', {
        entries: unread,
      });
    if (strange.length > 0)
      tell(
        'overlayRedirectInvalid',
        'warning',
        'Folders or files state an old name that is none; folders are taken as new, the bytes of files are missing.',
        {
          count: strange.length,
          first: strange[0]!,
        },
      );
    if (seen.metacopy > 0)
      tell(
        'overlayMetacopy',
        'info',
        'Files changed in owner, mode or time only are shown as they are in the layers below.',
        {
          files: seen.metacopy,
        },
      );
    return { root, internal: [...internal], markers: set.list(), hives: [], facts: seen, findings };
  },
};
