/** Keys of the whole window. They act only while the focus is in one of the panes, so that the browser keeps its own. */
import { useEffect } from 'preact/hooks';
import type { App } from '../store/app.ts';

const PANES = ['layers', 'keys', 'values', 'files', 'findings', 'detail'];

function paneElements(): HTMLElement[] {
  return PANES.map((id) => document.getElementById(id)).filter(
    (e): e is HTMLElement => e !== null && e.offsetParent !== null,
  );
}

/** The first layer stands for its panel. */
function focusPane(pane: HTMLElement): void {
  if (pane.id === 'layers') pane.querySelector<HTMLElement>('.layer')?.focus();
  else pane.focus();
}

function nextPane(back: boolean): void {
  const panes = paneElements();
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = at < 0 ? 0 : (at + (back ? -1 : 1) + panes.length) % panes.length;
  const pane = panes[next];
  if (pane !== undefined) focusPane(pane);
}

function findAgain(app: App, backward: boolean): void {
  const tree = app.tab.value === 'registry' ? app.keys : app.files;
  const text = tree.spec.value.filter;
  if (text === '') document.getElementById('find')?.focus();
  else
    void tree.find(text, backward, false, true).then((found) => {
      if (!found) app.notices.say({ code: 'noMatch', text });
    });
}

export function useWindowKeys(app: App, openSheet: () => void, openFiles: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as Element;
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      const typing = target.matches('input:not([type=checkbox], [type=radio], [type=file]), textarea, select');
      const empty = app.layers.value.length === 0;
      const inPane = paneElements().some((pane) => pane.contains(target));
      const { key, altKey: alt, ctrlKey: ctrl } = event;
      if (key === 'F6') nextPane(event.shiftKey);
      else if (typing) return;
      else if (key === '?') openSheet();
      else if (empty && key.toLowerCase() === 'o' && !ctrl && !alt && !event.metaKey) openFiles();
      else if (!inPane) return;
      else if (alt && key === 'ArrowLeft') app.back();
      else if (alt && key === 'ArrowRight') app.forward();
      else if (alt && key === 'ArrowUp') app.up();
      else if (alt && key.toLowerCase() === 'd') document.getElementById('edit-address')?.click();
      else if ((key === '/' && !ctrl && !alt) || (ctrl && key.toLowerCase() === 'f'))
        document.getElementById('find')?.focus();
      else if (ctrl && key.toLowerCase() === 'g') {
        const field = document.getElementById('hex-offset');
        if (field === null) return;
        field.focus();
      } else if (key === 'F3') findAgain(app, event.shiftKey);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [app]);
}
