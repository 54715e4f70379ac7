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

/** A path and the one that is shown in its place. */
type Shown = readonly [path: string, to: string];

/** What rules show elsewhere, as text: the same text means the same layer; empty when there is nothing. */
export function elsewhereKey(rules: readonly Rule[]): string {
  const shown = rules.flatMap(({ target, action, to, enabled, match }): Shown[] =>
    enabled && target === 'file' && action === 'redirect' && to !== undefined ? [[match.p, to]] : [],
  );
  return shown.length === 0 ? '' : JSON.stringify(shown);
}

/** @param key as `elsewhereKey` gives it, not empty */
export function elsewhereLayer(key: string): Layer {
  const tree: LayerTree = {
    table: new NodeTableBuilder(STORE, ROOT, ROOT).seal().table,
    root: 0,
    markers: (JSON.parse(key) as Shown[]).map(([path, to]) => ({
      kind: 'origin',
      path: splitPath(path),
      from: splitPath(to),
    })),
    internal: [],
    upcase: null,
    store: STORE,
  };
  return { id: STORE, role: 'app', name: STORE, enabled: true, tree, hives: [], controlSet: null };
}
