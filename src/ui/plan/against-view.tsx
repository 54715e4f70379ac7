/** An opened plan against the view here: other layers, other rules, and entry by entry what the plan would show instead. */
import { formatCount } from '../../base/format.ts';
import type { PlanCheck } from '../../engine/api.ts';
import type { CheckedPlan } from '../../store/plan.ts';
import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { Proof } from './proof.tsx';

type Gap = NonNullable<PlanCheck['view']>['gaps'][number];

/** Entries that are drawn: who needs all of them asks the command line. */
const SHOWN = 200;

function useEntryText(check: PlanCheck) {
  const app = useApp();
  const t = useText();
  const names = new Map(check.layers.map(({ id, name }) => [id, name]));
  return (entry: Gap['plan']): string => {
    if (entry === null) return t.planView.nothing;
    const { kind, layer, from, content } = entry;
    const word = t.planView.kinds[kind];
    const name = layer === null ? null : (names.get(layer) ?? app.layerById.value.get(layer)?.name ?? layer);
    const base = name === null ? word : t.planView.of(word, name);
    const more = from ?? (kind === 'value' ? content : null);
    return more === null ? base : `${base} (${more})`;
  };
}

function Gaps({ check }: { check: PlanCheck }) {
  const t = useText();
  const text = useEntryText(check);
  const { view } = check;
  if (view === null || view.gaps.length === 0) return null;
  const shown = view.gaps.slice(0, SHOWN);
  return (
    <>
      <h4>{t.planView.entries}</h4>
      <ul class="gaps" aria-label={t.planView.entries}>
        {shown.map((gap) => {
          const place = gap.name === null ? gap.path : `${gap.path} : ${gap.name || '(Default)'}`;
          return (
            <li key={place}>
              <span class="mono gap-path">{place}</span>
              <span class="faint">{t.planView.here}</span>
              <span>{text(gap.view)}</span>
              <span class="faint">{t.planView.plan}</span>
              <span>{text(gap.plan)}</span>
            </li>
          );
        })}
      </ul>
      {view.total > shown.length && (
        <p class="faint">{t.planView.more(formatCount(view.total - shown.length, t.locale))}</p>
      )}
    </>
  );
}

export function AgainstView({ checked }: { checked: CheckedPlan }) {
  const app = useApp();
  const t = useText();
  const { result: check, file, generation } = checked;
  const { view, refused, rules, extra } = check;
  const now = app.workspace.value?.generation ?? 0;
  if (app.layers.value.length === 0) return null;
  const actions: Readonly<Record<string, string>> = t.plan.actions;
  const count = (n: number) => formatCount(n, t.locale);
  return (
    <section class="plan-against" aria-label={t.planView.title}>
      <h3>{t.planView.title}</h3>
      {view === null ? (
        <Proof good={false} text={refused === null ? t.planView.absent : t.planView.refused(refused)} />
      ) : (
        <Proof
          good={view.total === 0}
          text={
            view.total === 0
              ? t.planView.same(count(view.lines))
              : t.planView.differs(count(view.total), count(view.lines))
          }
        />
      )}
      {now !== generation && (
        <p class="proof">
          <SeverityIcon severity="warning" />
          <span>{t.planView.stale}</span>
          <Button small disabled={app.plan.busy.value !== null} onClick={() => void app.plan.open(file, now)}>
            {t.planView.again}
          </Button>
        </p>
      )}
      {extra.length > 0 && (
        <ul class="plan-warnings">
          {extra.map(({ id, name }) => (
            <li key={id}>
              <SeverityIcon severity="warning" />
              <span>{t.planView.extra(name)}</span>
            </li>
          ))}
        </ul>
      )}
      {rules.length > 0 && (
        <>
          <h4>{t.planView.rules}</h4>
          <ul class="samples" aria-label={t.planView.rules}>
            {rules.map((rule) => (
              <li key={`${rule.change} ${rule.action} ${rule.kind} ${rule.pattern}`}>
                <span class="trunc" title={rule.pattern}>
                  {actions[rule.action] ?? rule.action} <span class="mono">{rule.pattern}</span>
                </span>
                <span class="faint">{t.planView.change[rule.change]}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <Gaps check={check} />
    </section>
  );
}
