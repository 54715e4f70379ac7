/** Above all views while another base is tried: which one, what looks different, the way back. */
import { formatCount } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';

export function BaseSwapBar() {
  const { swap } = useApp();
  const t = useText();
  const state = swap.state.value;
  if (state === null) return null;
  const { name, instead } = state;
  const count = (n: number) => formatCount(n, t.locale);
  const gone = state.filesGone + state.keysGone;
  return (
    <section class="swap-bar" aria-label={t.swap.label}>
      <Icon name="replay" />
      <p class="grow" role="status">
        <strong>{t.swap.tried(name, instead)}</strong>{' '}
        <span class="faint">
          {state.files + state.keys + gone === 0
            ? t.swap.nothing
            : t.swap.differ(count(state.files), count(state.keys), gone === 0 ? null : count(gone))}
        </span>
      </p>
      {state.files + state.keys > 0 && (
        <button
          type="button"
          class="filter only"
          aria-pressed={swap.only.value}
          onClick={() => swap.showOnly(!swap.only.value)}
        >
          <i class="swap-mark" aria-hidden="true" />
          <span class="label">{t.swap.only}</span>
        </button>
      )}
      <Button small disabled={swap.busy.value} onClick={() => void swap.undo()}>
        {t.swap.undo}
      </Button>
    </section>
  );
}

/** In front of the name of a row that looks different. */
export function SwapMark({ marked }: { marked: boolean | undefined }) {
  const t = useText();
  return marked ? <i class="swap-mark" role="img" aria-label={t.swap.mark} title={t.swap.mark} /> : null;
}
