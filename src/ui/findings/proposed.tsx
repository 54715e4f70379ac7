/** The way out of a finding: the rule that settles it, or what else there is to do. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatSize } from '../../base/format.ts';
import type { LayerInfo, MergeFinding, Proposal, RuleDraft, RuleTrial } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { useApp, useText } from '../context.ts';
import { openFiles } from '../empty/pickers.ts';
import { BreakablePath, Button } from '../widgets/controls.tsx';
import { wayOf } from './words.ts';

/** What the rule would decide, counted while it is only proposed. */
function useTrial(draft: RuleDraft): RuleTrial | null {
  const app = useApp();
  const [trial, setTrial] = useState<RuleTrial | null>(null);
  const generation = app.workspace.value?.generation;
  const { target, match, action, layer } = draft;
  useEffect(() => {
    let late = false;
    setTrial(null);
    app.bridge.workspace.tryRule(draft, null).then(
      (result) => {
        if (!late) setTrial(result);
      },
      () => {}, // the button tells what is wrong with it
    );
    return () => {
      late = true;
    };
  }, [generation, target, match.kind, match.p, action, layer]);
  return trial;
}

/** How much the rule fits and decides, and how many bytes of files that is. */
function effectOf({ matches, hits, bytes }: RuleTrial, t: Dictionary): string {
  const fits = t.rules.fits(matches, hits);
  return bytes === 0 ? fits : `${fits} (${formatSize(bytes, t.locale)})`;
}

function RuleBox({ draft }: { draft: RuleDraft }) {
  const app = useApp();
  const t = useText();
  const trial = useTrial(draft);
  const actions: Readonly<Record<string, string>> = t.plan.actions;
  const layer = draft.layer === undefined ? undefined : app.layerById.value.get(draft.layer);
  const line = (name: string, value: ComponentChildren) => (
    <div>
      <dt>{name}</dt>
      <dd class="mono">{value}</dd>
    </div>
  );
  return (
    <dl class="rule-box">
      {line(t.rules.action, actions[draft.action] ?? draft.action)}
      {layer !== undefined && line(t.rules.layer, layer.name)}
      {line(t.rules.kind, t.rules.kinds[draft.match.kind])}
      {line(t.rules.pattern, <BreakablePath path={draft.match.p} />)}
      {draft.value !== undefined && line(t.rules.value, draft.value === '' ? t.grid.default : draft.value)}
      {draft.sid !== undefined && line(t.rules.sid, draft.sid)}
      {draft.sid === undefined && line(t.rules.effect, trial === null ? '' : effectOf(trial, t))}
    </dl>
  );
}

/** What can be done beside rules, each by one click. */
function Others({ finding: { means } }: { finding: MergeFinding }) {
  const app = useApp();
  const t = useText();
  const { layer: id, files, names = [] } = means;
  const layer = id === undefined ? undefined : app.layerById.value.get(id);
  const leave = ({ id, name }: LayerInfo) =>
    app.bridge.workspace
      .setEnabled(id, false)
      .then(() => app.notices.show({ code: 'layerHidden', name }), app.notices.failed);
  const copy = () =>
    navigator.clipboard
      .writeText(names.join('\n'))
      .then(() => app.notices.show({ code: 'namesCopied', count: names.length }), app.notices.failed);
  if (layer === undefined && files === undefined && names.length === 0) return null;
  return (
    <div class="buttons">
      {files === true && <Button onClick={() => void openFiles(app)}>{t.findings.addFiles}</Button>}
      {layer !== undefined && <Button onClick={() => void leave(layer)}>{t.findings.leaveOut(layer.name)}</Button>}
      {names.length > 0 && (
        <Button icon="copy" onClick={() => void copy()}>
          {t.findings.copyNames(names.length)}
        </Button>
      )}
    </div>
  );
}

export function Proposed({ finding }: { finding: MergeFinding }) {
  const app = useApp();
  const t = useText();
  const { proposal, wider, accept } = finding;
  if (proposal === null)
    return (
      <section class="detail-section todo">
        <h3>{t.findings.todo}</h3>
        <p>{wayOf(finding, t)}</p>
        <Others finding={finding} />
      </section>
    );
  const apply = (which: Proposal) => void app.found.apply(which);
  return (
    <section class="detail-section proposed">
      <h3>{t.findings.proposed}</h3>
      {proposal.add.map((draft, i) => (
        <RuleBox key={i} draft={draft} />
      ))}
      {proposal.drop.length > 0 && <p>{t.findings.drops(proposal.drop.length)}</p>}
      <div class="buttons">
        <Button primary onClick={() => apply(proposal)}>
          {proposal.add.length > 0 ? t.findings.apply : t.findings.remove}
        </Button>
        {wider !== null && <Button onClick={() => apply(wider)}>{t.findings.wider}</Button>}
        {accept !== null && <Button onClick={() => apply(accept)}>{t.findings.accept}</Button>}
      </div>
      <Others finding={finding} />
    </section>
  );
}
