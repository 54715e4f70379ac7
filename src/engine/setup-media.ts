/** Images that are what one opens a tree for: those of Windows setup media, and the packages of a bundle. */

import type { ItemRef } from '../base/brand.ts';
import { fromUnits } from '../base/utf16.ts';
import { type FsVolume, type NodeChunk, NodeFlag } from '../fs/types.ts';

/** Formats of discs: in an ordinary volume an image is a file like any other. */
const DISCS: ReadonlySet<string> = new Set(['iso', 'udf']);
const FOLDER = 'SOURCES';
const IMAGES: ReadonlySet<string> = new Set(['INSTALL.WIM', 'INSTALL.ESD', 'BOOT.WIM']);

const BUNDLE = { folder: 'APPXMETADATA', manifest: 'APPXBUNDLEMANIFEST.XML' };
const MAX_PACKAGES = 100;

export interface SetupImage {
  readonly ref: ItemRef;
  /** As it stands on the disc: `sources\install.wim`. */
  readonly path: string;
  /** What setup installs, not what it starts from. */
  readonly installs: boolean;
}

function rows(chunk: NodeChunk, wanted: (name: string) => boolean, directory: boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < chunk.count; i++) {
    const name = fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!).toUpperCase();
    if (((chunk.flags[i]! & NodeFlag.directory) !== 0) === directory && wanted(name)) found.push(i);
  }
  return found;
}

const nameAt = (chunk: NodeChunk, i: number) => fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!);

/** The packages of an application bundle (`.msixbundle`). */
function bundlePackages(volume: FsVolume): SetupImage[] {
  const root = volume.list(volume.rootRef);
  const isBundle = rows(root, (name) => name === BUNDLE.folder, true).some(
    (folder) => rows(volume.list(root.ref[folder]! as ItemRef), (name) => name === BUNDLE.manifest, false).length > 0,
  );
  if (!isBundle) return [];
  return rows(root, (name) => /\.(?:MSIX|APPX)$/.test(name), false)
    .slice(0, MAX_PACKAGES)
    .map((i) => ({ ref: root.ref[i]! as ItemRef, path: nameAt(root, i), installs: false }));
}

/** Images of a disc, what setup installs first; packages of a bundle. @throws FormatError when directories cannot be read */
export function setupImages(format: string, volume: FsVolume): SetupImage[] {
  if (format === 'zip') return bundlePackages(volume);
  if (!DISCS.has(format)) return [];
  const root = volume.list(volume.rootRef);
  return rows(root, (name) => name === FOLDER, true)
    .flatMap((folder) => {
      const inside = volume.list(root.ref[folder]! as ItemRef);
      return rows(inside, (name) => IMAGES.has(name), false).map((i) => ({
        ref: inside.ref[i]! as ItemRef,
        path: `${nameAt(root, folder)}\\${nameAt(inside, i)}`,
        installs: !nameAt(inside, i).toUpperCase().startsWith('BOOT'),
      }));
    })
    .sort((a, b) => Number(b.installs) - Number(a.installs));
}
