/**
 * Pain 3, hives as a whole: those that were not closed and those that grow towards what Windows can load. What settles
 * either is to do without the hive where a lower layer has one too. A hive that no other layer has is all there is of its
 * part of the registry: no rule can mend it, only its own logs or the Windows that wrote it.
 */
import { lookup } from '../../../index/path.ts';
import type { Layer, MountedHive, RuleDraft } from '../../../layer/types.ts';
import { EntryKind } from '../../types.ts';
import type { Detector, Evidence, Proposal } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView } from '../view.ts';

/** Layers (as numbers of the merged registry) that a mount is seen from, top first; null when it is not in the view. */
function contributors(view: MergeView, mount: string): number[] | null {
  const node = view.key(mount, '');
  if (node < 0) return null;
  return view
    .stack(view.registry, node)
    .filter(({ seen, kind }) => seen && kind !== EntryKind.whiteout)
    .map(({ layer }) => layer);
}

interface SeenHive {
  readonly layer: Layer;
  readonly hive: MountedHive;
  /** Other layers that the same keys come from, top first. */
  readonly others: readonly number[];
  /** Those below this one. */
  readonly below: readonly number[];
}

/** Hives that something of is seen: one that a rule or the mode of its mount leaves out hurts nobody. */
function* seenHives(view: MergeView): Generator<SeenHive> {
  for (const layer of view.layers)
    for (const hive of layer.enabled ? layer.hives : []) {
      const all = contributors(view, hive.mount);
      const number = view.registry.layerIds.indexOf(layer.id);
      if (all !== null && !all.includes(number)) continue;
      const others = (all ?? []).filter((other) => other !== number);
      yield { layer, hive, others, below: all === null ? [] : all.slice(all.indexOf(number) + 1) };
    }
}

/** The same keys without this hive; null when nothing would be left of them. */
function without(view: MergeView, { layer, hive, below }: SeenHive): Proposal | null {
  if (below.length === 0) return null;
  if (layer.role === 'user') return adding(keyRule('subtree', hive.mount, 'keepLower'), ...fileToo(view, hive));
  const base = below.some((other) => view.isBase(view.registry, other));
  return base ? adding(keyRule('subtree', hive.mount, 'passthrough')) : null;
}

/** A user's hive is a file of the merged disk as well: then the file of the lower layer goes with the keys. */
function fileToo(view: MergeView, { path }: MountedHive): RuleDraft[] {
  const place = /^(?:files\\)?(Users\\.+)$/i.exec(path ?? '')?.[1];
  const node = place === undefined ? -1 : view.find(view.files, place.split('\\'));
  if (node < 0) return [];
  const lower = view
    .stack(view.files, node)
    .some(({ layer, kind }) => kind === EntryKind.leaf && view.role(view.files, layer) !== 'user');
  return lower ? [fileRule('exact', view.filePlace(node), 'keepLower')] : [];
}

/** The hive itself, and whose keys stand beside it. */
function sides(view: MergeView, { layer, hive, others }: SeenHive, facts: Evidence['facts']): Evidence[] {
  const path = hive.path ?? hive.mount;
  return [
    { layer: layer.id, role: 'wins', path, facts },
    ...others.map((other): Evidence => {
      const id = view.registry.layerIds[other]!;
      const twin = view.layers.find((one) => one.id === id)?.hives.find(({ mount }) => mount === hive.mount);
      return { layer: id, role: 'wins', path: twin?.path ?? hive.mount, facts: twin ? { state: twin.state } : {} };
    }),
  ];
}

/** Bytes of one hive from which on there is little room left: Windows takes 2 GiB, half of it is told. */
const LARGE_HIVE = 1 << 30;

export const hiveSizes: Detector = {
  id: 'hiveSizes',
  pain: 3,
  detect(view, _known, sink) {
    for (const seen of seenHives(view)) {
      const { layer, hive } = seen;
      const table = layer.tree?.table;
      if (table === undefined || hive.path === null) continue;
      const row = lookup(table, hive.path, view.files.names.upcase);
      const size = row < 0 ? 0 : table.data.size[row]!;
      if (size < LARGE_HIVE) continue;
      sink.add({
        code: 'quota',
        severity: 'warning',
        message: 'The hive is more than half as large as Windows can load: sign-in gets slow, and then fails.',
        path: null,
        place: hive.mount,
        note: hive.mount,
        evidence: sides(view, seen, { size: String(size) }),
        // a rule cannot make a hive smaller: without one below, what fills it must be deleted where it runs
        proposal: without(view, seen),
        means: { layer: layer.id },
      });
    }
  },
};

/** Hives that were not closed; without a log what the last session wrote is not all there. */
export const dirtyHives: Detector = {
  id: 'dirtyHives',
  pain: 3,
  detect(view, _known, sink) {
    for (const seen of seenHives(view)) {
      const { layer, hive, others } = seen;
      if (hive.state === 'clean') continue;
      const lost = hive.state === 'dirtyNoLog';
      sink.add({
        code: 'hiveDirty',
        // torn keys in a merge reach further than in the hive that they are torn in
        severity: !lost ? 'info' : others.length > 0 ? 'error' : 'warning',
        message: lost
          ? 'The hive was not closed and its log is not here: what was written last may be missing or torn.'
          : 'The hive was not closed; its log is applied in memory.',
        path: null,
        place: hive.mount,
        note: hive.mount,
        evidence: sides(view, seen, { state: hive.state }),
        // with its log applied nothing is left to be done
        proposal: lost ? without(view, seen) : null,
        means: lost ? { layer: layer.id, files: true } : {},
      });
    }
  },
};
