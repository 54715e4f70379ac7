/** stratascope plan: build a merge plan from layers, show one, check one against layers, replay it, compare two, take one apart. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PlanCheck, PlanSummary } from '../engine/api.ts';
import type { Host } from '../engine/host.ts';
import { Workspace } from '../engine/workspace/workspace.ts';
import { type Command, UsageError } from './args.ts';
import { atFile } from './host.ts';
import { type LayerArguments, layerArguments, openLayers } from './layers.ts';
import { grouped, json, line, printable } from './output.ts';
import { diffPlanFiles } from './plan-diff.ts';
import { exportPlanFile } from './plan-export.ts';
import { simulatePlan } from './plan-simulate.ts';

const WHAT = ['build', 'show', 'verify', 'simulate', 'diff', 'export'];

function printSummary(summary: PlanSummary): void {
  line(`plan      ${summary.planId}`);
  line(`view      ${summary.effectiveViewSha256}  ${summary.proven ? 'proven by replay' : 'not replayed'}`);
  line(
    `records   ${grouped(summary.records)} (${grouped(summary.fileRecords)} files, ${grouped(summary.registryRecords)} registry) in ${summary.segments} segments`,
  );
  line(`bytes     ${grouped(summary.bytes)}`);
  line(`rules     ${summary.rules}`);
  for (const warning of summary.warnings) line(`warning   ${warning}`);
}

export function printLayers(check: PlanCheck): void {
  for (const layer of check.layers)
    line(
      `layer     ${layer.id} (${layer.role}): ${layer.match}${layer.differs.length === 0 ? '' : `, differs in ${layer.differs.join(', ')}`}`,
    );
  for (const { role, name } of check.extra) line(`layer     ${printable(name)} (${role}): not of the plan`);
}

function printCheck(check: PlanCheck, samples: boolean): void {
  printSummary(check.summary);
  printLayers(check);
  if (samples)
    for (const { path, action, layer } of check.samples)
      line(`  ${action.padEnd(16)} ${printable(path)}${layer === null ? '' : `  <- ${layer}`}`);
}

async function build(host: Host, given: LayerArguments, output: string | undefined, asJson: boolean): Promise<number> {
  if (output === undefined) throw new UsageError('plan build takes layers and -o PLAN');
  const { summary, file: made } = await (await openLayers(host, given)).buildPlan();
  // never over anything that is there: it could be an input
  const bytes = new Uint8Array(await made.arrayBuffer());
  atFile(output, 'a new file', () => writeFileSync(output, bytes, { flag: 'wx' }));
  if (asJson) json(summary);
  else printSummary(summary);
  return 0;
}

export const plan: Command = {
  usage:
    'plan (build LAYERS -o PLAN | show PLAN | verify PLAN LAYERS | simulate PLAN LAYERS [--list] | diff PLAN PLAN | export PLAN (-o FOLDER | --format json|csv)) [--json]',
  about: 'builds a merge plan and proves it by replay; shows, checks, replays, compares or exports one',
  async run(args, host) {
    const given = layerArguments(args);
    const { values, positionals } = parseArgs({
      args: given.rest,
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        json: { type: 'boolean' },
        list: { type: 'boolean' },
        format: { type: 'string' },
      },
    });
    const [what = '', ...files] = positionals;
    if (!WHAT.includes(what)) throw new UsageError(`plan takes one of ${WHAT.join(', ')}, not "${what}"`);
    const count = { build: 0, diff: 2 }[what] ?? 1;
    if (files.length !== count)
      throw new UsageError(`plan ${what} takes ${['layers and no plan', 'one plan', 'two plans'][count]}`);
    const only = (option: string, value: unknown, ...where: string[]) => {
      if (value !== undefined && !where.includes(what)) throw new UsageError(`${option} does not go with plan ${what}`);
    };
    only('-o', values.output, 'build', 'export');
    only('--list', values.list, 'simulate');
    only('--format', values.format, 'export');
    if (['show', 'diff', 'export'].includes(what) && given.layers.length + given.rules.length > 0)
      throw new UsageError(`plan ${what} takes no layers`);
    const asJson = values.json === true;
    const [file = '', other = ''] = files;
    const blob = () => new Blob([atFile(file, 'a merge plan', () => readFileSync(file))]);
    switch (what) {
      case 'build':
        return build(host, given, values.output, asJson);
      case 'diff':
        return diffPlanFiles(host, file, other, asJson);
      case 'export':
        return exportPlanFile(host, file, { output: values.output, format: values.format, asJson });
      case 'simulate':
        return simulatePlan(await openLayers(host, given, asJson), blob(), { list: values.list === true, asJson });
    }
    const workspace = what === 'show' ? new Workspace(host) : await openLayers(host, given);
    const check = await workspace.checkPlan(blob());
    if (asJson) json(check);
    else printCheck(check, what === 'show');
    if (what === 'show') return 0;
    return check.layers.every(({ match }) => match === 'exact') && check.summary.proven ? 0 : 1;
  },
};
