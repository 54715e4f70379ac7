/** Saving files and folders out of the view: read in pieces, written as they come, never whole in memory. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type InputWithMeta, type InputWithoutMeta, makeZip } from 'client-zip';
import type { BelowEntry, ExportPiece, RegistryFormat, WorkspaceApi } from '../engine/api.ts';
import type { Notices } from './notices.ts';
import { chooseTarget, type SavedFile, type SaveTarget } from './save-target.ts';

const PIECE = 4 << 20;

export interface SavingState {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

/** @returns at most `length` bytes from `offset` on; fewer are fine, none is an error before the end */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

export interface Saving {
  readonly state: ReadonlySignal<SavingState | null>;
  /** Saves one stream of one layer's copy. */
  file(node: number, layer: string, stream: string, size: number, name: string): Promise<void>;
  /** Saves what is read piece by piece from elsewhere. */
  bytes(name: string, size: number, read: ReadBytes): Promise<void>;
  /**
   * Saves all that is shown below a folder as a ZIP archive. What has no bytes, or fails at its first piece, is left out and
   * told; a file that fails further on ends the archive, as its header is written by then.
   */
  folder(node: number, name: string): Promise<void>;
  /** Saves a key with everything below it. */
  key(node: number, format: RegistryFormat, name: string): Promise<void>;
  /** Saves what comes in pieces. @returns what was saved; null when it was given up or has failed, which is told */
  stream(name: string, pieces: () => AsyncGenerator<Uint8Array>): Promise<SavedFile | null>;
  /** Text of a key and its values as a registration file. Not ended by `cancel`. */
  keyText(node: number): Promise<string>;
  /** Ends what is being saved; the file that was begun is taken back. */
  cancel(): void;
}

/** What has no bytes that could be saved. */
const WITHOUT_BYTES = new Set(['efs', 'cloud', 'missing', 'damaged', 'dedup', 'encrypted', 'unread']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const NOT_IN_ZIP = /[\0-\x1f"*:<>?\\|]/g;
/** Names that ZIP readers on Windows take: what NTFS allows beyond that becomes a low line. */
const zipName = (path: string): string => path.replace(NOT_IN_ZIP, '_').replace(/(^|\/)\.{1,2}(?=\/|$)/g, '$1_');

/** A key's name as that of a file. */
function fileName(name: string, format: RegistryFormat): string {
  const safe = name.replace(NOT_IN_ZIP, '_').replaceAll('/', '_');
  return `${safe === '' ? 'registry' : safe}.${format === 'hive' ? 'hiv' : format}`;
}

class Cancelled extends Error {}

/** One save from the click to its end. Another one never changes it. */
interface Job {
  cancelled: boolean;
}

export function createSaving(api: WorkspaceApi, notices: Notices): Saving {
  const state = signal<SavingState | null>(null);
  let current: Job | null = null;

  function tell(job: Job, now: SavingState): void {
    if (job === current) state.value = now;
  }

  function count(job: Job, bytes: number): void {
    const now = state.value;
    if (now !== null) tell(job, { ...now, done: now.done + bytes });
  }

  function leave(job: Job | null): void {
    if (job !== current) return;
    current = null;
    state.value = null;
  }

  /** @yields the bytes in order; counts them. @throws Cancelled */
  async function* pieces(job: Job, size: number, read: ReadBytes): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; ) {
      if (job.cancelled) throw new Cancelled();
      const bytes = await read(at, Math.min(PIECE, size - at));
      if (bytes.length === 0) throw new Error(`the file ends at ${at} of ${size} bytes`);
      at += bytes.length;
      count(job, bytes.length);
      yield bytes;
    }
  }

  const copyOf =
    (node: number, layer: string, stream: string): ReadBytes =>
    (offset, length) =>
      api.readFile(node, layer, stream, offset, length);

  /** @yields the parts of a file of a key; whoever stops taking them ends the export. @throws Cancelled */
  async function* exported(job: Job, node: number, format: RegistryFormat, deep: boolean): AsyncGenerator<ExportPiece> {
    const { id } = await api.exportKey(node, format, deep);
    let finished = false;
    try {
      while (!finished) {
        if (job.cancelled) throw new Cancelled();
        const piece = await api.exportNext(id);
        finished = piece.finished;
        yield piece;
      }
    } finally {
      if (!finished) await api.endExport(id);
    }
  }

  /** @returns the target when all is in it */
  async function run(name: string, work: (target: SaveTarget, job: Job) => Promise<void>): Promise<SaveTarget | null> {
    if (current !== null) return null;
    const job: Job = { cancelled: false };
    current = job;
    let target: SaveTarget | null = null;
    try {
      target = await chooseTarget(name);
      if (target === null) return null;
      tell(job, { name, done: 0, total: 0 });
      if (job.cancelled) throw new Cancelled();
      await work(target, job);
      target.finish();
      notices.show({ code: 'fileSaved', name });
      return target;
    } catch (error) {
      await target?.stream.abort(error).catch(() => {}); // it may have failed by itself
      if (!job.cancelled) notices.failed(error);
      return null;
    } finally {
      leave(job);
    }
  }

  async function writeAll(target: SaveTarget, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const writer = target.stream.getWriter();
    try {
      for await (const bytes of pieces) await writer.write(bytes);
      await writer.close();
    } finally {
      writer.releaseLock();
    }
  }

  async function whole(name: string, size: number, read: ReadBytes): Promise<void> {
    await run(name, async (target, job) => {
      tell(job, { name, done: 0, total: size });
      await writeAll(target, pieces(job, size, read));
    });
  }

  /** Counts what comes and looks whether it is still wanted. */
  async function* counted(job: Job, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of pieces) {
      if (job.cancelled) throw new Cancelled();
      count(job, bytes.length);
      yield bytes;
    }
  }

  return {
    state,
    file: (node, layer, stream, size, name) => whole(name, size, copyOf(node, layer, stream)),
    bytes: whole,
    async stream(name, from) {
      const target = await run(name, (target, job) => writeAll(target, counted(job, from())));
      return target === null ? null : target.saved();
    },
    async folder(node, name) {
      await run(`${name}.zip`, async (target, job) => {
        const entries = await api.filesBelow(node);
        const total = entries.reduce((sum, { size, byteState }) => sum + (WITHOUT_BYTES.has(byteState) ? 0 : size), 0);
        tell(job, { name: `${name}.zip`, done: 0, total });
        const left: string[] = [];
        const read = (e: BelowEntry) => pieces(job, e.size, copyOf(e.node, e.layer, ''));
        await makeZip(zipEntries(entries, read, left)).pipeTo(target.stream);
        if (left.length > 0) notices.show({ code: 'savedWithout', name: left[0]!, count: left.length });
      });
    },
    async key(node, format, name) {
      await run(fileName(name, format), async (target, job) => {
        const writer = target.stream.getWriter();
        try {
          for await (const { bytes, left, finished } of exported(job, node, format, true)) {
            await writer.write(bytes);
            count(job, bytes.length);
            if (finished && left > 0) notices.show({ code: 'keysWithout', name, count: left });
          }
          await writer.close();
        } finally {
          writer.releaseLock();
        }
      });
    },
    async keyText(node) {
      let text = '';
      // the mark at its beginning is for files
      const decoder = new TextDecoder('utf-16le');
      for await (const { bytes } of exported({ cancelled: false }, node, 'reg', false))
        text += decoder.decode(bytes, { stream: true });
      return text;
    },
    cancel() {
      if (current === null) return;
      current.cancelled = true;
      // a disk may never answer: nobody waits for it
      leave(current);
    },
  };
}

/** Entries of the archive; the first piece of each file is read before its header is written, so that an unreadable one is left out. */
async function* zipEntries(
  entries: readonly BelowEntry[],
  read: (entry: BelowEntry) => AsyncGenerator<Uint8Array>,
  left: string[],
): AsyncGenerator<InputWithMeta | InputWithoutMeta | { name: string; lastModified?: Date }> {
  for (const entry of entries) {
    const about = Number.isNaN(entry.modified) ? {} : { lastModified: new Date(entry.modified) };
    if (entry.directory) {
      yield { name: `${zipName(entry.path)}/`, ...about };
      continue;
    }
    if (entry.link || WITHOUT_BYTES.has(entry.byteState)) {
      left.push(entry.path);
      continue;
    }
    const bytes = read(entry);
    let first: IteratorResult<Uint8Array>;
    try {
      first = await bytes.next();
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      left.push(entry.path);
      continue;
    }
    yield { name: zipName(entry.path), ...about, size: entry.size, input: resumed(first, bytes) };
  }
}

async function* resumed(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
