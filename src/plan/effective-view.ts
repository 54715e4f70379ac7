/** The effective view as the overlay sees it, in the lines of view-lines.ts: one side of the proof. */
import { NO_LAYER } from '../overlay/types.ts';
import { fileIdentity } from './content-identity.ts';
import { isAddressable, isKeyName } from './encode.ts';
import { FileView, type PlanFiles } from './merged-files.ts';
import { KeyView, type PlanKeys } from './merged-keys.ts';
import { joinName } from './segments.ts';
import { dirLine, fileLine, keyLine, valueLine } from './view-lines.ts';

export function* fileViewLines(merged: PlanFiles): Generator<string> {
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

/** @param unreadable values whose data the build could not get, as `valueKey` names them */
export function* keyViewLines(
  merged: PlanKeys,
  upcase: Uint16Array,
  unreadable: ReadonlySet<string>,
): Generator<string> {
  const view = new KeyView(merged, upcase, unreadable);
  const { union, winner } = merged.resolution;
  for (const mount of view.mounts()) {
    const walk: { path: string; next: number; end: number }[] = [];
    const enter = function* (node: number, path: string): Generator<string> {
      const folder = view.isFolder(node);
      const lastWrite = view.lastWrite(view.key(node));
      yield keyLine(folder ? 'key' : 'link', path, merged.ids[winner[node]!]!, lastWrite);
      for (const value of view.values(node)) yield valueLine(path, value.name, value.type, value.hash);
      if (folder) walk.push({ path, next: union.childStart[node]!, end: union.childStart[node + 1]! });
    };
    yield* enter(mount.node, mount.mount);
    for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
      if (frame.next === frame.end) {
        walk.pop();
        continue;
      }
      const node = frame.next++;
      if (winner[node] === NO_LAYER) continue;
      const name = view.name(node);
      if (isKeyName(name)) yield* enter(node, joinName(frame.path, name));
    }
  }
}
