/** A drop anywhere in the window counts. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { App } from '../store/app.ts';
import { takeDrop } from '../store/dropped.ts';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** @returns whether files are being dragged over the window */
export function useDrop(app: App): boolean {
  const [over, setOver] = useState(false);
  // before the first paint: a drop that nobody takes would lead the browser away from the page
  useLayoutEffect(() => {
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const drag = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      const { dataTransfer } = event;
      app.walking
        .run(
          (watch) => takeDrop(dataTransfer, watch),
          (taken) => app.opening.open(taken),
        )
        .catch(app.notices.failed);
    };
    addEventListener('dragenter', enter);
    addEventListener('dragleave', leave);
    addEventListener('dragover', drag);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragenter', enter);
      removeEventListener('dragleave', leave);
      removeEventListener('dragover', drag);
      removeEventListener('drop', drop);
    };
  }, [app]);
  return over;
}
