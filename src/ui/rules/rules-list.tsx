/** Rules in order of precedence, each with its effect; the user's own can be changed and removed. */
import { useState } from 'preact/hooks';
import { formatCount, formatSize } from '../../base/format.ts';
import type { RuleDraft, RuleInfo } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { IconButton, LinkButton } from '../widgets/controls.tsx';
import { RuleEditor } from './rule-editor.tsx';

/** What the editor has fields for: a rule for one value, one account or a path shown elsewhere comes as it is. */
const isPlain = ({ draft }: RuleInfo) =>
  draft?.value === undefined && draft?.sid === undefined && draft?.to === undefined;

export function draftOf({ target, kind, pattern, action, layer, draft: own }: RuleInfo): RuleDraft {
  if (own !== undefined) return own;
  const draft = { target, match: { kind, p: pattern }, action: action as RuleDraft['action'] };
  return layer === null ? draft : { ...draft, layer };
}

/** Where a rule that a layer brings along stands: the id says layer, file and line. */
function broughtBy({
  id,
  origin,
}: RuleInfo): { readonly layer: string; readonly file: string; readonly line: string } | null {
  const found = origin === 'default' ? /^([^:]+):(.*):(\d+)(?:\.\d+)?$/.exec(id) : null;
  return found === null ? null : { layer: found[1]!, file: found[2]!, line: found[3]! };
}

function RuleRow({ rule, number, onEdit }: { rule: RuleInfo; number: number | null; onEdit: () => void }) {
  const app = useApp();
  const t = useText();
  const api = app.bridge.workspace;
  const actions: Record<string, string> = t.plan.actions;
  const own = rule.origin === 'user';
  const classes = `row rule${rule.hits === 0 ? ' idle' : ''}${own ? '' : ' fixed'}${rule.enabled ? '' : ' off'}`;
  const pattern = rule.pattern === '' || rule.pattern === '**' ? t.plan.everything : rule.pattern;
  const brought = broughtBy(rule);
  const layer = rule.layer === null ? undefined : app.layerById.value.get(rule.layer);
  return (
    <div class={classes} role="row">
      <span class="cell-order" role="gridcell">
        {rule.switchable ? (
          <input
            type="checkbox"
            checked={rule.enabled}
            aria-label={t.plan.switchRule(pattern)}
            onChange={(event) =>
              void api.setRuleEnabled(rule.id, event.currentTarget.checked).catch(app.notices.failed)
            }
          />
        ) : (
          (number ?? '')
        )}
      </span>
      <span class="cell-action" role="gridcell">
        {actions[rule.action] ?? rule.action}
        {layer !== undefined && ` ${layer.letter}`}
      </span>
      <span class="cell-pattern" role="gridcell" title={`${t.rules.kinds[rule.kind]}: ${pattern}`}>
        {pattern}
        {rule.kind === 'subtree' && pattern === rule.pattern && <span class="more">{'\\**'}</span>}
        {rule.kind === 'children' && <span class="more">{'\\*\\**'}</span>}
        {rule.hits === 0 && <span class="more"> {t.plan.noEffect}</span>}
      </span>
      <span class="cell-number" role="gridcell">
        {formatCount(rule.hits, t.locale)}
      </span>
      <span class="cell-number col-bytes" role="gridcell">
        {rule.target === 'file' && rule.bytes > 0 ? formatSize(rule.bytes, t.locale) : ''}
      </span>
      <span class="cell-second col-origin" role="gridcell">
        {own ? (
          <span class="rule-buttons">
            <span>{t.plan.origins.user}</span>
            {isPlain(rule) && <IconButton small icon="text" label={t.rules.edit(pattern)} onClick={onEdit} />}
            <IconButton
              small
              icon="trash"
              label={t.rules.remove(pattern)}
              onClick={() => void api.changeRules([], [rule.id]).catch(app.notices.failed)}
            />
          </span>
        ) : brought === null ? (
          t.plan.origins[rule.origin]
        ) : (
          <span title={`${brought.file} : ${brought.line}`}>
            {app.layerById.value.get(brought.layer)?.letter} {brought.file.replace(/^.*\\/, '')}
          </span>
        )}
      </span>
    </div>
  );
}

export function Rules() {
  const app = useApp();
  const t = useText();
  const all = app.workspace.value?.rules ?? [];
  const [whole, setWhole] = useState(false);
  const [edited, edit] = useState<RuleInfo | null>(null);
  // the built-in list is long and mostly about what is not there
  const idle = (rule: RuleInfo) => rule.origin === 'builtin' && rule.hits === 0;
  const rules = whole ? all : all.filter((rule) => !idle(rule));
  const left = all.filter(idle).length;
  let order = 0;
  return (
    <>
      <div class="rules grid" role="grid" aria-label={t.plan.rules} aria-rowcount={rules.length + 1}>
        <div class="head" role="row">
          <span role="columnheader">{t.plan.columns.on}</span>
          <span role="columnheader">{t.plan.columns.action}</span>
          <span role="columnheader">{t.plan.columns.pattern}</span>
          <span role="columnheader" class="head-number">
            {t.plan.columns.items}
          </span>
          <span role="columnheader" class="head-number col-bytes">
            {t.plan.columns.bytes}
          </span>
          <span role="columnheader" class="col-origin">
            {t.plan.columns.origin}
          </span>
        </div>
        {rules.map((rule) => (
          <RuleRow
            key={rule.id}
            rule={rule}
            number={rule.origin === 'user' ? ++order : null}
            onEdit={() => edit(rule)}
          />
        ))}
      </div>
      {left > 0 && (
        <p class="idle-rules">
          <LinkButton onClick={() => setWhole(!whole)}>
            {whole ? t.plan.hideIdle(left) : t.plan.showIdle(left)}
          </LinkButton>
        </p>
      )}
      {edited !== null && <RuleEditor draft={draftOf(edited)} id={edited.id} onClose={() => edit(null)} />}
    </>
  );
}
