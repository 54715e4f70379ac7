/** What the columns alone say of contents that a merge cannot carry, or carries other than one thinks (merge-plan 4.7). */

import { valueTypeName } from '../../../content/registry-value.ts';
import { ByteState, NodeFlag } from '../../../fs/types.ts';
import { EntryKind, NO_LAYER, NodeState, StateFlag } from '../../types.ts';
import type { Detector, Found, Sink } from '../types.ts';
import { adding, keyRule, type MergeView } from '../view.ts';
import { lowerInstead } from '../ways-out.ts';

function report(view: MergeView, sink: Sink, node: number, about: Pick<Found, 'code' | 'severity' | 'message'>): void {
  sink.add({
    proposal: lowerInstead(view, node),
    ...about,
    path: view.filePath(node),
    place: view.filePlace(node),
    note: view.files.name(node),
    evidence: view.sides(node),
  });
}

export const typeConflicts: Detector = {
  id: 'typeConflicts',
  pain: 9,
  detect(view, _known, sink) {
    const { files } = view;
    const { flags, winner, union } = files.resolution;
    for (let node = 1; node < union.count; node++) {
      if ((flags[node]! & StateFlag.conflict) === 0 || winner[node] === NO_LAYER) continue;
      const leaf = files.layers[winner[node]!]!.kind[union.slots[winner[node]!]![node]!] === EntryKind.leaf;
      const place = view.filePlace(node);
      sink.add({
        code: 'typeConflict',
        // F-70, F-71: a file in the place of a folder takes everything in it away, mostly by a broken capture
        severity: leaf ? 'error' : 'warning',
        message: leaf
          ? 'A file stands where a lower layer has a folder: everything in that folder is invisible.'
          : 'A folder stands where a lower layer has a file: the file is invisible.',
        path: view.filePath(node),
        place,
        note: files.name(node),
        evidence: view.sides(node),
        proposal: lowerInstead(view, node),
      });
    }
  },
};

/** Tags that are understood without anybody's help: WOF, dedup, links, AppExecLink; cloud tags are cloud files. */
const KNOWN_TAGS = new Set([0x80000017, 0x80000013, 0xa000000c, 0xa0000003, 0x8000001b, 0xa000001d]);
const isCloud = (tag: number) => (tag & 0xffff0fff) >>> 0 === 0x9000001a;

export const contents: Detector = {
  id: 'contents',
  pain: 5,
  detect(view, _known, sink) {
    const { files } = view;
    const { winner, union } = files.resolution;
    const tables = files.layers.map(({ table }) => table?.data ?? null);
    for (let node = 1; node < union.count; node++) {
      const layer = winner[node]!;
      const data = layer === NO_LAYER ? null : tables[layer]!;
      if (data === null) continue;
      const row = union.slots[layer]![node]!;
      if (row < 0 || row >= data.count) continue;
      const tag = data.reparseTag[row]!;
      const bytes = data.byteState[row]!;
      if (bytes === ByteState.efs || bytes === ByteState.encrypted)
        report(view, sink, node, {
          code: 'efsOpaque',
          severity: 'warning',
          message: 'The file is encrypted: without the key (of EFS, those of its machine) nobody can read it.',
        });
      else if (bytes === ByteState.cloud || isCloud(tag))
        report(view, sink, node, {
          code: 'needsHydration',
          severity: 'info',
          message: 'Only a placeholder of a cloud file is here: its content must be fetched in the guest.',
        });
      else if (tag !== 0 && !KNOWN_TAGS.has(tag))
        report(view, sink, node, {
          code: 'opaqueReparse',
          severity: 'info',
          message:
            'A reparse point of an unknown kind: it is kept as it is, and may mean something only where it was made.',
        });
      if ((data.flags[row]! & NodeFlag.ea) !== 0 && layer !== files.resolution.order[0])
        report(view, sink, node, {
          code: 'eaNotPortable',
          severity: 'info',
          message: 'The file has extended attributes; those of the kernel cannot be set again on another volume.',
        });
    }
  },
};

export const valueTypes: Detector = {
  id: 'valueTypes',
  pain: 2,
  detect(view, _known, sink) {
    const { registry } = view;
    const { state, union } = registry.resolution;
    for (let node = 1; node < union.count; node++) {
      if (state[node] !== NodeState.overrides) continue;
      for (const value of registry.values(node)) {
        if (value.state !== NodeState.overrides) continue;
        const below = value.shadowed.find((other) => !other.tombstone);
        const type = below === undefined ? value.type : typeOf(view, below);
        if (below === undefined || type === value.type) continue;
        const path = `${view.keyPath(node)}\\${value.name}`;
        sink.add({
          code: 'typeChanged',
          severity: 'info',
          message: 'An upper layer gives the value another type: programs that expect the old one may ignore it.',
          path,
          place: view.keyPlace(node),
          proposal: adding(
            view.role(registry, value.layer) === 'user'
              ? keyRule('exact', view.keyPlace(node), 'keepLower')
              : keyRule('exact', view.keyPlace(node), 'redirect', registry.layerIds[below.layer]),
          ),
          note: `${value.name}: ${valueTypeName(value.type)} \u2260 ${valueTypeName(type)}`,
          evidence: [
            {
              layer: registry.layerIds[value.layer] ?? null,
              role: 'wins',
              path,
              facts: { type: valueTypeName(value.type) },
            },
            {
              layer: registry.layerIds[below.layer] ?? null,
              role: 'hidden',
              path,
              facts: { type: valueTypeName(type) },
            },
          ],
        });
      }
    }
  },
};

function typeOf(view: MergeView, value: { layer: number; hive: string; row: number }): number {
  const id = view.registry.layerIds[value.layer];
  const hive = view.layers.find((layer) => layer.id === id)?.hives.find(({ key }) => key === value.hive);
  return hive?.table.data.values.type[value.row] ?? 0;
}
