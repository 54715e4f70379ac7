import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BelowEntry, WorkspaceApi } from '../engine/api.ts';
import { createNotices } from './notices.ts';
import { createSaving } from './saving.ts';

const entry = (over: Partial<BelowEntry>): BelowEntry => ({
  node: 1,
  path: 'file',
  directory: false,
  link: false,
  layer: 'os',
  size: 10,
  modified: 1_700_000_000_000,
  byteState: 'complete',
  ...over,
});
/** Bytes of a file: the same for the same node, wherever reading begins. */
function content(node: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = ((offset + i) * 7 + node) & 255;
  return bytes;
}

let written: Uint8Array[] = [];
let aborted: unknown = null;
let closed = false;
beforeEach(() => {
  written = [];
  aborted = null;
  closed = false;
  const createWritable = async () =>
    new WritableStream<Uint8Array>({
      write: (bytes) => void written.push(bytes),
      close: () => {
        closed = true;
      },
      abort: (reason) => {
        aborted = reason;
      },
    });
  vi.stubGlobal('window', { showSaveFilePicker: async () => ({ createWritable }) });
});
afterEach(() => vi.unstubAllGlobals());

const bytes = () => new Uint8Array(Buffer.concat(written));
function make(entries: readonly BelowEntry[], unreadable: readonly number[] = [], onRead?: () => void) {
  const asked: number[] = [];
  const api = {
    filesBelow: async () => entries,
    async readFile(node: number, _layer: string, _stream: string, offset: number, length: number) {
      asked.push(length);
      if (unreadable.includes(node)) throw new Error('damaged');
      onRead?.();
      return content(node, offset, length);
    },
  } as unknown as WorkspaceApi;
  const notices = createNotices();
  return {
    saving: createSaving(api, notices),
    asked,
    codes: () => notices.toasts.value.map(({ notice }) => notice.code),
  };
}

test('a file goes to the disk in pieces, as it is', async () => {
  const { saving, asked, codes } = make([]);
  await saving.file(3, 'os', '', 9_000_000, 'big.bin');
  expect(Math.max(...asked)).toBeLessThanOrEqual(4 << 20);
  expect(Buffer.from(bytes()).equals(content(3, 0, 9_000_000))).toBe(true);
  expect([closed, codes(), saving.state.value]).toEqual([true, ['fileSaved'], null]);
});

test('a folder becomes an archive; what has no bytes is left out and told', async () => {
  const { saving, codes } = make(
    [
      entry({ path: 'dir', directory: true, size: 0 }),
      entry({ node: 2, path: 'dir/a:b.txt', size: 1000 }),
      entry({ node: 3, path: 'cloud.bin', byteState: 'cloud' }),
      entry({ node: 4, path: 'bad.bin' }),
      entry({ node: 5, path: 'empty', size: 0 }),
    ],
    [4],
  );
  await saving.folder(1, 'folder');
  const text = Buffer.from(bytes()).toString('latin1');
  for (const name of ['dir/', 'dir/a_b.txt', 'empty']) expect(text).toContain(name);
  for (const name of ['cloud.bin', 'bad.bin']) expect(text).not.toContain(name);
  expect(Buffer.from(bytes()).includes(Buffer.from(content(2, 0, 1000)))).toBe(true);
  expect(codes()).toEqual(['savedWithout', 'fileSaved']);
});

test('cancelling leaves no half file behind', async () => {
  let cancel = () => {};
  const { saving, codes } = make([], [], () => cancel());
  cancel = saving.cancel;
  await saving.file(3, 'os', '', 20_000_000, 'big.bin');
  expect([closed, codes(), saving.state.value]).toEqual([false, [], null]);
  expect(aborted).toBeInstanceOf(Error);
});

test('a disk that never answers keeps nobody: the next file is saved', async () => {
  const hung = new WritableStream({ write: () => new Promise(() => {}) });
  const handles = [{ createWritable: async () => hung }, await window.showSaveFilePicker!({})];
  vi.stubGlobal('window', { showSaveFilePicker: async () => handles.shift() });
  const { saving, codes } = make([]);
  void saving.file(3, 'os', '', 100, 'first.bin');
  await vi.waitFor(() => expect(saving.state.value?.total).toBe(100));
  saving.cancel();
  expect(saving.state.value).toBeNull();
  await saving.file(4, 'os', '', 100, 'second.bin');
  expect(Buffer.from(bytes()).equals(content(4, 0, 100))).toBe(true);
  expect([closed, codes(), saving.state.value]).toEqual([true, ['fileSaved'], null]);
});

test('a user who chooses no place is asked no further', async () => {
  vi.stubGlobal('window', {
    showSaveFilePicker: async () => {
      throw new DOMException('no', 'AbortError');
    },
  });
  const { saving, codes } = make([]);
  await saving.file(3, 'os', '', 100, 'x');
  expect([codes(), saving.state.value]).toEqual([[], null]);
});

/** An api whose file of a key comes in three parts. */
function keyApi(left: number, onPiece: () => void = () => {}) {
  const ended: number[] = [];
  const parts = ['\ufeffWindows ', 'Registry ', 'Editor'].map((text) => new Uint8Array(Buffer.from(text, 'utf16le')));
  let next = 0;
  const api = {
    exportKey: async (_node: number, format: string, deep: boolean) => {
      next = 0;
      asked.push(`${format} ${deep}`);
      return { id: 7, name: 'k' };
    },
    async exportNext() {
      onPiece();
      return { bytes: parts[next]!, keys: next, left, finished: ++next === parts.length };
    },
    endExport: async (id: number) => void ended.push(id),
  } as unknown as WorkspaceApi;
  const asked: string[] = [];
  const notices = createNotices();
  const codes = () => notices.toasts.value.map(({ notice }) => notice.code);
  return { saving: createSaving(api, notices), asked, ended, codes };
}

test('a key is written part by part, and what the file cannot hold is told', async () => {
  const { saving, asked, codes } = keyApi(2);
  await saving.key(1, 'reg', 'a:b');
  expect(Buffer.concat(written).toString('utf16le')).toBe('\ufeffWindows Registry Editor');
  expect([closed, asked, codes()]).toEqual([true, ['reg true'], ['keysWithout', 'fileSaved']]);
  expect(saving.state.value).toBeNull();
});

test('a key that is cancelled is given up on both sides', async () => {
  const made = keyApi(0, () => made.saving.cancel());
  await made.saving.key(1, 'hive', 'k');
  expect([made.ended, closed, made.codes()]).toEqual([[7], false, []]);
  expect(aborted).not.toBeNull();
});

test('the text of one key is for the clipboard: without the mark of files', async () => {
  const { saving, asked } = keyApi(0);
  expect(await saving.keyText(1)).toBe('Windows Registry Editor');
  expect(asked).toEqual(['reg false']);
});

test('a disk that is full ends the export as well', async () => {
  const createWritable = async () =>
    new WritableStream<Uint8Array>({
      write() {
        throw new Error('the disk is full');
      },
    });
  vi.stubGlobal('window', { showSaveFilePicker: async () => ({ createWritable }) });
  const { saving, ended, codes } = keyApi(0);
  await saving.key(1, 'reg', 'k');
  expect([ended, codes(), saving.state.value]).toEqual([[7], ['error'], null]);
});

test('text for the clipboard neither ends nor revives what is being saved', async () => {
  let text: Promise<string> | undefined;
  const made = keyApi(0, () => {
    if (text !== undefined) return;
    made.saving.cancel();
    text = made.saving.keyText(1);
  });
  await made.saving.key(1, 'hive', 'k');
  expect([made.ended, closed, made.codes()]).toEqual([[7], false, []]);
  expect(await text).not.toBe('');
});

test('one place is asked for at a time', async () => {
  let asked = 0;
  let answer = (_handle: object) => {};
  const showSaveFilePicker = () => {
    asked++;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  vi.stubGlobal('window', { showSaveFilePicker });
  const { saving, codes } = make([]);
  const first = saving.file(3, 'os', '', 100, 'a');
  await saving.file(3, 'os', '', 100, 'b');
  expect(asked).toBe(1);
  // given up before a place was chosen: nothing is written there
  saving.cancel();
  answer({ createWritable: async () => new WritableStream({ write: (piece) => void written.push(piece) }) });
  await first;
  expect([written, codes(), saving.state.value]).toEqual([[], [], null]);
});

test('bytes that are read from elsewhere are saved as they come', async () => {
  const { saving, codes } = make([]);
  await saving.bytes('gone.txt', 5_000_000, async (offset, length) => content(9, offset, Math.min(length, 1_000_000)));
  expect(Buffer.from(bytes()).equals(content(9, 0, 5_000_000))).toBe(true);
  expect(codes()).toEqual(['fileSaved']);
});
