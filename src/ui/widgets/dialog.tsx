/** A modal on the platform's own <dialog>: it keeps the focus inside and gives it back; Esc closes. */
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

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

export function Dialog({ title, onClose, children, footer, wide, leadsTo }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useRef('');
  if (id.current === '') id.current = `dialog-${++serial}`;
  useEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog.close();
      const after = leadsTo?.current == null ? before : document.getElementById(leadsTo.current);
      if (after instanceof HTMLElement) after.focus();
    };
  }, []);
  // what had the focus may be gone after a choice: it stays in the dialog
  useEffect(() => {
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
    </dialog>
  );
}
