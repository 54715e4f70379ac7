/** How the user likes to look at things, remembered in this browser. Nothing about images is kept here. */
import { effect, type Signal, signal } from '@preact/signals';

export type Language = 'en' | 'zh-CN';
export type Theme = 'auto' | 'light' | 'dark';

export interface Settings {
  readonly language: Signal<Language>;
  readonly theme: Signal<Theme>;
  readonly utc: Signal<boolean>;
  /** Widths in px; null is the standard. */
  readonly sideWidth: Signal<number | null>;
  readonly detailWidth: Signal<number | null>;
  readonly keysWidth: Signal<number | null>;
}

const KEY = 'stratascope.settings';

interface Saved {
  language?: string;
  theme?: string;
  utc?: boolean;
  sideWidth?: number | null;
  detailWidth?: number | null;
  keysWidth?: number | null;
}

function load(): Saved {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof saved === 'object' && saved !== null ? saved : {};
  } catch {
    // storage is off or holds something else: the standard settings do
    return {};
  }
}

const width = (value: unknown): number | null =>
  typeof value === 'number' && value > 0 && value < 4000 ? value : null;

export function createSettings(): Settings {
  const saved = load();
  const preferred = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  const settings: Settings = {
    language: signal(saved.language === 'en' || saved.language === 'zh-CN' ? saved.language : preferred),
    theme: signal(saved.theme === 'light' || saved.theme === 'dark' ? saved.theme : 'auto'),
    utc: signal(saved.utc === true),
    sideWidth: signal(width(saved.sideWidth)),
    detailWidth: signal(width(saved.detailWidth)),
    keysWidth: signal(width(saved.keysWidth)),
  };
  effect(() => {
    const root = document.documentElement;
    root.lang = settings.language.value;
    if (settings.theme.value === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = settings.theme.value;
  });
  effect(() => {
    const now: Saved = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.value]));
    try {
      localStorage.setItem(KEY, JSON.stringify(now));
    } catch {
      // private windows may refuse; the settings then last as long as the tab
    }
  });
  return settings;
}
