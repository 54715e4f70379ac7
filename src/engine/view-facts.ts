/** Classes and security descriptors of merged keys: each as the layer has it that supplies it. */
import type { CompareReader } from '../index/key-compare.ts';
import type { MountedHive } from '../layer/types.ts';
import type { KeySources } from '../overlay/compare/view-tables.ts';
import type { MergedKeys } from './compare-views.ts';
import type { KeyFacts } from './workspace/key-facts.ts';

/** Reads what the columns of a layer's hive do not hold. */
export type FactsOf = (layer: string, hive: MountedHive) => Promise<KeyFacts>;

/** One of the views that are compared, and where its layers are read: the same function for views of the same layers. */
export interface FactSide {
  readonly view: MergedKeys;
  readonly factsOf: FactsOf;
}

/**
 * What the tables of two merged registries do not hold, read of every hive that supplies some of it, each once. Data count as
 * equal when their hashes are.
 */
export async function viewReader(before: FactSide, after: FactSide): Promise<CompareReader> {
  const read = new Map<FactsOf, Map<string, KeyFacts>>();
  for (const { view, factsOf } of [before, after]) {
    const facts = read.get(factsOf) ?? new Map<string, KeyFacts>();
    read.set(factsOf, facts);
    const { classFrom, hives, securityFrom } = view.keys;
    for (const number of new Set([...classFrom.hive, ...securityFrom.hive])) {
      const hive = hives[number];
      if (hive === undefined || facts.has(hive.key)) continue;
      facts.set(hive.key, await factsOf(view.hiveLayers[number]!, hive));
    }
  }
  const said = ({ view, factsOf }: FactSide, from: KeySources, what: keyof KeyFacts, row: number) => {
    const hive = view.keys.hives[from.hive[row]!];
    return hive === undefined ? null : read.get(factsOf)!.get(hive.key)![what](from.row[row]!);
  };
  const [a, b] = [before.view.keys, after.view.keys];
  const same = (from: 'classFrom' | 'securityFrom', what: keyof KeyFacts) => (x: number, y: number) =>
    said(before, a[from], what, x) === said(after, b[from], what, y);
  return {
    sameData: () => true,
    sameClass: same('classFrom', 'className'),
    sameSecurity: same('securityFrom', 'security'),
  };
}
