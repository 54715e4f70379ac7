/** Block by block: the virtual disks of two images, as their containers unwrap to them through all parents. */
import { FormatError, fail } from '../base/errors.ts';
import { MAX_NESTING } from '../base/limits.ts';
import { createCodecs } from '../codec/codecs.ts';
import { containerFormats } from '../container/registry.ts';
import { CachedSource } from '../source/cached.ts';
import { type CompareOptions, Comparison, type Difference, type DifferenceKind } from '../source/compare.ts';
import type { ByteSource } from '../source/types.ts';
import type { Host } from './host.ts';
import { ImageFiles } from './image-files.ts';
import { oneImage } from './one-image.ts';
import { probeWindow } from './unwrap.ts';

export type BlockDifference = Difference;
export type BlockDifferenceKind = DifferenceKind;

/**
 * @param first files of the one image, in any order; `second` those of the other
 * @param sink takes the differences in order, while the comparison is stepped
 * @throws FormatError when one of them cannot be opened as a disk
 */
export function compareDisks(
  host: Host,
  first: readonly ByteSource[],
  second: readonly ByteSource[],
  sink: (difference: BlockDifference) => void,
  options: CompareOptions = {},
): Comparison {
  return new Comparison(openDisk(host, first), openDisk(host, second), sink, options);
}

/**
 * @param files of one image, in any order; a file that is no container is a raw disk, one in others is unwrapped to the last
 * @throws FormatError when they are not one image, when a parent is not among them, or when the file holds several disks
 */
function openDisk(host: Host, files: readonly ByteSource[]): ByteSource {
  const { main, others } = files.length === 1 ? { main: 0, others: [] } : oneImage(host, files);
  const codecs = createCodecs(host.modules, host.sha1);
  const image = new ImageFiles(
    codecs,
    [main, ...others].map((i) => new CachedSource(files[i]!)),
  );
  const lacking = image.refusal();
  if (lacking !== null) throw FormatError.from(lacking);
  let disk: ByteSource = image.main;
  for (let depth = 0; ; depth++) {
    const window = probeWindow(disk);
    const format = containerFormats.find(({ slices, probe }) => slices !== true && probe(window));
    if (format === undefined) return disk;
    if (depth > MAX_NESTING)
      fail('UnexpectedLoop', image.main.name, null, `at most ${MAX_NESTING} containers inside one another`, 'more');
    const opened = format.open(disk, { codecs, resolve: depth === 0 ? image.resolve : image.inner(disk.name) });
    const parts = opened.parts.filter(({ alternate }) => alternate !== true);
    if (parts.length !== 1)
      fail('UnsupportedFeature', disk.name, null, 'a file that holds one disk', `${parts.length} of them`);
    disk = parts[0]!.source;
  }
}
