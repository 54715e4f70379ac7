/** An image over its files: the bottom caches are put in here, so that the browser and Node read alike. */
import { CachedSource } from '../source/cached.ts';
import { FolderSource } from '../source/folder.ts';
import type { ByteSource } from '../source/types.ts';
import type { Host } from './host.ts';
import { Image } from './image.ts';
import type { Picks } from './needs.ts';

export interface OpenedImage {
  readonly image: Image;
  readonly name: string;
}

export interface OtherFiles {
  /** What the file may be made of besides: parents, extents, parts of a set. Those that are not needed are not read. */
  readonly others?: readonly ByteSource[];
  /** Transaction logs of a loose hive, LOG1 before LOG2 before LOG. */
  readonly logs?: readonly ByteSource[];
  /** What a person chose for a need, as an index where 0 is the main file and 1 the first of `others`. */
  readonly picks?: Picks;
  /** True: a lone file's chain is told only as far as it cannot be read without it. */
  readonly brief?: boolean;
  /** Budget of the block caches, shared by the files. */
  readonly cacheBytes?: number;
}

const CACHE_BYTES = 32 << 20;
/** Below this a cache would forget a block before it is asked for again. */
const LEAST_CACHE = 1 << 20;

export function openImage(host: Host, main: ByteSource, more: OtherFiles = {}): OpenedImage {
  const { others = [], logs = [], picks = {}, brief = false, cacheBytes = CACHE_BYTES } = more;
  const share = Math.max(LEAST_CACHE, Math.floor(cacheBytes / (1 + others.length)));
  const caches: CachedSource[] = [];
  const cached = (file: ByteSource, budget?: number): ByteSource => {
    // the files in a folder have caches of their own
    if (file instanceof FolderSource) return file;
    const cache = new CachedSource(file, budget);
    caches.push(cache);
    return cache;
  };
  const sources = [main, ...others].map((file) => cached(file, share));
  const cachedLogs = logs.map((log) => cached(log));
  const bytesRead = () => caches.reduce((sum, source) => sum + source.stats.bytes, 0);
  return { image: new Image(host, sources, { logs: cachedLogs, picks, brief, bytesRead }), name: main.name };
}
