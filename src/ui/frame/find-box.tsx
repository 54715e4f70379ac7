/** Filters the rows of the pane in front by name; `*` and `?` are wildcards. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp, useText } from '../context.ts';
import { Icon } from '../widgets/icon.tsx';

const WAIT_MS = 150;

export function FindBox() {
  const app = useApp();
  const t = useText();
  const registry = app.tab.value === 'registry';
  const tree = registry ? app.keys : app.files;
  const applied = tree.spec.value.filter;
  const [text, setText] = useState(applied);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(applied), [applied, registry]);

  const apply = (filter: string) => {
    clearTimeout(timer.current);
    if (filter !== tree.spec.value.filter) void tree.change({ filter });
  };
  const label = registry ? t.top.filterKeys : t.top.filterFiles;
  return (
    <div class="find" role="search">
      <Icon name="find" />
      <input
        id="find"
        type="text"
        spellcheck={false}
        autocomplete="off"
        aria-label={label}
        placeholder={label}
        disabled={!registry && app.tab.value !== 'files'}
        value={text}
        onInput={(event) => {
          const value = event.currentTarget.value;
          setText(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => apply(value), WAIT_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === 'ArrowDown') {
            const value = event.currentTarget.value;
            apply(value);
            void tree.reopen().then(() => tree.find(value, false, false, false));
            document.getElementById(registry ? 'keys' : 'files')?.focus();
          } else if (event.key === 'Escape') {
            setText('');
            apply('');
            document.getElementById(registry ? 'keys' : 'files')?.focus();
          } else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {text === '' ? (
        <kbd>/</kbd>
      ) : (
        <button
          type="button"
          class="icon-button small"
          aria-label={t.top.clear}
          title={t.top.clear}
          onClick={() => {
            setText('');
            apply('');
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
