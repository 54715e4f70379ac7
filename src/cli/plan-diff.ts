/** stratascope plan diff: what the second of two plans has otherwise. */
import { readFileSync } from 'node:fs';
import type { Host } from '../engine/host.ts';
import { diffPlans, type PlanChange } from '../plan/diff.ts';
import { openPlan } from '../plan/export-plan.ts';
import type { FlatRecord } from '../plan/flat.ts';
import type { Plan } from '../plan/plan.ts';
import type { Manifest } from '../plan/spec.ts';
import { atFile } from './host.ts';
import { grouped, json, line, printable } from './output.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
type Rule = Manifest['rules'][number];

export function readPlanFile(host: Host, file: string): Promise<Plan> {
  return openPlan(new Uint8Array(atFile(file, 'a merge plan', () => readFileSync(file))), host.sha256, file);
}

/** @returns exit code: 1 when they differ */
export async function diffPlanFiles(host: Host, before: string, after: string, asJson: boolean): Promise<number> {
  const [a, b] = [await readPlanFile(host, before), await readPlanFile(host, after)];
  const { layers, hives, rules, fields, records } = diffPlans(a, b);
  const each = <T>(what: string, changes: readonly PlanChange<T>[], text: (change: PlanChange<T>) => string) => {
    for (const change of changes)
      if (asJson) json({ what, ...change });
      else line(`${SIGNS[change.change]} ${what} ${printable(text(change))}`);
  };
  each(
    'layer',
    layers,
    ({ before: x, after: y }) => `${(x ?? y)!.id} (${(x ?? y)!.role})${x && y ? ': other content' : ''}`,
  );
  each('hive', hives, ({ before: x, after: y }) => {
    const modes = x && y && x.mode !== y.mode ? `${x.mode} -> ${y.mode}` : (y ?? x)!.mode;
    return `${(x ?? y)!.mount} ${modes} of ${(y ?? x)!.stack.join(', ')}`;
  });
  each(
    'rule',
    rules,
    ({ change, before: x, after: y }) => `${ruleText((y ?? x)!)}${change === 'changed' ? ' at another rank' : ''}`,
  );
  for (const field of fields)
    if (asJson) json({ what: 'field', field });
    else line(`~ field ${field}`);
  each('record', records.changes, ({ before: x, after: y }) => {
    const { path, value } = (x ?? y)!;
    const place = value === null ? path : `${path} : ${value === '' ? '(Default)' : value}`;
    return `${place}  ${[x, y].flatMap((side) => (side === null ? [] : [recordText(side)])).join(' -> ')}`;
  });
  const differ = layers.length + hives.length + rules.length + fields.length + records.changes.length;
  const summary = { layers: layers.length, hives: hives.length, rules: rules.length, fields: fields.length };
  if (asJson) json({ summary: { ...summary, records: records.changes.length, same: records.same } });
  else
    line(
      differ === 0
        ? `The plans say the same: ${grouped(records.same)} records.`
        : `${grouped(records.changes.length)} records differ, ${grouped(records.same)} are the same; ${rules.length} rules, ${layers.length} layers, ${hives.length} hives differ.`,
    );
  return differ === 0 ? 0 : 1;
}

const ruleText = ({ target, match, action, layer }: Rule) =>
  `${action}${layer === undefined ? '' : ` to ${layer}`} ${target} ${match.kind} ${match.p ?? ''}`;

/** A record in a few words: what, and of which layer. */
export function recordText({ record }: Pick<FlatRecord, 'record'>): string {
  const { a, ...rest } = record as { readonly a: string; readonly [field: string]: unknown };
  const told = Object.entries(rest).flatMap(([field, value]) =>
    ['n', 'n16', 'v', 'v16'].includes(field)
      ? []
      : [`${field}=${Array.isArray(value) ? value.join(',') : String(value).slice(0, 60)}`],
  );
  return [a, ...told].join(' ');
}
