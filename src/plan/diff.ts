/** Two plans held against one another: layers, hive modes, rules, records. Both have been verified. */
import { canonical } from './canonical.ts';
import { type FlatRecord, flatRecords } from './flat.ts';
import type { Plan } from './plan.ts';
import type { Manifest } from './spec.ts';

export interface PlanChange<T> {
  readonly change: 'added' | 'removed' | 'changed';
  /** Null when the first plan has none. */
  readonly before: T | null;
  readonly after: T | null;
}

export interface PlanDifference {
  /** Layers by id; `changed`: another fingerprint, role or place. */
  readonly layers: readonly PlanChange<Manifest['layers'][number]>[];
  readonly hives: readonly PlanChange<Manifest['hives'][number]>[];
  /** Rules by what they say, without their ids; `changed`: the same rule at another rank among those that both have. */
  readonly rules: readonly PlanChange<Manifest['rules'][number]>[];
  /** Other fields of the manifest that differ: semantics, binding, principals, what is required. */
  readonly fields: readonly string[];
  readonly records: { readonly same: number; readonly changes: readonly PlanChange<FlatRecord>[] };
}

/** Compared on their own, or digests and counts that follow from the rest. */
const OWN = ['layers', 'hives', 'rules', 'segments', 'statistics', 'integrity', 'generator', 'preconditions'];

export function diffPlans(before: Plan, after: Plan): PlanDifference {
  const [a, b] = [before.manifest, after.manifest];
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => !OWN.includes(field))
    .filter((field) => text(a[field as keyof Manifest]) !== text(b[field as keyof Manifest]));
  return {
    layers: byKey(a.layers, b.layers, ({ id }) => id, text),
    hives: byKey(a.hives, b.hives, ({ mount }) => mount, text),
    rules: diffRules(a.rules, b.rules),
    fields: fields.sort(),
    records: diffRecords(before, after),
  };
}

/** JSON with sorted names; undefined is told from everything. */
const text = (value: unknown): string => (value === undefined ? '' : canonical(value as never));

function byKey<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string, textOf: (item: T) => string) {
  const changes: PlanChange<T>[] = [];
  const rest = new Map(b.map((item) => [keyOf(item), item]));
  for (const item of a) {
    const other = rest.get(keyOf(item));
    rest.delete(keyOf(item));
    if (other === undefined) changes.push({ change: 'removed', before: item, after: null });
    else if (textOf(item) !== textOf(other)) changes.push({ change: 'changed', before: item, after: other });
  }
  for (const item of rest.values()) changes.push({ change: 'added', before: null, after: item });
  return changes;
}

type RuleEntry = Manifest['rules'][number];

/** Ids are counted when a plan is made: what tells rules apart is what they say. */
const ruleText = ({ id: _, ...rule }: RuleEntry): string => text(rule);

/** @returns `changed` for a rule that both have at another rank among those that both have */
export function diffRules(a: readonly RuleEntry[], b: readonly RuleEntry[]): PlanChange<RuleEntry>[] {
  const changes: PlanChange<RuleEntry>[] = [];
  const there = new Map(b.map((rule) => [ruleText(rule), rule]));
  const mine = new Set(a.map(ruleText));
  for (const rule of a) if (!there.has(ruleText(rule))) changes.push({ change: 'removed', before: rule, after: null });
  // of the rules that both have, those that do not keep their order
  const order = a.map(ruleText).filter((rule) => there.has(rule));
  const other = b.map(ruleText).filter((rule) => mine.has(rule));
  const ranks = new Map(order.map((rule, rank) => [rule, rank]));
  const kept = new Set(longestGrowing(other.map((rule) => ranks.get(rule)!)).map((rank) => order[rank]!));
  const before = new Map(a.map((rule) => [ruleText(rule), rule]));
  for (const rule of b) {
    const key = ruleText(rule);
    if (!mine.has(key)) changes.push({ change: 'added', before: null, after: rule });
    else if (!kept.has(key)) changes.push({ change: 'changed', before: before.get(key)!, after: rule });
  }
  return changes;
}

/** One of the longest growing parts of a list of different numbers. */
export function longestGrowing(list: readonly number[]): number[] {
  /** Indices of the last ones of the best parts by length. */
  const ends: number[] = [];
  const previous: number[] = [];
  list.forEach((value, i) => {
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (list[ends[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = i;
  });
  const found: number[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at]!) found.push(list[at]!);
  return found.reverse();
}

function diffRecords(before: Plan, after: Plan): PlanDifference['records'] {
  const place = ({ target, path, value }: FlatRecord) => `${target}\0${path}\0${value ?? '\0'}`;
  const changes: PlanChange<FlatRecord>[] = [];
  const rest = new Map<string, FlatRecord>();
  for (const found of flatRecords(after)) rest.set(place(found), found);
  let same = 0;
  for (const found of flatRecords(before)) {
    const other = rest.get(place(found));
    rest.delete(place(found));
    if (other === undefined) changes.push({ change: 'removed', before: found, after: null });
    else if (text(found.record) === text(other.record)) same++;
    else changes.push({ change: 'changed', before: found, after: other });
  }
  for (const found of rest.values()) changes.push({ change: 'added', before: null, after: found });
  return { same, changes };
}
