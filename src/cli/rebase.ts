/** stratascope merge LAYERS rebase IMAGE: what the layers above hide of another base. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CompareSide, RebaseFormat, RebaseProgress, RebaseReport } from '../engine/api.ts';
import type { Host } from '../engine/host.ts';
import { layerNames } from '../engine/merged-listing.ts';
import { rebaseItem, rebaseText } from '../engine/rebase-text.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { openSelected, UsageError } from './args.ts';
import { findingLines } from './findings.ts';
import { atFile } from './host.ts';
import { type LayerArguments, openLayers } from './layers.ts';
import { bytes, json, line } from './output.ts';
import { progressLines } from './progress.ts';

const FORMATS: readonly RebaseFormat[] = ['json', 'csv', 'markdown'];

/** @returns exit code: 1 when a layer above hides something newer */
export async function rebase(host: Host, layers: LayerArguments): Promise<number> {
  const { values, positionals } = parseArgs({
    args: layers.rest,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  });
  const [, image, ...more] = positionals;
  if (image === undefined || more.length > 0) throw new UsageError('merge rebase takes one image, the new base');
  const format = FORMATS.find((candidate) => candidate === values.format);
  if (values.format !== undefined && format === undefined)
    throw new UsageError(`--format is one of ${FORMATS.join(', ')}, not "${values.format}"`);
  if (format === undefined && values.output !== undefined) throw new UsageError('-o goes with --format');
  if (format !== undefined && values.json) throw new UsageError('--format does not go with --json');
  const workspace = await openLayers(host, layers, values.json === true);
  const opened = await openSelected(host, image, values.json === true);
  workspace.attachImage('rebase', { ...opened.image.report(), root: opened.root }, opened.image);
  const report = await watched(workspace, { image: 'rebase', mount: opened.node.mount });
  const names = layerNames(workspace);
  const nameOf = (layer: string) => names.get(layer) ?? (layer === report.after.layer ? 'new' : layer);
  if (format === undefined) tellReport(report, nameOf, values.json === true);
  else {
    const text = new TextEncoder().encode(rebaseText(report, format, nameOf));
    const { output } = values;
    if (output === undefined) bytes(text);
    else atFile(output, 'a new file', () => writeFileSync(output, text, { flag: 'wx' }));
  }
  return report.groups.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const STEPS: Readonly<Record<RebaseProgress['step'], string>> = {
  scan: 'Reading the new base',
  hives: 'Reading the registry of the new base',
  compare: 'Comparing the two bases',
  programs: 'Reading versions of programs',
};

/** The report, with each step on the terminal while it is made. Nothing is written before it is there. */
async function watched(workspace: Workspace, base: CompareSide): Promise<RebaseReport> {
  const lines = progressLines();
  workspace.watchRebase(({ step, done, total }) => lines.tell(STEPS[step], done, total));
  try {
    return await workspace.rebase(base);
  } finally {
    lines.end();
  }
}

function tellReport(report: RebaseReport, nameOf: (layer: string) => string, asJson: boolean): void {
  const { before, after, files, values, groups, unreadPrograms } = report;
  if (asJson) json({ before, after, files, values, unreadPrograms });
  else {
    const base = ({ name, build }: typeof before) => (build === null ? name : `${name} (${build})`);
    line(`${base(before)} -> ${base(after)}`);
    line(`files: ${files.changed} changed, ${files.added} added, ${files.removed} removed`);
    line(`registry values: ${values.changed} changed or added, ${values.removed} removed`);
    if (unreadPrograms > 0) line(`the versions of ${unreadPrograms} programs were not read`);
  }
  for (const { items, total, code, severity } of groups) {
    for (const item of items)
      if (asJson) json(rebaseItem(item, nameOf));
      else for (const text of findingLines(item)) line(text);
    const rest = total - items.length;
    if (rest === 0) continue;
    if (asJson) json({ severity, code, more: rest });
    else line(`${severity}: ${rest} more of the kind ${code} are not listed.`);
  }
}
