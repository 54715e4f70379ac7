/**
 * A file in Node: the one source that may import `node:`. The descriptor is opened read-only and held; each read checks
 * that size and modification time are still those of the opening, as a browser does.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../base/errors.ts';
import { BaseSource, storedExtent } from './base.ts';
import type { Extent } from './types.ts';

/** 1 GiB: `readSync` refuses 2 GiB and more. */
const MAX_READ = 0x4000_0000;

export class NodeFileSource extends BaseSource {
  readonly #descriptor: number;
  readonly #modified: bigint;

  /** @throws the system's own error when the file cannot be opened, FormatError UnsupportedFormat for a directory */
  constructor(file: string, name = path.basename(file)) {
    const descriptor = openSync(file, 'r');
    const stat = fstatSync(descriptor, { bigint: true });
    super(name, Number(stat.size));
    this.#descriptor = descriptor;
    this.#modified = stat.mtimeNs;
    if (!stat.isFile()) {
      this.close();
      fail('UnsupportedFormat', name, null, 'a regular file', stat.isDirectory() ? 'a directory' : 'a special file');
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; ) {
      const count = readSync(this.#descriptor, dst, done, Math.min(MAX_READ, dst.length - done), offset + done);
      if (count === 0) break;
      done += count;
    }
    const stat = fstatSync(this.#descriptor, { bigint: true });
    if (Number(stat.size) !== this.size || stat.mtimeNs !== this.#modified)
      fail(
        'UnexpectedChange',
        this.name,
        offset,
        'the file as it was opened',
        'that the file changed on disk since it was opened',
      );
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return [storedExtent(offset, length, this.name, offset)];
  }
}
