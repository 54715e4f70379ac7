/** Proposals that several detectors make. */
import type { Proposal } from './types.ts';
import { adding, fileRule, keyRule, type MergeView } from './view.ts';

/** The next lower copy instead of the one that wins; null where there is none. */
export function lowerInstead(view: MergeView, node: number): Proposal | null {
  const { files } = view;
  const won = files.resolution.winner[node]!;
  const below = view.stack(files, node).find(({ layer, hiddenBy }) => layer !== won && hiddenBy === 'upper');
  if (below === undefined) return null;
  const place = view.filePlace(node);
  if (view.role(files, won) === 'user') return adding(fileRule('exact', place, 'keepLower'));
  return adding(fileRule('exact', place, 'redirect', files.layerIds[below.layer]));
}

/** A file or folder with all below is seen no more: of a user layer as if it had never written it, of any other one outright. */
export function withoutFiles(view: MergeView, node: number): Proposal {
  const { files } = view;
  const user = view.stack(files, node).every(({ layer }) => view.role(files, layer) === 'user');
  return adding(fileRule('subtree', view.filePlace(node), user ? 'keepLower' : 'hide'));
}

/** A key with all below it is seen no more: of a user layer as if it had never written it, of any other one outright. */
export function withoutKey(view: MergeView, node: number, layer: number): Proposal {
  const user = view.role(view.registry, layer) === 'user';
  return adding(keyRule('subtree', view.keyPlace(node), user ? 'keepLower' : 'hide'));
}

/** One value of a key is seen no more, the others are. */
export function withoutValue(view: MergeView, node: number, value: string): Proposal {
  return adding({ target: 'key', match: { kind: 'exact', p: view.keyPlace(node) }, action: 'hide', value });
}
