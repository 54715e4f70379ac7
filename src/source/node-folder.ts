/** A folder in Node: walked at once, its files read when they are asked for. The other source that may import `node:`. */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { FormatError, fail } from '../base/errors.ts';
import { type FolderLine, folderList } from '../base/folder-list.ts';
import { BaseSource, storedExtent } from './base.ts';
import { FolderSource } from './folder.ts';
import { MemorySource } from './memory.ts';
import type { Extent } from './types.ts';

/** As many as a volume of a large Windows has. */
const MAX_ENTRIES = 2_000_000;
const EPOCH_NS = 11_644_473_600_000_000_000n;

const ticksOf = (ns: bigint): string => (ns + EPOCH_NS < 0n ? 0n : (ns + EPOCH_NS) / 100n).toString();

/** A file that was listed and cannot be read now says why, as a damaged one does. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (error instanceof FormatError || !/^E[A-Z]+$/.test(code)) throw error;
    const gone = code === 'ENOENT' || code === 'ENOTDIR';
    const denied = code === 'EACCES' || code === 'EPERM';
    const why = gone ? 'that it is gone' : denied ? 'no permission to read it' : `the system's error ${code}`;
    return fail(
      gone ? 'UnexpectedChange' : 'MissingData',
      name,
      null,
      'a file that can be read, as it was listed',
      why,
    );
  }
}

/** Opens the file for each read: a folder has more files than a process may have open. */
class FolderFile extends BaseSource {
  readonly #file: string;
  readonly #modified: bigint;

  constructor(file: string, name: string, modified: bigint) {
    super(
      name,
      readable(name, () => statSync(file).size),
    );
    this.#file = file;
    this.#modified = modified;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    readable(this.name, () => this.#fill(offset, dst));
  }

  #fill(offset: number, dst: Uint8Array): void {
    const descriptor = openSync(this.#file, 'r');
    try {
      let done = 0;
      for (let count = -1; count !== 0 && done < dst.length; done += count)
        count = readSync(descriptor, dst, done, dst.length - done, offset + done);
      if (done < dst.length || statSync(this.#file, { bigint: true }).mtimeNs !== this.#modified)
        fail(
          'UnexpectedChange',
          this.name,
          offset,
          'the file as it was',
          'that it changed since the folder was opened',
        );
    } finally {
      closeSync(descriptor);
    }
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return [storedExtent(offset, length, this.name, offset)];
  }
}

/** @throws the system's own error when the folder itself cannot be read */
export function openFolder(folder: string): FolderSource {
  const lines: FolderLine[] = [];
  const files: (() => FolderFile)[] = [];
  const work = [''];
  let complete = true;
  for (let at = 0; at < work.length && complete; at++) {
    const below = work[at]!;
    let names: string[];
    try {
      names = readdirSync(path.join(folder, below)).sort();
    } catch (error) {
      if (below === '') throw error;
      lines.push(['x', below]);
      continue;
    }
    for (const name of names) {
      if (lines.length === MAX_ENTRIES) {
        complete = false;
        break;
      }
      const inside = below === '' ? name : `${below}/${name}`;
      const file = path.join(folder, inside);
      try {
        const stat = lstatSync(file, { bigint: true });
        const modified = ticksOf(stat.mtimeNs);
        if (stat.isDirectory()) {
          lines.push(['d', inside, modified]);
          work.push(inside);
        } else if (stat.isSymbolicLink()) lines.push(['l', inside, modified, readlinkSync(file)]);
        else if (stat.isFile()) {
          lines.push(['f', inside, modified, Number(stat.size), ticksOf(stat.birthtimeNs)]);
          files.push(() => new FolderFile(file, inside, stat.mtimeNs));
        } else if (stat.isCharacterDevice() && stat.rdev === 0n) lines.push(['w', inside, modified]);
      } catch {
        lines.push(['x', inside]);
      }
    }
  }
  const list = new TextEncoder().encode(folderList(lines, complete));
  return new FolderSource(new MemorySource(path.basename(path.resolve(folder)), list), files);
}
