/**
 * A file the user dropped, read synchronously in a worker by FileReaderSync.
 *
 * The browser checks the file's time stamp at each read: a file that changed since it was opened fails with
 * NotReadableError, one that is gone with NotFoundError. A slice past the end is silently short, and one read of nearly
 * 2 GiB fails as if the file had changed, so no read asks for more than MAX_READ. A read costs about 0.65 ms whatever
 * its size: put a CachedSource above.
 */
import { fail } from '../base/errors.ts';
import { BaseSource, storedExtent } from './base.ts';
import type { Extent } from './types.ts';

/** 1 GiB: the largest single read that was seen to work everywhere. */
export const MAX_READ = 0x4000_0000;

/** The part of FileReaderSync that is used; tests hand in their own. */
export interface BlobReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

export class FileSource extends BaseSource {
  readonly #blob: Blob;
  readonly #reader: BlobReader;

  constructor(name: string, blob: Blob, reader: BlobReader = new FileReaderSync()) {
    super(name, blob.size);
    this.#blob = blob;
    this.#reader = reader;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; done += MAX_READ) {
      const length = Math.min(MAX_READ, dst.length - done);
      dst.set(this.#read(offset + done, length), done);
    }
  }

  #read(offset: number, length: number): Uint8Array {
    let buffer: ArrayBuffer;
    try {
      buffer = this.#reader.readAsArrayBuffer(this.#blob.slice(offset, offset + length));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      fail('UnexpectedChange', this.name, offset, 'the file as it was opened', reason(error.name));
    }
    if (buffer.byteLength !== length)
      fail(
        'UnexpectedChange',
        this.name,
        offset,
        `${length} bytes`,
        `${buffer.byteLength} bytes: the file became shorter`,
      );
    return new Uint8Array(buffer);
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return [storedExtent(offset, length, this.name, offset)];
  }
}

function reason(name: string): string {
  if (name === 'NotReadableError') return 'that the file changed on disk since it was opened';
  if (name === 'NotFoundError') return 'that the file was moved or deleted since it was opened';
  return `that the browser refuses to read it (${name})`;
}
