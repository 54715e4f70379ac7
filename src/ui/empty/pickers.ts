/** Pickers: with handles where the browser has them (so that a workspace can be opened again), else an <input>. */
import type { App } from '../../store/app.ts';
import { type Taken, takeFolder, takeHandles, takeInput } from '../../store/dropped.ts';
import type { Watch } from '../../store/walking.ts';

/** What was picked, still to be taken: a folder must be walked. */
type Picked = (watch: Watch) => Promise<Taken[]>;

/** @returns null when the user closed the picker */
function pickByInput(folder: boolean): Promise<Picked | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    if (folder) input.webkitdirectory = true;
    input.addEventListener('change', () => {
      const { files } = input;
      resolve(files === null ? null : (watch) => takeInput(files, watch));
    });
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

/** @returns null when the user closed the picker, which is an error of the browser's */
async function unlessClosed(ask: () => Promise<Picked | null>): Promise<Picked | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

const askForFiles = (multiple: boolean): Promise<Picked | null> =>
  unlessClosed(async () => {
    if (window.showOpenFilePicker === undefined) return pickByInput(false);
    const handles = await window.showOpenFilePicker({ multiple, id: 'layers' });
    return () => takeHandles(handles);
  });

const askForFolder = (): Promise<Picked | null> =>
  unlessClosed(async () => {
    if (window.showDirectoryPicker === undefined) return pickByInput(true);
    const folder = await window.showDirectoryPicker({ id: 'layers', mode: 'read' });
    return (watch) => takeFolder(folder, watch);
  });

async function open(app: App, ask: Promise<Picked | null>): Promise<void> {
  try {
    const picked = await ask;
    if (picked !== null) await app.walking.run(picked, (taken) => app.opening.open(taken));
  } catch (error) {
    app.notices.failed(error);
  }
}

export const openFiles = (app: App): Promise<void> => open(app, askForFiles(true));

export const openFolder = (app: App): Promise<void> => open(app, askForFolder());

/** One file that is pointed to; null when the user closed the picker. */
export async function pickFile(app: App): Promise<Taken | null> {
  const picked = await askForFiles(false);
  let file: Taken | null = null;
  if (picked !== null)
    await app.walking.run(picked, ([taken]) => {
      file = taken ?? null;
    });
  return file;
}
