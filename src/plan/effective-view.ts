/** The effective view as the overlay sees it, in the lines of view-lines.ts: one side of the proof. */
import { NO_LAYER } from '../overlay/types.ts';
import { fileIdentity } from './content-identity.ts';
import { isAddressable } from './encode.ts';
import { FileView, type MergedFiles } from './merged-files.ts';
import { joinName } from './segments.ts';
import { dirLine, fileLine } from './view-lines.ts';

export function* fileViewLines(merged: MergedFiles): Generator<string> {
  const view = new FileView(merged);
  const { union, winner } = merged.resolution;
  const walk = [{ path: '', next: union.childStart[0]!, end: union.childStart[1]! }];
  for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
    if (frame.next === frame.end) {
      walk.pop();
      continue;
    }
    const node = frame.next++;
    const layer = winner[node]!;
    if (layer === NO_LAYER) continue;
    const name = view.name(node);
    if (!isAddressable(name)) continue;
    const path = joinName(frame.path, name);
    if (view.isFolder(node)) {
      yield dirLine(path, merged.ids[layer]!);
      walk.push({ path, next: union.childStart[node]!, end: union.childStart[node + 1]! });
    } else {
      const identity = fileIdentity(merged.layers[layer]!.table!, view.tableRow(layer, node));
      const layerPath = view.layerPath(layer, node, path) ?? path;
      yield fileLine(view.kind(layer, node), path, merged.ids[layer]!, layerPath, identity);
    }
  }
}
