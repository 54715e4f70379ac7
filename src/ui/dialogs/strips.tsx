/** Work that goes on over the page: what it is, how far, and the way to stop it. One strip each, above one another. */
import { formatCount } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { Button, ProgressBar } from '../widgets/controls.tsx';

interface StripProps {
  text: string;
  /** How far, in words. */
  far?: string;
  done: number;
  /** Null: nobody knows. */
  total: number | null;
  cancel?: { readonly label: string; readonly run: () => void };
}

function Strip({ text, far, done, total, cancel }: StripProps) {
  return (
    <div class="opening-strip" role="status">
      <div class="work-top">
        <span class="grow trunc" title={text}>
          {text}
        </span>
        {far !== undefined && <span class="faint">{far}</span>}
        {cancel !== undefined && (
          <Button small onClick={cancel.run}>
            {cancel.label}
          </Button>
        )}
      </div>
      <ProgressBar done={done} total={total} label={text} />
    </div>
  );
}

function WalkingStrip() {
  const { walking } = useApp();
  const t = useText();
  const state = walking.state.value;
  if (state === null) return null;
  const { name, done, total } = state;
  const count = formatCount(done, t.locale);
  return (
    <Strip
      text={t.opening.walking(name)}
      far={total === null ? t.progress.items(count) : t.progress.of(count, formatCount(total, t.locale))}
      done={done}
      total={total}
      cancel={{ label: t.opening.cancel, run: walking.cancel }}
    />
  );
}

function OpeningStrip() {
  const { opening } = useApp();
  const t = useText();
  const state = opening.state.value;
  if (state.phase === 'idle' || state.phase === 'choose') return null;
  const { phase, name, done, total } = state;
  return (
    <Strip
      text={phase === 'reading' ? t.opening.reading(name) : t.opening.adding(name)}
      far={t.progress.of(String(done), String(total))}
      done={done}
      total={total}
      {...(phase === 'reading' && { cancel: { label: t.opening.cancel, run: opening.cancel } })}
    />
  );
}

function SavingStrip() {
  const { saving } = useApp();
  const t = useText();
  const state = saving.state.value;
  if (state === null) return null;
  const { name, done, total } = state;
  const cancel = { label: t.saving.cancel, run: saving.cancel };
  return <Strip text={t.saving.busy(name)} done={done} total={total} cancel={cancel} />;
}

/** Shares of the work are fractions: the bar counts thousandths. */
const STEPS = 1000;

function VerifyingStrip() {
  const { verifying } = useApp();
  const t = useText();
  const state = verifying.state.value;
  if (state === null) return null;
  const share = Math.floor((state.done / state.total) * STEPS);
  const cancel = { label: t.verify.cancel, run: verifying.cancel };
  const far = `${Math.floor(share / 10)} %`;
  return <Strip text={t.verify.busy(state.name)} far={far} done={share} total={STEPS} cancel={cancel} />;
}

export function Strips() {
  return (
    <div class="strips">
      <WalkingStrip />
      <OpeningStrip />
      <SavingStrip />
      <VerifyingStrip />
    </div>
  );
}
