/**
 * LAYERS on the command line: --os, --app, --user in the order given, base first, each perhaps followed by --store ID, and
 * --rules FILE above them.
 */
import { readFileSync } from 'node:fs';
import { FormatError } from '../base/errors.ts';
import type { Role } from '../engine/api.ts';
import type { Host } from '../engine/host.ts';
import { applyRuleFile } from '../engine/rule-file.ts';
import { Workspace } from '../engine/workspace/workspace.ts';
import { openStack, UsageError } from './args.ts';
import { atFile } from './host.ts';

const ROLE_OPTIONS: Readonly<Record<string, Role>> = { '--os': 'os', '--app': 'app', '--user': 'user' };

/** Options that are no layers, and what they need. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['--rules', 'a file'],
  ['--store', 'the id of a store'],
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
  /** What is left is the command's own. */
  readonly rest: string[];
}

/** Takes the layer options out of the arguments. */
export function layerArguments(args: readonly string[]): LayerArguments {
  const layers: LayerArgument[] = [];
  const rest: string[] = [];
  const rules: string[] = [];
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
    else if (role === undefined) {
      const last = layers.pop();
      if (last === undefined) throw new UsageError('--store stands behind the layer it is about');
      layers.push({ ...last, store: file });
    } else layers.push({ role, image: file });
  }
  return { layers, rules, rest };
}

/**
 * Opens and reads all layers and sets the rules.
 * @throws UsageError without any layer, FormatError when a layer or a rule file cannot be read
 */
export async function openLayers(
  host: Host,
  { layers, rules }: Pick<LayerArguments, 'layers' | 'rules'>,
  asJson = false,
): Promise<Workspace> {
  if (layers.length === 0) throw new UsageError('at least one layer is needed: --os IMAGE');
  const workspace = new Workspace(host);
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
  for (const { status, error } of workspace.layerRecords)
    if (status === 'failed' && error !== null) throw FormatError.from(error);
  // rules of a later file come first
  for (const file of rules)
    await applyRuleFile(
      workspace,
      atFile(file, 'a rule file', () => readFileSync(file, 'utf8')),
      file,
    );
  return workspace;
}
