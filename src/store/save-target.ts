/**
 * Where saved bytes go: straight to the disk where the browser lets the user choose a file (Chromium), else into a Blob,
 * which the browser keeps where it has room, and from there to the downloads.
 */

/** Pieces of a Blob that is collected, so that the page itself holds no more than one of them. */
const PIECE = 16 << 20;

export interface SaveTarget {
  readonly stream: WritableStream<Uint8Array>;
  /** Called once after the last byte. */
  finish(): void;
  /** What was saved, to be opened again; after `finish`. */
  saved(): Promise<SavedFile>;
}

export interface SavedFile {
  readonly file: File;
  readonly handle: FileSystemFileHandle | null;
}

/** Hands a file to the browser's downloads; nothing goes over the network, a blob URL is a place in this tab. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the download has its own reference by the next turn of the loop
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function blobTarget(name: string): SaveTarget {
  const pieces: Blob[] = [];
  let open: Uint8Array[] = [];
  let held = 0;
  const close = () => {
    if (open.length > 0) pieces.push(new Blob(open as Uint8Array<ArrayBuffer>[]));
    open = [];
    held = 0;
  };
  return {
    stream: new WritableStream({
      write(bytes) {
        open.push(bytes);
        held += bytes.length;
        if (held >= PIECE) close();
      },
    }),
    finish() {
      close();
      download(new Blob(pieces), name);
    },
    saved: async () => ({ file: new File(pieces, name), handle: null }),
  };
}

/** Asks where to save; must be called while the user's click counts. @returns null when the user thought better of it */
export async function chooseTarget(name: string): Promise<SaveTarget | null> {
  if (window.showSaveFilePicker === undefined) return blobTarget(name);
  try {
    const handle = await window.showSaveFilePicker({ suggestedName: name, id: 'save' });
    const saved = async () => ({ file: await handle.getFile(), handle });
    return { stream: await handle.createWritable(), finish() {}, saved };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}
