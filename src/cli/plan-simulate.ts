/** stratascope plan simulate: what the driver would show by a plan, listed or held against what the layers show by the rules here. */
import type { PlanCheck } from '../engine/api.ts';
import { checkPlan, replayPlan } from '../engine/workspace/plan-check.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { grouped, json, line, printable } from './output.ts';
import { printLayers } from './plan.ts';

type View = NonNullable<PlanCheck['view']>;
type Gap = View['gaps'][number];

/** Differences that people are shown. */
const SHOWN = 200;

/** @returns exit code: 1 when the plan gives another view, or cannot be replayed over these layers */
export async function simulatePlan(
  workspace: Workspace,
  plan: Blob,
  { list, asJson }: { readonly list: boolean; readonly asJson: boolean },
): Promise<number> {
  if (list) return listView(await replayPlan(plan, workspace.planContext()), asJson);
  const check = await checkPlan(plan, workspace.planContext(), asJson ? Number.MAX_SAFE_INTEGER : SHOWN);
  const { layers, extra, view, refused, rules } = check;
  if (asJson) {
    json({ layers, extra, refused, lines: view?.lines ?? null, differences: view?.total ?? null });
    for (const rule of rules) json({ rule });
    for (const gap of view?.gaps ?? []) json(gap);
  } else {
    printLayers(check);
    for (const { change, target, kind, pattern, action } of rules)
      line(`rule      ${RULES[change]}: ${action} ${target} ${kind} ${printable(pattern)}`);
    if (view === null) line(`not replayed: ${refused ?? 'layers of the plan are not here'}`);
    else printGaps(view);
  }
  return view?.total === 0 ? 0 : 1;
}

const RULES = { onlyPlan: 'only in the plan', onlyHere: 'only here', moved: 'at another rank' } as const;

function printGaps({ lines, total, gaps }: View): void {
  for (const gap of gaps) {
    const sign = gap.plan === null ? '-' : gap.view === null ? '+' : '~';
    line(`${sign} ${printable(placeOf(gap))}  ${entryText(gap.view)} -> ${entryText(gap.plan)}`);
  }
  if (total > gaps.length) line(`${grouped(total - gaps.length)} more are not listed.`);
  line(
    total === 0
      ? `The plan gives what is shown here: ${grouped(lines)} entries.`
      : `The plan gives another view: ${grouped(total)} of ${grouped(lines)} entries differ.`,
  );
}

const placeOf = ({ path, name }: Gap) => (name === null ? path : `${path} : ${name === '' ? '(Default)' : name}`);

function entryText(entry: Gap['plan']): string {
  if (entry === null) return 'nothing';
  const { kind, layer, from, content } = entry;
  const parts = [
    kind,
    layer === null ? '' : `of ${layer}`,
    from === null ? '' : `at ${from}`,
    content === null ? '' : `(${content})`,
  ];
  return printable(parts.filter((part) => part !== '').join(' '));
}

/** The view itself: `dir`, `file`, `link`, `key` with the layer they come from, `value` with type and hash. */
function listView(lines: Iterable<string>, asJson: boolean): number {
  for (const text of lines) {
    if (asJson) {
      json(viewObject(JSON.parse(text) as readonly (string | number | null)[]));
      continue;
    }
    const [kind, path, ...rest] = JSON.parse(text) as readonly (string | number | null)[];
    const name = kind === 'value' ? ` : ${rest.shift() || '(Default)'}` : '';
    line(`${String(kind).padEnd(5)} ${printable(`${path}${name}`)}  ${printable(rest.join(' '))}`);
  }
  return 0;
}

function viewObject([kind, path, third, fourth, fifth]: readonly (string | number | null | undefined)[]): object {
  if (kind === 'value') return { kind, path, name: third, type: fourth, hash: fifth };
  if (kind === 'key' || (kind === 'link' && String(path).includes('/')))
    return { kind, path, layer: third, lastWrite: fourth };
  return third === '=' ? { kind, path, identity: fourth } : { kind, path, layer: third, from: fourth ?? path };
}
