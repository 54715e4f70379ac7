/**
 * LAYERS on the command line: --os, --app, --user in the order given, base first, each perhaps followed by --store ID, and
 * --rules FILE above them: rules of ours, or of another product (.fxr with its .fxa, redirections.xml, snapvol.cfg), which count
 * for the user who is shown first or for whom --for says.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { FormatError } from '../base/errors.ts';
import type { Role } from '../engine/api.ts';
import type { RuleFile } from '../engine/api-findings.ts';
import type { Host } from '../engine/host.ts';
import { applyRuleFile, recogniseRuleFile } from '../engine/rule-file.ts';
import { Workspace } from '../engine/workspace/workspace.ts';
import { openStack, UsageError } from './args.ts';
import { atFile } from './host.ts';
import { printable } from './output.ts';
import { progressLines } from './progress.ts';

const ROLE_OPTIONS: Readonly<Record<string, Role>> = { '--os': 'os', '--app': 'app', '--user': 'user' };

/** Options that are no layers, and what they need. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['--rules', 'a file'],
  ['--store', 'the id of a store'],
  ['--for', 'a user, perhaps with groups: NAME,GROUP'],
]);

export interface LayerArgument {
  readonly role: Role;
  readonly image: string;
  /** Store to read it as; absent: the one that is recognised. */
  readonly store?: string;
}

export interface LayerArguments {
  readonly layers: readonly LayerArgument[];
  /** Rule files, in the order given. */
  readonly rules: readonly string[];
  /** Whom rule sets are to count for: a user, then groups; null for the user who is shown. */
  readonly who: readonly string[] | null;
  /** What is left is the command's own. */
  readonly rest: string[];
}

/** Takes the layer options out of the arguments. */
export function layerArguments(args: readonly string[]): LayerArguments {
  const layers: LayerArgument[] = [];
  const rest: string[] = [];
  const rules: string[] = [];
  let who: readonly string[] | null = null;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const equals = argument.indexOf('=');
    const option = equals < 0 ? argument : argument.slice(0, equals);
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    const role = ROLE_OPTIONS[option];
    if (role === undefined && !OTHERS.has(option)) {
      rest.push(argument);
      continue;
    }
    const file = inline ?? args[++i];
    if (file === undefined || file === '' || file.startsWith('--'))
      throw new UsageError(`${option} needs ${role === undefined ? OTHERS.get(option) : 'an image'}`);
    if (option === '--rules') rules.push(file);
    else if (option === '--for') who = file.split(',').map((name) => name.trim());
    else if (role === undefined) {
      const last = layers.pop();
      if (last === undefined) throw new UsageError('--store stands behind the layer it is about');
      layers.push({ ...last, store: file });
    } else layers.push({ role, image: file });
  }
  return { layers, rules, who, rest };
}

/**
 * Opens and reads all layers and sets the rules.
 * @throws UsageError without any layer, FormatError when a layer or a rule file cannot be read
 */
export async function openLayers(
  host: Host,
  { layers, rules, who = null }: Pick<LayerArguments, 'layers' | 'rules'> & Partial<Pick<LayerArguments, 'who'>>,
  asJson = false,
): Promise<Workspace> {
  if (layers.length === 0) throw new UsageError('at least one layer is needed: --os IMAGE');
  const workspace = new Workspace(host);
  const lines = progressLines();
  workspace.watch = (layer, { what, done, total }) =>
    lines.tell(`Reading ${what === 'hives' ? 'the registry of ' : ''}${printable(layer)}`, done, total);
  try {
    await addLayers(workspace, host, layers, asJson);
  } finally {
    lines.end();
    workspace.watch = null;
  }
  for (const { status, error } of workspace.layerRecords)
    if (status === 'failed' && error !== null) throw FormatError.from(error);
  if (who !== null) await workspace.showFor({ user: who.slice(0, 1), groups: who.slice(1) });
  const foreign: RuleFile[] = [];
  // rules of a later file come first, those of other products last: a rule set and its assignments are one
  for (const file of rules) {
    const bytes = new Uint8Array(atFile(file, 'a rule file', () => readFileSync(file)));
    if (recogniseRuleFile(bytes)) foreign.push({ name: basename(file), bytes });
    else await applyRuleFile(workspace, new TextDecoder().decode(bytes), file);
  }
  if (foreign.length > 0) await workspace.takeRuleFiles(foreign);
  return workspace;
}

/** Adds them base first, and waits until all are read. */
async function addLayers(
  workspace: Workspace,
  host: Host,
  layers: readonly LayerArgument[],
  asJson: boolean,
): Promise<void> {
  for (const [i, { role, image, store }] of layers.entries()) {
    const opened = await openStack(host, image, asJson);
    const id = `image${i}`;
    workspace.attachImage(id, { ...opened.image.report(), root: opened.root }, opened.image);
    for (const [above, { mount, title }] of opened.nodes.entries()) {
      const name = opened.nodes.length > 1 ? title : null;
      const about = { image: id, mount, role: above > 0 && role === 'os' ? ('app' as const) : role, name };
      await workspace.addLayer(store === undefined ? about : { ...about, store });
    }
  }
  await workspace.settled();
}
