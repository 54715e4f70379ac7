/** What was dropped: what each file is, which role it gets, what could not be opened and why. */
import { ROLES } from '../../engine/api.ts';
import type { Choice } from '../../store/opening.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText, errorTitle } from '../error-text.tsx';
import { Chain } from '../layers/chain.tsx';
import { lastName } from '../layers/chain-rows.ts';
import { Button, Select } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

const HUES = { os: 'base', user: 'user', app: '1' } as const;

function ChoiceRow({ choice }: { choice: Choice }) {
  const { opening } = useApp();
  const t = useText();
  return (
    <li class={choice.included ? 'choice' : 'choice off'} data-hue={HUES[choice.role]}>
      <input
        type="checkbox"
        checked={choice.included}
        aria-label={t.opening.include(choice.name)}
        onChange={(event) => opening.change(choice.id, { included: event.currentTarget.checked })}
      />
      <div class="choice-text">
        <div class="trunc">
          <strong>{choice.name}</strong>{' '}
          <span class="dim">{choice.partOf === null ? choice.fileName : t.chain.point(lastName(choice.partOf))}</span>
        </div>
        {choice.mounts.length <= 1 ? (
          choice.detail !== '' && <div class="dim trunc">{choice.detail}</div>
        ) : (
          <Select
            value={choice.mount}
            label={t.opening.mount(choice.name)}
            options={choice.mounts.map((m) => ({ value: m.mount, text: m.text }))}
            onChange={(mount) => opening.change(choice.id, { mount })}
          />
        )}
      </div>
      {(choice.partOf === null || choice.included) && (
        <Select
          value={choice.role}
          label={t.opening.role(choice.name)}
          options={ROLES.map((role) => ({ value: role, text: t.layers.roles[role] }))}
          onChange={(role) => opening.change(choice.id, { role })}
        />
      )}
      {choice.chain.length > 0 && choice.partOf === null && (
        <Chain
          name={choice.fileName}
          chain={choice.chain}
          onPick={(need, file) => void opening.pick({ set: choice.set }, need, file)}
        />
      )}
    </li>
  );
}

export function OpeningDialog() {
  const { opening } = useApp();
  const t = useText();
  const state = opening.state.value;
  if (state.phase !== 'choose') return null;
  const { choices, refused } = state;
  const count = choices.filter((c) => c.included).length;
  const whole = choices.filter((c) => c.partOf === null);
  const points = choices.filter((c) => c.partOf !== null);
  const waiting = choices.some((c) => c.included && c.image === null);
  return (
    <Dialog
      title={whole.length === 0 ? t.opening.nothing : t.opening.title(whole.length, state.files)}
      onClose={opening.cancel}
      footer={
        <>
          <span class="grow dim">{t.opening.readOnly}</span>
          <Button onClick={opening.cancel} autofocus={count === 0}>
            {t.opening.cancel}
          </Button>
          {choices.length > 0 && (
            <Button
              primary
              autofocus={count > 0}
              disabled={count === 0 || waiting}
              onClick={() => void opening.commit()}
            >
              {t.opening.open(count)}
            </Button>
          )}
        </>
      }
    >
      {choices.length > 0 && <p class="dim">{t.opening.hint}</p>}
      <ul class="choices">
        {whole.map((choice) => (
          <ChoiceRow key={choice.id} choice={choice} />
        ))}
      </ul>
      {points.length > 0 && (
        <>
          <h3 class="refused-head">{t.chain.points}</h3>
          <p class="dim">{t.chain.pointsHint}</p>
          <ul class="choices earlier">
            {points.map((choice) => (
              <ChoiceRow key={choice.id} choice={choice} />
            ))}
          </ul>
        </>
      )}
      {refused.length > 0 && (
        <>
          <h3 class="refused-head">{t.opening.refused}</h3>
          <ul class="refused">
            {refused.map(({ set, ...file }) => (
              <li key={file.name}>
                <SeverityIcon severity="warning" />
                <span>
                  <strong>{file.name}</strong>{' '}
                  {file.error !== null && file.chain.some((entry) => entry.file === null) ? (
                    // the chain below says the rest
                    <span>{errorTitle(file.error, t)}</span>
                  ) : file.error === null ? (
                    <span class="dim">{t.opening.unknown}</span>
                  ) : (
                    <ErrorText error={file.error} />
                  )}
                </span>
                {set !== null && file.chain.length > 0 && (
                  <Chain
                    name={file.name}
                    chain={file.chain}
                    onPick={(need, picked) => void opening.pick({ set }, need, picked)}
                  />
                )}
              </li>
            ))}
          </ul>
          {refused.some(({ chain }) => chain.length > 0) && <p class="dim">{t.chain.dropHint}</p>}
        </>
      )}
    </Dialog>
  );
}
