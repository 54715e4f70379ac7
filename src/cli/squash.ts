/** stratascope merge squash: a layer and the one below it as one store in a new tar archive. */

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Host } from '../engine/host.ts';
import { layerNames } from '../engine/merged-listing.ts';
import { squashLayers } from '../engine/squash/of-workspace.ts';
import { UsageError } from './args.ts';
import { atFile } from './host.ts';
import { type LayerArguments, openLayers } from './layers.ts';
import { grouped, json, line, tellFindings } from './output.ts';
import { progress } from './progress.ts';

/** `squash [LAYER] -o FILE`: the layer as listings name it, the topmost when none is named. @returns exit code */
export async function squash(host: Host, given: LayerArguments): Promise<number> {
  const { values, positionals } = parseArgs({
    args: given.rest,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, output: { type: 'string', short: 'o' } },
  });
  const [, name = '', ...more] = positionals;
  const { output } = values;
  if (more.length > 0) throw new UsageError('merge squash takes one layer');
  if (output === undefined) throw new UsageError('merge squash needs -o FILE');
  const asJson = values.json === true;
  const workspace = await openLayers(host, given, asJson);
  const names = layerNames(workspace);
  const known = [...names].reverse();
  const found = name === '' ? known[0] : known.find(([, text]) => text === name);
  if (found === undefined)
    throw new UsageError(`there is no layer "${name}": one of ${known.map(([, text]) => text).join(', ')}`);
  const [id, upper] = found;
  const { pieces, report } = squashLayers(workspace, id, host.modules.overlay);
  const file = atFile(output, 'a new file', () => openSync(output, 'wx'));
  const bar = progress('Writing');
  let written = 0;
  try {
    for await (const piece of pieces) {
      for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
      written += piece.length;
      bar.progress?.(written, null);
    }
  } catch (error) {
    rmSync(output, { force: true });
    throw error;
  } finally {
    closeSync(file);
    bar.end();
  }
  const { findings, ...counts } = report();
  const below = known[known.indexOf(found) + 1]![1];
  if (asJson) json({ layers: [upper, below], ...counts, written });
  else {
    const count = (n: number, what: string) => `${grouped(n)} ${what}`;
    line(
      `${upper} over ${below}: ${[
        count(counts.files, 'files'),
        count(counts.folders, 'folders'),
        count(counts.bytes, 'bytes'),
        count(counts.marks, 'marks'),
        count(counts.hives, 'hives'),
        count(counts.keys, 'keys'),
      ].join(', ')}`,
    );
  }
  return tellFindings(findings, asJson) ? 1 : 0;
}
