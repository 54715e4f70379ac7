/** stratascope store: how each layer is kept, by which signs that is known, and the marks that were found in it. */
import { parseArgs } from 'node:util';
import { layerNames } from '../engine/merged-listing.ts';
import { LayerKind } from '../hive/types.ts';
import type { FileMarker, MountedHive } from '../layer/types.ts';
import { type Command, UsageError } from './args.ts';
import { layerArguments, openLayers } from './layers.ts';
import { grouped, json, line, printable, tellFindings } from './output.ts';

const markPath = (path: readonly string[]): string => path.join('\\');

const markLine = (mark: FileMarker): string =>
  `  ${mark.kind.padEnd(8)}  ${printable(markPath(mark.path))}${mark.kind === 'origin' ? `  from ${printable(markPath(mark.from))}` : ''}`;

/** Keys of a layered hive that say something about the keys below them. */
const markedKeys = ({ table }: MountedHive): number =>
  table.data.layerKind.reduce((sum, kind) => sum + (kind === LayerKind.merge ? 0 : 1), 0);

export const store: Command = {
  usage: 'store LAYERS [--json]',
  about: 'tells how each layer is kept, how that is known, and which marks it has',
  async run(args, host) {
    const { layers, rules, who, rest } = layerArguments(args);
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is too much`);
    const asJson = values.json ?? false;
    const workspace = await openLayers(host, { layers, rules, who }, asJson);
    const names = layerNames(workspace);
    const infos = new Map(workspace.state().layers.map((info) => [info.id, info]));
    for (const { id, tree, hives } of workspace.merged.layers) {
      const { role, store: kept, storeSigns } = infos.get(id)!;
      const name = names.get(id) ?? id;
      const marks = tree?.markers ?? [];
      if (asJson) {
        json({ type: 'layer', layer: name, role, store: kept, signs: storeSigns, marks: marks.length });
        for (const mark of marks) json({ type: 'mark', layer: name, ...told(mark) });
        for (const hive of hives)
          json({ type: 'hive', layer: name, mount: hive.mount, path: hive.path, marks: markedKeys(hive) });
        continue;
      }
      line(`${printable(name)} (${role}): ${kept}, ${grouped(marks.length)} marks`);
      for (const sign of storeSigns) line(`  known by  ${printable(sign)}`);
      for (const mark of marks) line(markLine(mark));
      for (const hive of hives) {
        const marked = markedKeys(hive);
        line(`  hive      ${printable(hive.mount)}${marked === 0 ? '' : `, ${grouped(marked)} marked keys`}`);
      }
    }
    return tellFindings(workspace.damage(), asJson) ? 1 : 0;
  },
};

function told(mark: FileMarker) {
  const path = markPath(mark.path);
  return mark.kind === 'origin'
    ? { mark: mark.kind, path, from: markPath(mark.from) }
    : { mark: mark.kind, path, from: null };
}
