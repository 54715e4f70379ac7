/** Breadcrumbs that turn to text when they are clicked or called with Alt+D. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { crumbs, spellings } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { Icon } from '../widgets/icon.tsx';
import { MenuButton } from '../widgets/menu.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';

/** Crumbs that may be left out in a narrow window: all but the root and the last two. */
function crumbClass(at: number, count: number): string | undefined {
  if (count <= 3 || at === 0) return at === count - 1 || at === count - 2 ? undefined : 'outer';
  return at < count - 2 ? 'inner outer' : undefined;
}

export function AddressBar() {
  const app = useApp();
  const t = useText();
  const copy = useCopy();
  const [text, setText] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const tab = app.tab.value;
  const address = app.address.value;
  const path = address?.path ?? '';
  const parts = address === null ? [] : crumbs(path);

  useEffect(() => {
    if (text !== null) {
      input.current?.focus();
      input.current?.select();
    }
  }, [text === null]);

  const edit = () => setText(path);
  const leave = () => {
    setText(null);
    // the tab of now: the address may have led to the other one
    document.getElementById(app.tab.peek() === 'registry' ? 'keys' : 'files')?.focus();
  };

  return (
    <nav class="address" aria-label={t.top.address}>
      <Icon name={tab === 'registry' ? 'hive' : tab === 'files' ? 'disk' : 'list'} />
      {text === null ? (
        <div class="crumbs">
          {tab !== 'files' && tab !== 'registry' && <span class="crumb-text">{t.tabs[tab]}</span>}
          {parts.map((crumb, i) => {
            const hide = crumbClass(i, parts.length);
            return [
              i === 1 && parts.length > 3 && (
                <span key="more" class="crumb-more" title={path}>
                  …<Icon name="chevron" />
                </span>
              ),
              <button key={crumb.path} type="button" class={hide} onClick={() => void app.go(crumb.path)}>
                {crumb.label}
              </button>,
              i < parts.length - 1 && <Icon key={`${crumb.path}>`} name="chevron" class={hide} />,
            ];
          })}
          <button type="button" class="crumb-edit" id="edit-address" aria-label={t.top.editAddress} onClick={edit} />
        </div>
      ) : (
        <input
          ref={input}
          class="address-input"
          type="text"
          spellcheck={false}
          autocomplete="off"
          aria-label={t.top.address}
          placeholder={t.top.addressHint}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onBlur={() => setText(null)}
          onKeyDown={(event) => {
            if (event.key === 'Enter')
              void app.go(event.currentTarget.value).then((found) => {
                if (found) leave();
              });
            else if (event.key === 'Escape') leave();
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      )}
      {address !== null && (
        <MenuButton
          small
          icon="copy"
          label={t.top.copyPathAs}
          items={() => [
            { kind: 'head', text: t.top.copyPathAs },
            ...spellings(address).map((spelling) => ({ text: spelling, mono: true, run: () => copy(spelling) })),
          ]}
        />
      )}
    </nav>
  );
}
