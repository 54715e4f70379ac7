/**
 * Values that rules hide: rules decide keys, and of a value rule the key is only the place. A value that is hidden is in no layer
 * for whoever reads the merged key; the key and its other values stay.
 */
import type { NameSpace } from '../../codec/names.ts';
import { splitPath } from '../../index/path.ts';
import type { Rule } from '../../layer/types.ts';
import { expandControlSet, keyPath } from '../rules.ts';
import type { Union } from '../types.ts';

export interface HiddenValues {
  /** By node the name ids of its values that are not seen. */
  readonly names: ReadonlyMap<number, ReadonlySet<number>>;
  /** By rule how many keys it was met at. */
  readonly hits: ReadonlyMap<string, number>;
}

/** True for a rule that speaks of one value. */
export const isValueRule = (rule: Rule): boolean => rule.value !== undefined;

/** Null when no rule hides a value. @param controlSet of the base, null when it has none */
export function hiddenValues(
  union: Union,
  names: NameSpace,
  rules: readonly Rule[],
  controlSet: number | null,
): HiddenValues | null {
  const hidden = new Map<number, Set<number>>();
  const hits = new Map<string, number>();
  for (const rule of rules) {
    if (!rule.enabled || rule.value === undefined || rule.action !== 'hide') continue;
    const value = names.id(rule.value);
    const nodes = keysAt(union, names, expandControlSet(keyPath(rule.match.p), controlSet));
    if (nodes.length > 0) hits.set(rule.id, nodes.length);
    for (const node of nodes) hidden.set(node, (hidden.get(node) ?? new Set()).add(value));
  }
  return hidden.size === 0 ? null : { names: hidden, hits };
}

/** Nodes of a key's path, in which `*` stands for any one name. */
function keysAt({ childStart, nameId }: Union, names: NameSpace, p: string): number[] {
  let nodes = [0];
  for (const part of splitPath(p)) {
    const wanted = part === '*' ? null : names.id(part);
    nodes = nodes.flatMap((node) => {
      const found: number[] = [];
      for (let child = childStart[node]!; child < childStart[node + 1]!; child++)
        if (wanted === null || nameId[child] === wanted) found.push(child);
      return found;
    });
  }
  return nodes;
}
