/** What a hive can be opened from: bytes, or anything that reads synchronously (FileReaderSync, fs.readSync, an image). */
import { HivexError } from './errors.ts';

export interface HiveReader {
  /** Bytes. */
  readonly size: number;
  /** Fills `target` from `offset`, or throws. */
  read(offset: number, target: Uint8Array): void;
}

export type HiveInput = Uint8Array | HiveReader;

/** Bytes of one read: large enough to be cheap, small enough for a FileReaderSync. */
const READ_BYTES = 4 << 20;

export function toReader(input: HiveInput): HiveReader {
  if (!(input instanceof Uint8Array)) return input;
  return {
    size: input.byteLength,
    read(offset, target) {
      if (offset + target.byteLength > input.byteLength)
        throw new HivexError(
          'UnexpectedEnd',
          offset,
          `${target.byteLength} bytes`,
          `${input.byteLength - offset} bytes`,
        );
      target.set(input.subarray(offset, offset + target.byteLength));
    },
  };
}

/** Reads all of `reader` to the start of `target`. */
export function readAll(reader: HiveReader, target: Uint8Array): void {
  for (let at = 0; at < target.byteLength; at += READ_BYTES)
    reader.read(at, target.subarray(at, Math.min(target.byteLength, at + READ_BYTES)));
}
