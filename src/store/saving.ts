/** Saving files and folders out of the view: read in pieces, written as they come, never whole in memory. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type InputWithMeta, type InputWithoutMeta, makeZip } from 'client-zip';
import type { BelowEntry, ExportPiece, RegistryFormat, WorkspaceApi } from '../engine/api.ts';
import type { Notices } from './notices.ts';
import { chooseTarget, type SaveTarget } from './save-target.ts';

const PIECE = 4 << 20;

export interface SavingState {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

export interface Saving {
  readonly state: ReadonlySignal<SavingState | null>;
  /** Saves one stream of one layer's copy. */
  file(node: number, layer: string, stream: string, size: number, name: string): Promise<void>;
  /** Saves all that is shown below a folder as a ZIP archive; what cannot be read is left out and told. */
  folder(node: number, name: string): Promise<void>;
  /** Saves a key with everything below it. */
  key(node: number, format: RegistryFormat, name: string): Promise<void>;
  /** Text of a key and its values as a registration file. */
  keyText(node: number): Promise<string>;
  cancel(): void;
}

/** What has no bytes that could be saved. */
const WITHOUT_BYTES = new Set(['efs', 'cloud', 'missing', 'damaged', 'dedup']);

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

export function createSaving(api: WorkspaceApi, notices: Notices): Saving {
  const state = signal<SavingState | null>(null);
  let cancelled = false;

  /** @yields the bytes in order; counts them. @throws Cancelled */
  async function* pieces(node: number, layer: string, stream: string, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; ) {
      if (cancelled) throw new Cancelled();
      const bytes = await api.readFile(node, layer, stream, at, Math.min(PIECE, size - at));
      if (bytes.length === 0) throw new Error(`the file ends at ${at} of ${size} bytes`);
      at += bytes.length;
      const now = state.value;
      if (now !== null) state.value = { ...now, done: now.done + bytes.length };
      yield bytes;
    }
  }

  /** @yields the parts of a file of a key. @throws Cancelled */
  async function* exported(node: number, format: RegistryFormat, deep: boolean): AsyncGenerator<ExportPiece> {
    const { id } = await api.exportKey(node, format, deep);
    for (;;) {
      if (cancelled) {
        await api.endExport(id);
        throw new Cancelled();
      }
      const piece = await api.exportNext(id);
      yield piece;
      if (piece.finished) return;
    }
  }

  async function run(name: string, work: (target: SaveTarget) => Promise<void>): Promise<void> {
    if (state.value !== null) return;
    let target: SaveTarget | null = null;
    try {
      target = await chooseTarget(name);
      if (target === null) return;
      cancelled = false;
      state.value = { name, done: 0, total: 0 };
      await work(target);
      target.finish();
      notices.show({ code: 'fileSaved', name });
    } catch (error) {
      await target?.stream.abort(error).catch(() => {}); // it may have failed by itself
      if (!cancelled) notices.failed(error);
    } finally {
      state.value = null;
    }
  }

  return {
    state,
    file: (node, layer, stream, size, name) =>
      run(name, async (target) => {
        state.value = { name, done: 0, total: size };
        const writer = target.stream.getWriter();
        try {
          for await (const bytes of pieces(node, layer, stream, size)) await writer.write(bytes);
          await writer.close();
        } finally {
          writer.releaseLock();
        }
      }),
    folder: (node, name) =>
      run(`${name}.zip`, async (target) => {
        const entries = await api.filesBelow(node);
        const total = entries.reduce((sum, { size, byteState }) => sum + (WITHOUT_BYTES.has(byteState) ? 0 : size), 0);
        state.value = { name: `${name}.zip`, done: 0, total };
        const left: string[] = [];
        await makeZip(zipEntries(entries, (e) => pieces(e.node, e.layer, '', e.size), left)).pipeTo(target.stream);
        if (left.length > 0) notices.show({ code: 'savedWithout', name: left[0]!, count: left.length });
      }),
    key: (node, format, name) =>
      run(fileName(name, format), async (target) => {
        const writer = target.stream.getWriter();
        try {
          for await (const { bytes, left, finished } of exported(node, format, true)) {
            await writer.write(bytes);
            const now = state.value;
            if (now !== null) state.value = { ...now, done: now.done + bytes.length };
            if (finished && left > 0) notices.show({ code: 'keysWithout', name, count: left });
          }
          await writer.close();
        } finally {
          writer.releaseLock();
        }
      }),
    async keyText(node) {
      cancelled = false;
      let text = '';
      // the mark at its beginning is for files
      const decoder = new TextDecoder('utf-16le');
      for await (const { bytes } of exported(node, 'reg', false)) text += decoder.decode(bytes, { stream: true });
      return text;
    },
    cancel() {
      cancelled = true;
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
