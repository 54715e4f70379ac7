/** How components reach the state and the words. */
import { type ComponentType, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Dictionary, en } from '../i18n/en.ts';
import { zhCn } from '../i18n/zh-cn.ts';
import type { App } from '../store/app.ts';

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('no app in context');
  return app;
}

/** What lies above everything, dialogs too. */
export const AboveContext = createContext<ComponentType | null>(null);

/** The dictionary of the chosen language; the component is drawn again when it changes. */
export function useText(): Dictionary {
  return useApp().settings.language.value === 'zh-CN' ? zhCn : en;
}
