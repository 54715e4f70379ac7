/** Short messages for the corner of the window and for screen readers, as data: the page finds the words. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type ErrorData, FormatError } from '../base/errors.ts';

export type Notice =
  | { readonly code: 'copied'; readonly text: string }
  | { readonly code: 'namesCopied'; readonly count: number }
  | { readonly code: 'notFound'; readonly text: string }
  | { readonly code: 'notAnAddress'; readonly text: string }
  | { readonly code: 'noMatch'; readonly text: string }
  | { readonly code: 'layerMoved'; readonly name: string; readonly place: number; readonly of: number }
  | { readonly code: 'layerRemoved'; readonly name: string }
  | { readonly code: 'layerShown' | 'layerHidden'; readonly name: string }
  | { readonly code: 'planSaved' | 'fileSaved'; readonly name: string }
  | { readonly code: 'savedWithout' | 'keysWithout'; readonly name: string; readonly count: number }
  | { readonly code: 'keyCopied'; readonly name: string }
  | { readonly code: 'squashed'; readonly name: string; readonly other: string }
  | { readonly code: 'squashedWithout'; readonly text: string; readonly count: number }
  | { readonly code: 'ruleAdded'; readonly action: string; readonly text: string }
  | { readonly code: 'presetAdded'; readonly count: number }
  /** Rule files of other products: rules that count, and how many of them are new. */
  | { readonly code: 'rulesTaken'; readonly name: string; readonly count: number; readonly fresh: number }
  | { readonly code: 'ruleRemoved' }
  | { readonly code: 'nothingToOpen' }
  | { readonly code: 'noPermission'; readonly name: string }
  | { readonly code: 'restarted'; readonly name: string }
  /** Files that came later completed the images of these layers. */
  | { readonly code: 'imageRenewed'; readonly name: string }
  | { readonly code: 'error'; readonly error: ErrorData };

export interface Toast {
  readonly id: number;
  readonly notice: Notice;
}

export interface Notices {
  readonly toasts: ReadonlySignal<readonly Toast[]>;
  /** The last thing to be read aloud. */
  readonly spoken: ReadonlySignal<Toast | null>;
  show(notice: Notice): void;
  /** Read aloud, not shown. */
  say(notice: Notice): void;
  dismiss(id: number): void;
  failed(error: unknown): void;
}

/** Plain data of whatever was thrown. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof FormatError) return error.toData();
  const actual = error instanceof Error ? error.message : String(error);
  return { code: 'UnexpectedTrap', where: { source: 'Stratascope', offset: null }, expected: 'no fault', actual };
}

export function createNotices(): Notices {
  const toasts = signal<readonly Toast[]>([]);
  const spoken = signal<Toast | null>(null);
  let id = 0;
  const show = (notice: Notice) => {
    const toast = { id: ++id, notice };
    toasts.value = [...toasts.value, toast].slice(-3);
  };
  return {
    toasts,
    spoken,
    show,
    say(notice) {
      spoken.value = { id: ++id, notice };
    },
    dismiss(which) {
      toasts.value = toasts.value.filter((toast) => toast.id !== which);
    },
    failed(error) {
      show({ code: 'error', error: toErrorData(error) });
    },
  };
}
