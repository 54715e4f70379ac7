/** Pickers: with handles where the browser has them (so that a workspace can be opened again), else an <input>. */
import type { App } from '../../store/app.ts';
import { type Taken, takeFolder, takeHandles, takeInput } from '../../store/dropped.ts';

function pickByInput(folder: boolean): Promise<Taken[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    if (folder) input.webkitdirectory = true;
    input.addEventListener('change', () => resolve(takeInput(input.files)));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

async function pick(app: App, ask: () => Promise<Taken[]>): Promise<void> {
  try {
    const taken = await ask();
    if (taken.length > 0) await app.opening.open(taken);
  } catch (error) {
    // the user closed the picker
    if (!(error instanceof DOMException && error.name === 'AbortError')) app.notices.failed(error);
  }
}

export function openFiles(app: App): Promise<void> {
  return pick(app, async () =>
    window.showOpenFilePicker === undefined
      ? pickByInput(false)
      : takeHandles(await window.showOpenFilePicker({ multiple: true, id: 'layers' })),
  );
}

/** One file that is pointed to; null when the user closed the picker. */
export async function pickFile(): Promise<Taken | null> {
  try {
    const [taken] =
      window.showOpenFilePicker === undefined
        ? await pickByInput(false)
        : await takeHandles(await window.showOpenFilePicker({ id: 'layers' }));
    return taken ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

export function openFolder(app: App): Promise<void> {
  return pick(app, async () =>
    window.showDirectoryPicker === undefined
      ? pickByInput(true)
      : takeFolder(await window.showDirectoryPicker({ id: 'layers', mode: 'read' })),
  );
}
