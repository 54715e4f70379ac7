import type { ComponentChildren } from 'preact';
import type { Theme } from '../../store/settings.ts';
import { useApp, useText } from '../context.ts';
import { IconButton } from '../widgets/controls.tsx';
import { MenuButton } from '../widgets/menu.tsx';
import { AddressBar } from './address-bar.tsx';
import { BrandMark } from './brand.tsx';
import { FindBox } from './find-box.tsx';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

interface BarProps {
  children?: ComponentChildren;
  onKeys: () => void;
  name: string | null;
  /** The brand is the heading of the page, where nothing else is. */
  heading: boolean;
}

function Bar({ children, onKeys, name, heading }: BarProps) {
  const { settings } = useApp();
  const t = useText();
  const other = t.otherLanguage;
  return (
    <header class="bar">
      <div class="brand">
        <BrandMark />
        {heading ? <h1>{t.product}</h1> : <span>{t.product}</span>}
        {name !== null && <span class="workspace-name trunc">{name}</span>}
      </div>
      {children}
      <button
        type="button"
        class="icon-button language"
        lang={other.tag}
        title={other.title}
        onClick={() => {
          settings.language.value = other.tag === 'zh-CN' ? 'zh-CN' : 'en';
        }}
      >
        {other.label}
      </button>
      <MenuButton
        icon="theme"
        label={t.top.theme[settings.theme.value]}
        items={() =>
          THEMES.map((theme) => ({
            text: t.top.theme[theme],
            checked: settings.theme.value === theme,
            run: () => {
              settings.theme.value = theme;
            },
          }))
        }
      />
      <IconButton icon="help" class="optional" label={t.top.keys} onClick={onKeys} />
    </header>
  );
}

export function PlainBar({ onKeys }: { onKeys: () => void }) {
  return (
    <Bar onKeys={onKeys} name={null} heading={false}>
      <span class="grow" />
    </Bar>
  );
}

export function TopBar({ onKeys }: { onKeys: () => void }) {
  const app = useApp();
  const t = useText();
  const names = app.layers.value.map((layer) => layer.name);
  const name = [names[0], names.length > 1 ? names.at(-1) : undefined].filter((n) => n !== undefined).join(' · ');
  return (
    <Bar onKeys={onKeys} name={name} heading>
      <div class="nav">
        <IconButton icon="back" label={t.top.back} disabled={!app.canGoBack.value} onClick={app.back} />
        <IconButton icon="forward" label={t.top.forward} disabled={!app.canGoForward.value} onClick={app.forward} />
        <IconButton icon="up" label={t.top.up} disabled={app.address.value === null} onClick={app.up} />
      </div>
      <AddressBar />
      <FindBox />
    </Bar>
  );
}
