/**
 * Paths that rules show elsewhere: a name stands for what the layers have under another one, whatever they have under itself. For the
 * core that is a layer above all others which has nothing but the way to such names, each with an origin (`origin.ts`).
 */
import { NodeTableBuilder } from '../../index/node-table-builder.ts';
import { splitPath } from '../../index/path.ts';
import type { Layer, LayerTree, Rule } from '../../layer/types.ts';

/** `LayerTree.store` of the layer. */
const STORE = 'elsewhere';
const ROOT = 0;

export const isElsewhere = (tree: LayerTree): boolean => tree.store === STORE;

/** Rules that count, as text: the same text means the same layer. */
export function elsewhereKey(rules: readonly Rule[]): string {
  return rules
    .filter(
      ({ target, action, to, enabled }) => enabled && target === 'file' && action === 'redirect' && to !== undefined,
    )
    .map(({ match, to }) => `${match.p}\n${to}`)
    .join('\n');
}

/** @param key as `elsewhereKey` gives it, not empty */
export function elsewhereLayer(key: string): Layer {
  const parts = key.split('\n');
  const tree: LayerTree = {
    table: new NodeTableBuilder(STORE, ROOT, ROOT).seal().table,
    root: 0,
    markers: parts.flatMap((path, i) =>
      i % 2 === 0 ? [{ kind: 'origin', path: splitPath(path), from: splitPath(parts[i + 1]!) } as const] : [],
    ),
    internal: [],
    upcase: null,
    store: STORE,
  };
  return { id: STORE, role: 'app', name: STORE, enabled: true, tree, hives: [], controlSet: null };
}
