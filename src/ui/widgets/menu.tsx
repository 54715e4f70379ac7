/** A menu under a button: arrows, Home, End, first letters, Esc; the focus goes back to the button. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

export type MenuItem =
  | { readonly kind: 'line' }
  | { readonly kind: 'head'; readonly text: string }
  | {
      readonly kind?: 'item';
      readonly text: string;
      readonly hint?: string;
      /** A radio item when given. */
      readonly checked?: boolean;
      readonly disabled?: boolean;
      readonly mono?: boolean;
      readonly run: () => void;
    };

interface MenuButtonProps {
  label: string;
  icon: IconName;
  items: () => readonly MenuItem[];
  small?: boolean;
  class?: string;
  children?: ComponentChildren;
}

export function MenuButton({ label, icon, items, small, class: extra, children }: MenuButtonProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`icon-button${small ? ' small' : ''}${extra === undefined ? '' : ` ${extra}`}`}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {children ?? <Icon name={icon} />}
      </button>
      {open && <Menu label={label} anchor={button.current!} items={items()} close={close} />}
    </>
  );
}

interface MenuProps {
  label: string;
  anchor: Element;
  items: readonly MenuItem[];
  close: (refocus: boolean) => void;
}

export function Menu({ label, anchor, items, close }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = list.current!;
    const at = anchor.getBoundingClientRect();
    const below = at.bottom + 4 + menu.offsetHeight <= innerHeight;
    menu.style.top = `${below ? at.bottom + 4 : Math.max(4, at.top - 4 - menu.offsetHeight)}px`;
    menu.style.left = `${Math.max(4, Math.min(at.left, innerWidth - menu.offsetWidth - 4))}px`;
    menu.querySelector<HTMLElement>('[role^=menuitem]:not([aria-disabled=true])')?.focus();
  }, [anchor]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (!list.current?.contains(event.target as Node) && !anchor.contains(event.target as Node)) close(false);
    };
    addEventListener('pointerdown', outside, true);
    addEventListener('blur', outside);
    return () => {
      removeEventListener('pointerdown', outside, true);
      removeEventListener('blur', outside);
    };
  }, [anchor, close]);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...list.current!.querySelectorAll<HTMLElement>('[role^=menuitem]:not([aria-disabled=true])')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const go: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1 + all.length,
      Home: 0,
      End: all.length - 1,
    };
    const next = go[event.key];
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      close(true);
    } else if (next !== undefined) {
      event.preventDefault();
      all[next % all.length]?.focus();
    } else if (event.key.length === 1 && event.key !== ' ') {
      const from = [...all.slice(at + 1), ...all];
      from.find((item) => item.textContent!.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  };
  return (
    <div ref={list} class="menu" role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item, i) => {
        if (item.kind === 'line') return <hr key={i} />;
        if (item.kind === 'head')
          return (
            <div key={i} class="menu-head" role="presentation">
              {item.text}
            </div>
          );
        return (
          <button
            key={i}
            type="button"
            {...(item.checked === undefined
              ? { role: 'menuitem' as const }
              : { role: 'menuitemradio' as const, 'aria-checked': item.checked })}
            aria-disabled={item.disabled}
            tabIndex={-1}
            class={item.mono ? 'mono' : undefined}
            onClick={() => {
              if (item.disabled) return;
              close(true);
              item.run();
            }}
          >
            {item.checked !== undefined && (item.checked ? <Icon name="check" /> : <span class="icon" />)}
            <span class="trunc">{item.text}</span>
            {item.hint !== undefined && <kbd>{item.hint}</kbd>}
          </button>
        );
      })}
    </div>
  );
}
