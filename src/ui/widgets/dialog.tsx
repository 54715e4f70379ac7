/** A modal on the platform's own <dialog>: it keeps the focus inside and gives it back; Esc closes. */
import { signal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { AboveContext } from '../context.ts';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  footer?: ComponentChildren;
  wide?: boolean;
  /** Id of what has the focus afterwards, when a choice in the dialog leads there; else what had it before. */
  leadsTo?: RefObject<string | null>;
}

let serial = 0;
/** Ids of the dialogs that are open, the one in front last. */
const open = signal<readonly string[]>([]);

/**
 * What lies above everything, messages and work that goes on: in the dialog in front while there is one, because nothing
 * outside of a modal dialog can be used or is read aloud.
 */
function Above({ within }: { within: string | null }) {
  const What = useContext(AboveContext);
  return What !== null && (open.value.at(-1) ?? null) === within ? <What /> : null;
}

export function AbovePage() {
  return <Above within={null} />;
}

export function Dialog({ title, onClose, children, footer, wide, leadsTo }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useRef('');
  if (id.current === '') id.current = `dialog-${++serial}`;
  useLayoutEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement;
    dialog.showModal();
    open.value = [...open.peek(), id.current];
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      open.value = open.peek().filter((other) => other !== id.current);
      dialog.close();
      const after = leadsTo?.current == null ? before : document.getElementById(leadsTo.current);
      if (after instanceof HTMLElement) after.focus();
    };
  }, []);
  // what had the focus may be gone after a choice: it stays in the dialog
  useLayoutEffect(() => {
    const dialog = element.current!;
    if (!dialog.contains(document.activeElement)) dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
  });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes by the cancel event; the click is on the scrim only
    <dialog
      ref={element}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id.current}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-in">
        <header id={id.current}>{title}</header>
        <div class="dialog-body">{children}</div>
        {footer !== undefined && <footer>{footer}</footer>}
      </div>
      <Above within={id.current} />
    </dialog>
  );
}
