/**
 * Pain 10: links of the registry that lead out of what is merged. A link key is a leaf of the merge, and the guest
 * follows it by its full name: to a hive that no layer has, or into one that only layers above the link bring along, so that
 * what a machine's programs read is in the hands of whoever owns that layer.
 */
import { RegType, stringOf } from '../../../content/registry-value.ts';
import { EntryKind, type MergedValue, NO_LAYER } from '../../types.ts';
import type { Detector, Want } from '../types.ts';
import { adding, keyRule, type MergeView, want } from '../view.ts';

/** Links that are followed: Windows has some dozens. */
const MAX_LINKS = 5000;

interface KeyLink {
  readonly node: number;
  readonly layer: number;
  readonly value: MergedValue;
}

function keyLinks(view: MergeView): KeyLink[] {
  const { registry } = view;
  const { union, winner } = registry.resolution;
  const found: KeyLink[] = [];
  for (let node = 1; node < union.count && found.length < MAX_LINKS; node++) {
    const layer = winner[node]!;
    if (layer === NO_LAYER || registry.layers[layer]!.kind[union.slots[layer]![node]!] !== EntryKind.leaf) continue;
    const value = view.value(node, 'SymbolicLinkValue');
    if (value !== null && value.type === RegType.link) found.push({ node, layer, value });
  }
  return found;
}

/** `\Registry\Machine\SOFTWARE\x` -> HKLM, SOFTWARE; null for what no hive of a disk is mounted at. */
function mountOf(target: string): [root: string, name: string] | null {
  const [, root, name] = /^\\registry\\(machine|user)\\([^\\]+)/i.exec(target) ?? [];
  return root === undefined || name === undefined ? null : [root.toLowerCase() === 'user' ? 'HKU' : 'HKLM', name];
}

/** Does it lead where the layer of the link, or one below, has a hive? Layers above it do not count. */
function stays(view: MergeView, layer: number, target: string): boolean {
  const mount = mountOf(target);
  const node = mount === null ? -1 : view.find(view.registry, mount);
  if (node < 0) return false;
  const { order, union } = view.registry.resolution;
  return order.slice(0, order.indexOf(layer) + 1).some((below) => union.slots[below]![node]! >= 0);
}

export const keyLinkTargets: Detector = {
  id: 'keyLinkTargets',
  pain: 10,
  needs: (view) => keyLinks(view).map(({ value }): Want => want(value)),
  detect(view, known, sink) {
    const { registry } = view;
    for (const { layer, node, value } of keyLinks(view)) {
      const data = known.value(value);
      const target = data === null ? '' : stringOf(data);
      if (target === '' || stays(view, layer, target)) continue;
      const base = view.isBase(registry, layer);
      // links of the base to what no layer has are Windows' business
      if (base && (mountOf(target) === null || view.find(registry, mountOf(target)!) < 0)) continue;
      const place = view.keyPlace(node);
      sink.add({
        code: 'linkEscape',
        severity: 'warning',
        message: 'The link leads out of the merged registry: what stands behind it is not what the layers below hold.',
        path: view.keyPath(node),
        place,
        note: target,
        evidence: [
          ...view
            .keySides(node)
            .map((side) => (side.layer === registry.layerIds[layer] ? { ...side, facts: { target } } : side)),
          { layer: null, role: 'missing', path: target, facts: {} },
        ],
        // the base's own link stays as it is: what it leads to is another layer's
        proposal: base ? null : adding(keyRule('exact', place, 'passthrough')),
      });
    }
  },
};
