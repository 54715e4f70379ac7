/** libwim's own codecs, by a small program that is compiled when a compiler and the library's header are there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./libwim.c', import.meta.url));
const CODECS = { xpress: 1, lzx: 2, lzms: 3 } as const;
export type WimCodec = keyof typeof CODECS;

export interface Job {
  readonly what: 'pack' | 'unpack';
  readonly codec: WimCodec;
  /** Largest chunk of the codec, a power of two. */
  readonly chunkSize: number;
  readonly bytes: Uint8Array;
  /** Length of the chunk; for packing the room that it may take. */
  readonly size: number;
}

export class Libwim {
  readonly #folder: string;
  readonly #program: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#program = path.join(folder, 'libwim');
  }

  /** Null where it does not compile: without a compiler or without libwim-dev. */
  static compile(): Libwim | null {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'libwim-'));
    const made = new Libwim(folder);
    if (spawnSync('cc', ['-O1', '-o', made.#program, SOURCE, '-lwim']).status === 0) return made;
    made.remove();
    return null;
  }

  /** One answer a job: the bytes, or null where libwim refuses. */
  run(jobs: readonly Job[]): (Uint8Array | null)[] {
    const input = jobs.flatMap(({ what, codec, chunkSize, bytes, size }) => [
      new Uint8Array(Uint32Array.of(what === 'pack' ? 1 : 2, CODECS[codec], chunkSize, bytes.length, size).buffer),
      bytes,
    ]);
    const out = execFileSync(this.#program, { input: Buffer.concat(input), maxBuffer: 1 << 30 });
    let at = 0;
    return jobs.map(({ codec, chunkSize }) => {
      const [status, length] = [out.readUInt32LE(at), out.readUInt32LE(at + 4)];
      if (status > 1) throw new Error(`libwim takes no ${codec} with chunks of ${chunkSize}`);
      at += 8 + length;
      return status === 0 ? new Uint8Array(out.subarray(at - length, at)) : null;
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
