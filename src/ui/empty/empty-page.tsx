/** The first thing one sees: a place to drop, three buttons, what was open before, and the promise. */
import { formatDay, formatSize, formatTime } from '../../base/format.ts';
import type { Dictionary } from '../../i18n/en.ts';
import type { SavedWorkspace } from '../../store/persist.ts';
import { useApp, useText } from '../context.ts';
import { PlainBar } from '../frame/top-bar.tsx';
import { Button, IconButton, LinkButton } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { openFiles, openFolder } from './pickers.ts';

function Strata() {
  return (
    <svg class="strata" viewBox="0 0 144 74" fill="none" aria-hidden="true">
      <g stroke-width="1.5" stroke-linejoin="round" fill="var(--pane)">
        <path d="M12 57 72 40l60 17-60 17z" stroke="var(--layer-base)" />
        <path d="M12 44 72 27l60 17-60 17z" stroke="var(--layer-1)" />
        <path d="M12 31 72 14l60 17-60 17z" stroke="var(--layer-2)" />
        <path d="M12 18 72 1l60 17-60 17z" stroke="var(--layer-user)" />
      </g>
      <path d="M72 18v46" stroke="var(--text)" stroke-width="1.5" stroke-dasharray="2 3" />
      <circle cx="72" cy="18" r="2.5" fill="var(--text)" />
    </svg>
  );
}

function when(ms: number, now: number, t: Dictionary): string {
  const time = formatTime(ms, false).slice(11);
  if (formatDay(ms, false) === formatDay(now, false)) return `${t.empty.today} ${time}`;
  if (formatDay(ms, false) === formatDay(now - 86_400_000, false)) return `${t.empty.yesterday} ${time}`;
  return new Intl.DateTimeFormat(t.locale, { day: 'numeric', month: 'short' }).format(ms);
}

function Recent({ saved }: { saved: SavedWorkspace }) {
  const app = useApp();
  const t = useText();
  const again = saved.files.some((file) => file.handle === null);
  return (
    <li>
      <button type="button" class="recent-row" onClick={() => void (again ? openFiles(app) : app.openRecent(saved))}>
        <span class="trunc">
          {saved.name}
          {again && <span class="dim"> {t.empty.pickAgain}</span>}
        </span>
        <span class="chips">
          {saved.layers.map((layer) => (
            <span key={`${layer.file}/${layer.mount}`} class="chip" data-hue={layer.hue} title={layer.name}>
              {layer.letter}
            </span>
          ))}
        </span>
        <span class="dim optional-narrow">{t.findings.summary(saved.errors, saved.warnings)}</span>
        <span class="dim number optional-narrow">{when(saved.when, Date.now(), t)}</span>
        <Icon name="chevron" />
      </button>
      <IconButton small icon="close" label={t.empty.forget} onClick={() => void app.forgetRecent(saved)} />
    </li>
  );
}

export function EmptyPage({ over, onKeys, onPrivacy }: { over: boolean; onKeys: () => void; onPrivacy: () => void }) {
  const app = useApp();
  const t = useText();
  const recent = app.recent.value;
  const { sample } = app.bridge;
  return (
    <div class="empty">
      <PlainBar onKeys={onKeys} />
      <main class="middle">
        <section class={over ? 'drop over' : 'drop'}>
          <Strata />
          <h1>{t.empty.title}</h1>
          <p>{t.empty.text}</p>
          <div class="go">
            <Button primary onClick={() => void openFiles(app)}>
              {t.empty.openFiles}
              <kbd>O</kbd>
            </Button>
            <Button onClick={() => void openFolder(app)}>{t.empty.openFolder}</Button>
            {sample !== null && (
              <Button onClick={() => void app.openSample()}>
                {t.empty.sample}
                <span class="faint regular">{formatSize(sample.bytes, t.locale)}</span>
              </Button>
            )}
          </div>
        </section>
        {recent.length > 0 && (
          <section class="recent">
            <h2>{t.empty.recent}</h2>
            <ul>
              {recent.map((saved) => (
                <Recent key={saved.id} saved={saved} />
              ))}
            </ul>
          </section>
        )}
      </main>
      <footer class="privacy">
        <Icon name="lock" />
        <span id="requests">
          {t.empty.privacy} <strong>{app.requests.value}</strong>
        </span>
        <LinkButton onClick={onPrivacy}>{t.empty.howToCheck}</LinkButton>
      </footer>
    </div>
  );
}
