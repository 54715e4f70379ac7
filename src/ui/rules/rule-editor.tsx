/** A rule, made or changed by hand: while it is typed it says what it would hit. */
import { useEffect, useState } from 'preact/hooks';
import type { ErrorData } from '../../base/errors.ts';
import { formatSize } from '../../base/format.ts';
import type { RuleDraft, RuleTrial } from '../../engine/api.ts';
import { toErrorData } from '../../store/notices.ts';
import { useApp, useText } from '../context.ts';
import { Button, Select } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

const ACTIONS = ['keepLower', 'exclude', 'passthrough', 'redirect', 'hide', 'readOnly', 'merge'] as const;
const KINDS = ['subtree', 'exact', 'children', 'glob'] as const;
const TARGETS = ['file', 'key'] as const;
/** A pause in typing. */
const SETTLE_MS = 150;

export const NEW_RULE: RuleDraft = { target: 'file', match: { kind: 'subtree', p: '' }, action: 'keepLower' };

interface RuleEditorProps {
  draft: RuleDraft;
  /** Id of the rule that is changed, null for a new one. */
  id: string | null;
  onClose: () => void;
}

export function RuleEditor({ draft: first, id, onClose }: RuleEditorProps) {
  const app = useApp();
  const t = useText();
  const api = app.bridge.workspace;
  const layers = app.layers.value;
  const [draft, setDraft] = useState(first);
  const [trial, setTrial] = useState<RuleTrial | null>(null);
  const [error, setError] = useState<ErrorData | null>(null);
  const { target, match, action, layer } = draft;
  const change = (part: Partial<RuleDraft>) => setDraft({ ...draft, ...part });
  const typed = match.p.trim() !== '';

  useEffect(() => {
    let late = false;
    const timer = setTimeout(() => {
      api.tryRule(draft, id).then(
        (result) => {
          if (late) return;
          setTrial(result);
          setError(null);
        },
        (reason) => {
          if (late) return;
          setTrial(null);
          setError(toErrorData(reason));
        },
      );
    }, SETTLE_MS);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [draft]);

  const save = async () => {
    try {
      if (id !== null) await api.editRule(id, draft);
      else {
        await api.changeRules([draft], []);
        app.notices.show({ code: 'ruleAdded', action: draft.action, text: draft.match.p });
      }
      onClose();
    } catch (reason) {
      setError(toErrorData(reason));
    }
  };
  return (
    <Dialog
      title={id === null ? t.rules.newTitle : t.rules.editTitle}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t.rules.cancel}</Button>
          <Button primary disabled={!typed || error !== null} onClick={() => void save()}>
            {t.rules.save}
          </Button>
        </>
      }
    >
      <form
        class="rule-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed && error === null) void save();
        }}
      >
        <div class="rule-line">
          <span>{t.rules.target}</span>
          <Select
            value={target}
            label={t.rules.target}
            options={TARGETS.map((value) => ({ value, text: t.rules.targets[value] }))}
            onChange={(value) => change({ target: value })}
          />
          <Select
            value={match.kind}
            label={t.rules.kind}
            options={KINDS.map((value) => ({ value, text: t.rules.kinds[value] }))}
            onChange={(kind) => change({ match: { ...match, kind } })}
          />
        </div>
        <label class="rule-line">
          <span>{t.rules.pattern}</span>
          <input
            class="field mono"
            type="text"
            spellcheck={false}
            autocomplete="off"
            data-autofocus=""
            value={match.p}
            placeholder={target === 'file' ? t.rules.filePlaceholder : t.rules.keyPlaceholder}
            onInput={(event) => change({ match: { ...match, p: event.currentTarget.value } })}
          />
        </label>
        <div class="rule-line">
          <span>{t.rules.action}</span>
          <Select
            value={action as (typeof ACTIONS)[number]}
            label={t.rules.action}
            options={ACTIONS.map((value) => ({ value, text: t.plan.actions[value] }))}
            onChange={(value) =>
              change(
                value === 'redirect' ? { action: value, layer: layer ?? layers.at(-1)?.id ?? '' } : { action: value },
              )
            }
          />
          {action === 'redirect' && (
            <Select
              value={layer ?? ''}
              label={t.rules.layer}
              options={layers.map((one) => ({ value: one.id, text: one.name }))}
              onChange={(value) => change({ layer: value })}
            />
          )}
        </div>
        <p class="faint">{t.rules.means[action as (typeof ACTIONS)[number]]}</p>
        <div class="rule-trial" role="status">
          {error !== null && typed && (
            <p class="trial-warning">
              <SeverityIcon severity="error" />
              <span>{t.errors.found(error.expected, error.actual)}</span>
            </p>
          )}
          {trial !== null && typed && <Trial trial={trial} files={target === 'file'} />}
        </div>
      </form>
    </Dialog>
  );
}

function Trial({ trial, files }: { trial: RuleTrial; files: boolean }) {
  const t = useText();
  const warning = trial.forbidden
    ? t.rules.forbidden
    : trial.matches === 0
      ? t.rules.nothing
      : trial.hits === 0
        ? t.rules.outranked
        : null;
  return (
    <>
      {trial.matches > 0 && (
        <p>
          {t.rules.fits(trial.matches, trial.hits)}
          {files && trial.bytes > 0 && `, ${formatSize(trial.bytes, t.locale)}`}
        </p>
      )}
      {warning !== null && (
        <p class="trial-warning">
          <SeverityIcon severity={trial.forbidden ? 'error' : 'warning'} />
          <span>{warning}</span>
        </p>
      )}
      {trial.samples.length > 0 && (
        <ul class="mono faint">
          {trial.samples.map((sample) => (
            <li key={sample} class="trunc" title={sample}>
              {sample}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
