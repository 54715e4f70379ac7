/** stratascope plan: build a merge plan from layers, show one, check one against layers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PlanCheck, PlanSummary } from '../engine/api.ts';
import { Workspace } from '../engine/workspace/workspace.ts';
import { type Command, UsageError } from './args.ts';
import { atFile } from './host.ts';
import { layerArguments, openLayers } from './layers.ts';
import { grouped, json, line, printable } from './output.ts';

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

function printCheck(check: PlanCheck, samples: boolean): void {
  printSummary(check.summary);
  for (const layer of check.layers)
    line(
      `layer     ${layer.id} (${layer.role}): ${layer.match}${layer.differs.length === 0 ? '' : `, differs in ${layer.differs.join(', ')}`}`,
    );
  if (samples)
    for (const { path, action, layer } of check.samples)
      line(`  ${action.padEnd(16)} ${printable(path)}${layer === null ? '' : `  <- ${layer}`}`);
}

export const plan: Command = {
  usage: 'plan (build LAYERS -o PLAN | show PLAN | verify PLAN LAYERS) [--json]',
  about: 'builds a merge plan and proves it by replay; shows or checks one',
  async run(args, host) {
    const { layers, rules, who, rest } = layerArguments(args);
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { output: { type: 'string', short: 'o' }, json: { type: 'boolean' } },
    });
    const [what, file, ...more] = positionals;
    if (['simulate', 'diff', 'export'].includes(what ?? '')) throw new UsageError(`plan ${what} is not there yet`);
    if (more.length > 0) throw new UsageError('plan takes one of build, show, verify');
    if (what === 'build') {
      const { output } = values;
      if (output === undefined || file !== undefined) throw new UsageError('plan build takes layers and -o PLAN');
      const { summary, file: made } = await (await openLayers(host, { layers, rules, who })).buildPlan();
      // never over anything that is there: it could be an input
      const bytes = new Uint8Array(await made.arrayBuffer());
      atFile(output, 'a new file', () => writeFileSync(output, bytes, { flag: 'wx' }));
      if (values.json) json(summary);
      else printSummary(summary);
      return 0;
    }
    if ((what !== 'show' && what !== 'verify') || file === undefined)
      throw new UsageError('plan takes one of build, show, verify');
    if (what === 'show' && layers.length + rules.length > 0)
      throw new UsageError('plan show takes a plan only; verify takes layers too');
    const workspace = what === 'show' ? new Workspace(host) : await openLayers(host, { layers, rules, who });
    const bytes = atFile(file, 'a merge plan', () => readFileSync(file));
    const check = await workspace.checkPlan(new Blob([bytes]));
    if (values.json) json(check);
    else printCheck(check, what === 'show');
    if (what === 'show') return 0;
    return check.layers.every(({ match }) => match === 'exact') && check.summary.proven ? 0 : 1;
  },
};
