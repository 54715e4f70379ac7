/** An image over its files: the bottom cache is put in here, so that the browser and Node read alike. */
import { CachedSource } from '../source/cached.ts';
import type { ByteSource } from '../source/types.ts';
import type { Host } from './host.ts';
import { Image } from './image.ts';

export interface OpenedImage {
  readonly image: Image;
  readonly name: string;
}

/** @param cacheBytes budget of the block cache of the main file */
export function openImage(
  host: Host,
  file: ByteSource,
  logs: readonly ByteSource[] = [],
  cacheBytes?: number,
): OpenedImage {
  const cached = new CachedSource(file, cacheBytes);
  const cachedLogs = logs.map((log) => new CachedSource(log));
  const read = () => [cached, ...cachedLogs].reduce((sum, source) => sum + source.stats.bytes, 0);
  return { image: new Image(host, cached, cachedLogs, read), name: file.name };
}
