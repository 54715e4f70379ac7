/**
 * Rules -> which rule decides each node (merge-plan 4.6), in one pass over the union.
 *
 * One total order, highest first:
 *   1  built-in never-merge list (`builtin`, not `hide`)
 *   2  internal names (`builtin`, `hide`)
 *   3  explicit entries of a plan (`plan`)
 *   4  `user` and `default` rules by specificity: exact, then more literal leading components, then more literal characters
 *   5  earlier in the list
 *   6  nothing: merge
 * Inside 1 to 3 the order of 4 and 5 holds as well. `subtree` and `children` are globs without wildcards for step 4.
 *
 * A pattern walks down the tree with a set of states, one bit a component, handed from parent to child: a node costs a few
 * operations a pattern, and wildcard components are tested once a distinct name.
 */
import type { NameSpace } from '../codec/names.ts';
import { splitPath } from '../index/path.ts';
import { foldText } from '../index/upcase.ts';
import type { Rule } from '../layer/types.ts';
import type { SeenRule } from './resolve.ts';
import { type Decisions, Seen, type Union } from './types.ts';

/** A rule with what it lets be seen, ready for `resolve`. */
export interface CompiledRule extends SeenRule {
  readonly source: Rule;
  /** Step of precedence it belongs to. */
  readonly step: 'neverMerge' | 'internal' | 'entry' | 'rule';
}

export interface RuleInput {
  readonly union: Union;
  readonly names: NameSpace;
  readonly rules: readonly Rule[];
  readonly target: 'file' | 'key';
  /** Layer number of a layer id, -1 when there is none. */
  layerOf(id: string): number;
  /** The base layer's current control set, for `{ControlSet}`. */
  readonly controlSet: number | null;
}

const TIERS = { neverMerge: 0, internal: 1, entry: 2, rule: 3 } as const;
/** Components a pattern may have: one bit of a 32-bit state each, one for the end. */
const MAX_COMPONENTS = 30;

/** Rules that count for the target, highest precedence first; rules that are off or cannot be read are left out. */
export function rankRules(
  rules: readonly Rule[],
  target: 'file' | 'key',
  layerOf: (id: string) => number,
): CompiledRule[] {
  const ranked = rules
    .map((source, index) => ({ source, index, step: stepOf(source) }))
    .filter(
      ({ source }) => source.enabled && source.target === target && parts(source.match.p).length <= MAX_COMPONENTS,
    );
  ranked.sort((a, b) => TIERS[a.step] - TIERS[b.step] || compareSpecificity(a.source, b.source) || a.index - b.index);
  return ranked.map(({ source, step }) => ({ source, step, ...seenBy(source, layerOf) }));
}

function stepOf(rule: Rule): CompiledRule['step'] {
  if (rule.origin === 'builtin') return rule.action === 'hide' ? 'internal' : 'neverMerge';
  return rule.origin === 'plan' ? 'entry' : 'rule';
}

/** Negative when `a` is the more specific rule. */
export function compareSpecificity(a: Rule, b: Rule): number {
  const [x, y] = [specificity(a), specificity(b)];
  return y.exact - x.exact || y.prefix - x.prefix || y.literal - x.literal;
}

function specificity({ match }: Rule): { exact: number; prefix: number; literal: number } {
  const components = parts(match.p);
  const glob = match.kind === 'glob';
  let prefix = 0;
  while (prefix < components.length && !(glob && isWild(components[prefix]!))) prefix++;
  const literal = components.reduce((sum, c) => sum + (glob ? c.replace(/[*?]/g, '').length : c.length), 0);
  return { exact: match.kind === 'exact' ? 1 : 0, prefix, literal };
}

function seenBy(rule: Rule, layerOf: (id: string) => number): SeenRule {
  const none = { layer: -1 };
  switch (rule.action) {
    case 'passthrough':
      return { seen: Seen.base, ...none };
    case 'exclude':
    case 'keepLower':
      return { seen: Seen.noUser, ...none };
    case 'hide':
      return { seen: Seen.none, ...none };
    case 'redirect': {
      const layer = rule.layer === undefined ? -1 : layerOf(rule.layer);
      return layer < 0 ? { seen: Seen.all, ...none } : { seen: Seen.layer, layer };
    }
    default:
      return { seen: Seen.all, ...none };
  }
}

const parts = (path: string) => splitPath(path);
const isWild = (component: string) => /[*?]/.test(component);

/** One pattern as states: bit k = components 0 .. k - 1 are matched, so the next one is k. */
interface Pattern {
  /** Precedence, 0 is highest. */
  readonly rank: number;
  readonly end: number;
  /** Bits of the components that are `**`. */
  readonly deep: number;
  /** For each component the one name id it fits, or a test with its memory. */
  readonly fits: readonly (number | NameTest)[];
  readonly kind: 'exact' | 'subtree' | 'children' | 'glob';
}

/** A wildcard component: each distinct name is tested when it is first met. */
type NameTest = (id: number) => boolean;

/** Decides every node. */
export function decide(input: RuleInput): Decisions<CompiledRule> {
  const { union } = input;
  const rules = rankRules(input.rules, input.target, input.layerOf);
  const rule = new Uint16Array(union.count);
  if (rules.length === 0) return { rules, rule };
  const patterns = rules.map((r, rank) => compile(r.source, rank, input));
  // States are kept for one level of directories: a directory's state is needed while its children are visited.
  const states = patterns.map(() => new Map<number, number>());
  const inherited = new Uint16Array(union.count);
  const best = (old: number, rank: number) => (old === 0 || rank + 1 < old ? rank + 1 : old);
  patterns.forEach((pattern, p) => {
    const start = close(1, pattern);
    const whole = (start >>> pattern.end) & 1;
    if (whole === 1 && pattern.kind !== 'children') rule[0] = best(rule[0]!, pattern.rank);
    if (whole === 1 && (pattern.kind === 'subtree' || pattern.kind === 'children'))
      inherited[0] = best(inherited[0]!, pattern.rank);
    states[p]!.set(0, start);
  });
  for (let node = 0; node < union.count; node++) {
    const from = union.childStart[node]!;
    const to = union.childStart[node + 1]!;
    if (from === to) continue;
    const passed = inherited[node]!;
    if (passed !== 0)
      for (let child = from; child < to; child++) {
        rule[child] = passed;
        inherited[child] = passed;
      }
    for (let p = 0; p < patterns.length; p++) {
      const pattern = patterns[p]!;
      const known = states[p]!;
      const state = known.get(node);
      if (state === undefined) continue;
      known.delete(node);
      const { end, kind, rank } = pattern;
      for (let child = from; child < to; child++) {
        let next = advance(pattern, state, union.nameId[child]!);
        if (next === 0) continue;
        next = close(next, pattern);
        if ((next >>> end) & 1) {
          if (kind !== 'children') rule[child] = best(rule[child]!, rank);
          if (kind === 'subtree' || kind === 'children') inherited[child] = best(inherited[child]!, rank);
        }
        const going = next & ((1 << end) - 1);
        if (going !== 0 && union.childStart[child] !== union.childStart[child + 1]) known.set(child, going);
      }
    }
  }
  return { rules, rule };
}

/** All rules that fit one node, best first: what the deciding one was chosen from. */
export function matchingRules(input: RuleInput, ranked: readonly CompiledRule[], node: number): CompiledRule[] {
  const { union } = input;
  const way: number[] = [];
  for (let at = node; at !== 0; at = union.parent[at]!) way.push(union.nameId[at]!);
  const fits = ruleMatcher(input, ranked);
  return fits(way.reverse()).map((rank) => ranked[rank]!);
}

/** For paths one by one: the places in `ranked` of the rules that fit the name ids from the root down, best first. */
export function ruleMatcher(
  input: Omit<RuleInput, 'union'>,
  ranked: readonly CompiledRule[],
): (way: readonly number[]) => number[] {
  const patterns = ranked.map(({ source }, rank) => compile(source, rank, input));
  const fits = (pattern: Pattern, way: readonly number[]) => {
    let state = close(1, pattern);
    let inside = false;
    for (const id of way) {
      if ((state >>> pattern.end) & 1) inside = true;
      state = close(advance(pattern, state, id), pattern);
    }
    const whole = ((state >>> pattern.end) & 1) === 1;
    if (pattern.kind === 'children') return inside;
    return whole || (pattern.kind === 'subtree' && inside);
  };
  return (way) => patterns.filter((pattern) => fits(pattern, way)).map(({ rank }) => rank);
}

/** One component further: the states after a name. */
function advance({ end, deep, fits }: Pattern, state: number, id: number): number {
  let next = 0;
  for (let k = 0; k < end; k++) {
    if (((state >>> k) & 1) === 0) continue;
    if ((deep >>> k) & 1) next |= 1 << k;
    else {
      const wanted = fits[k]!;
      if (typeof wanted === 'number' ? wanted === id : wanted(id)) next |= 1 << (k + 1);
    }
  }
  return next;
}

/** `**` also fits no component at all. */
function close(state: number, { end, deep }: Pattern): number {
  let closed = state;
  for (let k = 0; k < end; k++) if ((closed >>> k) & 1 && (deep >>> k) & 1) closed |= 1 << (k + 1);
  return closed;
}

function compile(rule: Rule, rank: number, { names, controlSet, target }: Omit<RuleInput, 'union'>): Pattern {
  const { kind, p } = rule.match;
  const components = parts(expandControlSet(target === 'key' ? keyPath(p) : p, controlSet));
  let deep = 0;
  const fits = components.map((component, k) => {
    if (kind === 'glob' && component === '**') {
      deep |= 1 << k;
      return 0;
    }
    if (kind !== 'glob' || !isWild(component)) return names.id(component);
    const test = wildcard(foldText(component, names.upcase));
    const known = new Uint8Array(names.count);
    return (id: number) => {
      if (known[id] === 0) known[id] = test(names.text(id)) ? 1 : 2;
      return known[id] === 1;
    };
  });
  return { rank, end: components.length, deep, fits, kind };
}

/** `HKLM/SOFTWARE\\Microsoft` -> `HKLM\\SOFTWARE\\Microsoft`: the merged registry has a node for each part of a mount. */
export function keyPath(path: string): string {
  return path.replace(/^([^\\/]+)\//, '$1\\');
}

/** `{ControlSet}` -> `ControlSet001`; stays as it is while no control set is known, and then matches nothing. */
export function expandControlSet(path: string, controlSet: number | null): string {
  if (controlSet === null) return path;
  return path.replaceAll('{ControlSet}', `ControlSet${String(controlSet).padStart(3, '0')}`);
}

/** `*` and `?` inside one component, in time linear in the name for each star: no regular expressions. */
export function wildcard(pattern: string): (name: string) => boolean {
  return (name) => {
    let n = 0;
    let p = 0;
    let star = -1;
    let mark = 0;
    while (n < name.length) {
      if (p < pattern.length && pattern[p] === '*') {
        star = p++;
        mark = n;
      } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++mark;
      } else return false;
    }
    while (pattern[p] === '*') p++;
    return p === pattern.length;
  };
}
