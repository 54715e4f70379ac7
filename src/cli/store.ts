/** stratascope store: how each layer is kept, by which signs that is known, and the marks that were found in it. */
import { parseArgs } from 'node:util';
import { layerMarks } from '../engine/layer-marks.ts';
import { layerNames } from '../engine/merged-listing.ts';
import { type Command, UsageError } from './args.ts';
import { layerArguments, openLayers } from './layers.ts';
import { grouped, json, line, printable, tellFindings } from './output.ts';

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
    for (const one of workspace.merged.layers) {
      const { role, store: kept, storeSigns: signs } = infos.get(one.id)!;
      const layer = names.get(one.id) ?? one.id;
      const { files, hives } = layerMarks(one);
      if (asJson) {
        json({ type: 'layer', layer, role, store: kept, signs, marks: files.length });
        for (const mark of files) json({ type: 'mark', layer, ...mark });
        for (const hive of hives) json({ type: 'hive', layer, ...hive });
        continue;
      }
      line(`${printable(layer)} (${role}): ${kept}, ${grouped(files.length)} marks`);
      for (const sign of signs) line(`  known by  ${printable(sign)}`);
      for (const { mark, path, from } of files)
        line(`  ${mark.padEnd(8)}  ${printable(path)}${from === null ? '' : `  from ${printable(from)}`}`);
      for (const { mount, marks } of hives)
        line(`  hive      ${printable(mount)}${marks === 0 ? '' : `, ${grouped(marks)} marked keys`}`);
    }
    return tellFindings(workspace.damage(), asJson) ? 1 : 0;
  },
};
