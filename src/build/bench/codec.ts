/**
 * Benchmark of the chunk codecs against libwim, one core, user time: the chunks of Node's own binary (x86 code, tables and
 * text, as in a system image), packed by wimlib-imagex when it is there and by our compressors when not. Both sides decode
 * the same chunks from memory, copies in and out of the kernel's windows included. The peer is a short C program, compiled
 * when a C compiler and wimlib's header are installed.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createCodecs } from '../../codec/codecs.ts';
import { compressLzx } from '../../testing/compress/lzx.ts';
import { compressXpress } from '../../testing/compress/xpress.ts';
import { loadModules } from '../../testing/modules.ts';
import { hasTool } from '../../testing/tools.ts';
import { type WimChunk, wimResources } from '../../testing/wim-chunks.ts';
import { CODEC_PEER } from './codec-peer.ts';

export interface CodecCase {
  readonly name: string;
  /** User seconds of one round: `passes` times over all chunks. */
  readonly ours: () => number;
  /** The same work by libwim; null when it cannot be built here. */
  readonly peer: () => number | null;
  readonly note: string;
  /** Decoded bytes of one round. */
  readonly bytes: number;
}

export interface CodecResult {
  readonly name: string;
  readonly note: string;
  /** Median of the rounds, decoded MB a second. */
  readonly megabytesPerSecond: number;
  readonly peerMegabytesPerSecond: number | null;
  /** Median of ours / peer's time, round by round. */
  readonly ratio: number | null;
}

const DATA_BYTES = 16 << 20;
const PASSES = 8;
const SETS = [
  ['xpress', 32_768],
  ['lzx', 32_768],
  ['lzx', 2_097_152],
  ['lzms', 131_072],
  ['lzms', 16_777_216],
] as const;

const NAMES = { xpress: 'XPRESS', lzx: 'LZX', lzms: 'LZMS' } as const;
/** Numbers of wimlib's API. */
const TYPES = { xpress: 1, lzx: 2, lzms: 3 } as const;
type Codec = keyof typeof NAMES;

function someData(): Uint8Array {
  const data = new Uint8Array(DATA_BYTES);
  const file = openSync(process.execPath, 'r');
  const read = readSync(file, data, 0, DATA_BYTES, 8 << 20);
  closeSync(file);
  return data.subarray(0, read);
}

function packed(folder: string, data: Uint8Array, codec: Codec, chunkSize: number): WimChunk[] {
  if (hasTool('wimlib-imagex')) {
    const source = mkdtempSync(path.join(folder, 'in-'));
    writeFileSync(path.join(source, 'data'), data);
    const wim = path.join(folder, `${codec}-${chunkSize}.wim`);
    execFileSync('wimlib-imagex', ['capture', source, wim, `--compress=${codec}`, `--chunk-size=${chunkSize}`], {
      stdio: 'ignore',
    });
    const chunks = wimResources(readFileSync(wim)).flatMap((resource) => resource.chunks);
    return chunks.filter((chunk): chunk is WimChunk => !(chunk instanceof Uint8Array));
  }
  if (codec === 'lzms') return []; // only wimlib writes it
  const chunks: WimChunk[] = [];
  for (let at = 0; at < data.length; at += chunkSize) {
    const chunk = data.subarray(at, at + chunkSize);
    const compressed = codec === 'xpress' ? compressXpress(chunk) : compressLzx(chunk, chunkSize);
    if (compressed !== null) chunks.push({ codec, chunkSize, compressed, size: chunk.length });
  }
  return chunks;
}

/** Path of the compiled peer, or null. */
function compilePeer(folder: string): string | null {
  if (!hasTool('cc')) return null;
  const program = path.join(folder, 'codec-peer');
  const source = path.join(folder, 'codec-peer.c');
  writeFileSync(source, CODEC_PEER);
  try {
    execFileSync('cc', ['-O2', '-o', program, source, '-lwim'], { stdio: 'ignore' });
  } catch {
    return null; // no wimlib.h
  }
  return program;
}

function packFile(file: string, chunks: readonly WimChunk[]): void {
  const word = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  const { codec, chunkSize } = chunks[0]!;
  const parts: Uint8Array[] = [word(TYPES[codec], chunkSize, chunks.length)];
  for (const chunk of chunks) parts.push(word(chunk.compressed.length, chunk.size), chunk.compressed);
  writeFileSync(file, Buffer.concat(parts));
}

/** Makes the cases in `folder`, which the caller removes. */
export function codecCases(folder: string): CodecCase[] {
  const codecs = createCodecs(loadModules());
  const data = someData();
  const program = compilePeer(folder);
  return SETS.flatMap(([codec, chunkSize]) => {
    const chunks = packed(folder, data, codec, chunkSize);
    if (chunks.length === 0) return [];
    const pack = path.join(folder, `${codec}-${chunkSize}.pack`);
    packFile(pack, chunks);
    const decoder = codecs[codec](chunkSize);
    const out = new Uint8Array(chunkSize);
    const pass = () => {
      for (const chunk of chunks) decoder.decode(chunk.compressed, out.subarray(0, chunk.size), 'bench', 0);
    };
    // V8 must have replaced the kernel's first code by its optimised code.
    for (let i = 0; i < 4; i++) pass();
    return {
      name: `${NAMES[codec]} ${chunkSize >> 10} KiB`,
      ours: () => {
        const start = process.cpuUsage();
        for (let i = 0; i < PASSES; i++) pass();
        return process.cpuUsage(start).user / 1e6;
      },
      peer: () => (program === null ? null : Number(execFileSync(program, [pack, String(PASSES)]).toString())),
      note: 'user time on one core, chunks in memory; peer: libwim, native',
      bytes: PASSES * chunks.reduce((sum, chunk) => sum + chunk.size, 0),
    };
  });
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Runs every case `rounds` times, ours and the peer's by turns. */
export async function benchCodec(rounds = 5): Promise<CodecResult[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stratascope-bench-'));
  try {
    return codecCases(folder).map(({ name, note, ours, peer, bytes }) => {
      const mine: number[] = [];
      const theirs: number[] = [];
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const a = ours();
        const b = peer();
        mine.push(a);
        if (b === null) continue;
        theirs.push(b);
        ratios.push(a / b);
      }
      const speed = (seconds: number[]) => bytes / 1e6 / median(seconds);
      return {
        name,
        note,
        megabytesPerSecond: speed(mine),
        peerMegabytesPerSecond: theirs.length > 0 ? speed(theirs) : null,
        ratio: ratios.length > 0 ? median(ratios) : null,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
