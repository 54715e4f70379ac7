/** LAYERS on the command line: --os, --app, --user in the order given, base first. */
import { FormatError } from '../base/errors.ts';
import type { Role } from '../engine/api.ts';
import type { Host } from '../engine/host.ts';
import { Workspace } from '../engine/workspace/workspace.ts';
import { openSelected, UsageError } from './args.ts';

const ROLE_OPTIONS: Readonly<Record<string, Role>> = { '--os': 'os', '--app': 'app', '--user': 'user' };

/** Takes the layer options out of the arguments; what is left is the command's own. */
export function layerArguments(args: readonly string[]): { layers: { role: Role; image: string }[]; rest: string[] } {
  const layers: { role: Role; image: string }[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const equals = argument.indexOf('=');
    const option = equals < 0 ? argument : argument.slice(0, equals);
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    if (option === '--rules') throw new UsageError('--rules is not there yet: the default rules are in effect');
    const role = ROLE_OPTIONS[option];
    if (role === undefined) {
      rest.push(argument);
      continue;
    }
    const image = inline ?? args[++i];
    if (image === undefined || image === '' || image.startsWith('--')) throw new UsageError(`${option} needs an image`);
    layers.push({ role, image });
  }
  return { layers, rest };
}

/** Opens and reads all layers. @throws UsageError without any, FormatError when one cannot be read */
export async function openLayers(host: Host, layers: readonly { role: Role; image: string }[]): Promise<Workspace> {
  if (layers.length === 0) throw new UsageError('at least one layer is needed: --os IMAGE');
  const workspace = new Workspace(host);
  for (const [i, { role, image }] of layers.entries()) {
    const opened = await openSelected(host, image);
    const id = `image${i}`;
    workspace.attachImage(id, { ...opened.image.report(), root: opened.root }, opened.image);
    await workspace.addLayer({ image: id, mount: opened.node.mount, role, name: null });
  }
  await workspace.settled();
  for (const { status, error } of workspace.layerRecords)
    if (status === 'failed' && error !== null) throw FormatError.from(error);
  return workspace;
}
