/** What a folder of the merged view holds, all the way down: what is saved when the folder is saved. */
import { fail } from '../../base/errors.ts';
import { filetimeMs } from '../../base/filetime.ts';
import { BYTE_STATE_NAMES, NodeFlag } from '../../fs/types.ts';
import { shownOf } from '../../overlay/nodes.ts';
import { NO_LAYER } from '../../overlay/types.ts';
import type { BelowEntry } from '../api.ts';
import type { Merge } from './merge.ts';

/** As many as the page can hold and an archive is of use with. */
const MAX_ENTRIES = 1_000_000;

/** Shown entries below `start` with paths relative to it, parents first. @throws FormatError UnsupportedSize */
export function filesBelow(merge: Merge, start: number): BelowEntry[] {
  const { files } = merge;
  const { childStart } = files.union;
  const { resolution, layers, layerIds } = files;
  const entries: BelowEntry[] = [];
  const stack = [{ next: childStart[start]!, end: childStart[start + 1]!, path: '' }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.next === top.end) {
      stack.pop();
      continue;
    }
    const node = top.next++;
    if (resolution.winner[node] === NO_LAYER) continue;
    const shown = shownOf(resolution, layers, node);
    if (shown === null) continue;
    if (entries.length === MAX_ENTRIES)
      fail('UnsupportedSize', 'workspace', null, `at most ${MAX_ENTRIES} files and folders to save`, 'more');
    const table = layers[shown.layer]!.table;
    const { row } = shown;
    if (table === null || row >= table.count) continue;
    const d = table.data;
    const path = `${top.path}${files.name(node)}`;
    const link = (d.flags[row]! & NodeFlag.link) !== 0;
    const directory = table.isDirectory(row) && !link;
    entries.push({
      node,
      path,
      directory,
      link,
      layer: layerIds[shown.layer]!,
      size: directory ? 0 : d.size[row]!,
      modified: filetimeMs(d.modifiedLo[row]!, d.modifiedHi[row]!),
      byteState: BYTE_STATE_NAMES[d.byteState[row]!] ?? 'complete',
    });
    if (childStart[node] !== childStart[node + 1])
      stack.push({ next: childStart[node]!, end: childStart[node + 1]!, path: `${path}/` });
  }
  return entries;
}
