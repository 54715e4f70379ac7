/**
 * Pain 6: services and drivers in a layer that is not there yet when they are needed. The boot loader reads the base's
 * SYSTEM and its drivers before any merge begins; control sets of different numbers make rules miss.
 */
import { numberOf } from '../../../content/registry-value.ts';
import { type MergedValue, NO_LAYER, NodeState } from '../../types.ts';
import type { Detector, Known, Want } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView, want } from '../view.ts';

interface Service {
  readonly node: number;
  readonly value: MergedValue;
  /** False: a rule or the hive's mode leaves it out already. */
  readonly seen: boolean;
}

/** `Start` values of services that stand in a layer above the base. */
function services(view: MergeView): Service[] {
  if (view.controlSet === null) return [];
  const list = view.key('HKLM/SYSTEM', `ControlSet${String(view.controlSet).padStart(3, '0')}\\Services`);
  const found: Service[] = [];
  for (const node of view.children(view.registry, list)) {
    const value = view.registry.values(node).find((one) => /^Start$/i.test(one.name));
    if (value === undefined) continue;
    const upper = [
      value,
      ...value.shadowed.filter((other) => !other.tombstone).map((other) => ({ ...value, ...other })),
    ]
      // the base's own services are where they belong
      .find((one) => !view.isBase(view.registry, one.layer));
    if (upper === undefined) continue;
    const seen = upper === value && value.state !== NodeState.hidden && value.state !== NodeState.same;
    found.push({ node, value: upper, seen });
  }
  return found;
}

export const bootServices: Detector = {
  id: 'bootServices',
  pain: 6,
  needs: (view) => services(view).map(({ value }): Want => want(value)),
  detect(view, known: Known, sink) {
    for (const { node, value, seen } of services(view)) {
      const data = known.value(value);
      const start = data === null ? null : numberOf(value.type, data);
      if (start === null || start > 1n) continue;
      const place = view.keyPlace(node);
      sink.add({
        code: 'bootStartInUpper',
        severity: seen ? 'error' : 'info',
        message:
          'A boot-start driver stands in a layer that is merged only after drivers are loaded: the guest may not start.',
        path: `${view.keyPath(node)}\\Start`,
        place,
        note: `Start ${start}`,
        evidence: view
          .keySides(node)
          .map((side) =>
            side.layer === view.registry.layerIds[value.layer] ? { ...side, facts: { start: String(start) } } : side,
          ),
        proposal: seen ? adding(keyRule('subtree', place, 'passthrough')) : null,
      });
    }
  },
};

const FOLDERS = ['Windows\\System32\\drivers', 'Windows\\System32\\DriverStore', 'Windows\\INF'];
/** Rows below these folders that are looked at. */
const MAX_ROWS = 200_000;

export const driverFiles: Detector = {
  id: 'driverFiles',
  pain: 6,
  detect(view, _known, sink) {
    const { files } = view;
    const { order, winner, union } = files.resolution;
    const open = FOLDERS.map((path) => view.find(files, path.split('\\'))).filter((node) => node >= 0);
    for (let seen = 0; open.length > 0 && seen < MAX_ROWS; seen++) {
      const node = open.pop()!;
      open.push(...view.children(files, node));
      if (!/\.(?:sys|inf|cat)$/i.test(files.name(node))) continue;
      const uppers = order.slice(1).filter((layer) => {
        const row = union.slots[layer]![node]!;
        const table = files.layers[layer]!.table;
        return row >= 0 && table !== null && row < table.count && !table.isDirectory(row);
      });
      if (uppers.length === 0) continue;
      const won = winner[node]!;
      const shown = won !== NO_LAYER && won !== order[0] && files.resolution.state[node] !== NodeState.same;
      const place = view.filePlace(node);
      sink.add({
        code: 'driverInUpper',
        severity: shown ? 'warning' : 'info',
        message: 'A driver file stands in an upper layer: the kernel loads drivers from the base, before the merge.',
        path: view.filePath(node),
        place,
        note: files.name(node),
        evidence: view.sides(node),
        proposal: shown ? adding(fileRule('exact', place, 'passthrough')) : null,
      });
    }
  },
};

/** Layers whose current control set has another number than the base's. */
export const controlSets: Detector = {
  id: 'controlSets',
  pain: 6,
  detect(view, _known, sink) {
    const base = view.layers[0];
    for (const layer of view.layers.slice(1)) {
      if (!layer.enabled || base?.controlSet == null || layer.controlSet === null) continue;
      if (layer.controlSet === base.controlSet) continue;
      const select = view.key('HKLM/SYSTEM', 'Select');
      const path = select < 0 ? 'HKEY_LOCAL_MACHINE\\SYSTEM\\Select' : view.keyPath(select);
      sink.add({
        code: 'controlSetMismatch',
        severity: 'info',
        message: 'The layers use control sets of different numbers; the upper one is mapped onto the base\u2019s.',
        path: `${path}\\Current`,
        place: 'HKLM/SYSTEM\\Select',
        note: `${layer.controlSet} \u2192 ${base.controlSet}`,
        evidence: [
          { layer: layer.id, role: 'hidden', path, facts: { current: String(layer.controlSet) } },
          { layer: base.id, role: 'wins', path, facts: { current: String(base.controlSet) } },
        ],
      });
    }
  },
};
