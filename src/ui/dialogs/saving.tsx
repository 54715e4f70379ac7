/** What is being saved, how far it is, and the way to stop it. */
import { useApp, useText } from '../context.ts';
import { Button, ProgressBar } from '../widgets/controls.tsx';

export function SavingStrip() {
  const { saving } = useApp();
  const t = useText();
  const state = saving.state.value;
  if (state === null) return null;
  const text = t.saving.busy(state.name);
  return (
    <div class="opening-strip" role="status">
      <div class="work-top">
        <span class="grow trunc">{text}</span>
        <Button small onClick={saving.cancel}>
          {t.saving.cancel}
        </Button>
      </div>
      <ProgressBar done={state.done} total={state.total} label={text} />
    </div>
  );
}
