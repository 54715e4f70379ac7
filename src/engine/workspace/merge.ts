/** The two merged trees of a workspace and the rules above them. */
import { WasmNames } from '../../codec/names.ts';
import { defaultRules, hiveRule, hiveRuleAmong } from '../../layer/defaults.ts';
import { rulePlace } from '../../layer/rule-draft.ts';
import type { HiveMode, HiveRule, Layer, Rule, RuleDraft, RuleSet } from '../../layer/types.ts';
import { FileOverlay } from '../../overlay/files/overlay.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import { type LayerShare, NO_LAYER, type Stats } from '../../overlay/types.ts';
import type { HiveMountInfo, MergeStats, RuleInfo } from '../api.ts';
import { keyPath } from './address.ts';

export class Merge {
  readonly files: FileOverlay;
  readonly registry: RegistryOverlay;
  layers: readonly Layer[] = [];
  /** Nodes that look different since the change before. */
  changedFiles: ReadonlySet<number> = new Set();
  changedKeys: ReadonlySet<number> = new Set();
  /** Nodes that a base that is tried makes look different; null without one. */
  markedFiles: ReadonlySet<number> | null = null;
  markedKeys: ReadonlySet<number> | null = null;
  /** Milliseconds of the last update. */
  ms = 0;
  readonly #now: () => number;
  #rules: RuleSet = defaultRules();
  /** What is counted over all nodes, once a merge: the state goes out ten times a second while layers are read. */
  #counted: { files: Stats; stats: MergeStats; rules: RuleInfo[] } | null = null;

  constructor(module: WebAssembly.Module, now: () => number) {
    const names = (upcase: Uint16Array) => new WasmNames(module, upcase);
    this.files = new FileOverlay(names);
    this.registry = new RegistryOverlay(names);
    this.#now = now;
  }

  get rules(): RuleSet {
    return this.#rules;
  }

  /** @param layers base first. @returns which trees have new node numbers */
  update(layers: readonly Layer[]): { readonly filesJoined: boolean; readonly keysJoined: boolean } {
    const start = this.#now();
    this.#counted = null;
    this.layers = layers;
    this.#takeRules(layers.flatMap(({ enabled, rules }) => (enabled ? (rules ?? []) : [])));
    const files = this.files.update(layers, this.#rules.rules);
    const keys = this.registry.updateSet(layers, this.#rules);
    this.changedFiles = new Set(files.delta?.nodes);
    this.changedKeys = new Set(keys.delta?.nodes);
    if (this.markedFiles !== null && files.joined) this.markedFiles = new Set(this.files.carry(this.markedFiles));
    if (this.markedKeys !== null && keys.joined) this.markedKeys = new Set(this.registry.carry(this.markedKeys));
    this.ms = this.#now() - start;
    return { filesJoined: files.joined, keysJoined: keys.joined };
  }

  /** Marks nodes until they are marked anew; new joins carry the marks over. */
  mark(files: Iterable<number> | null, keys: Iterable<number> | null): void {
    this.markedFiles = files === null ? null : new Set(files);
    this.markedKeys = keys === null ? null : new Set(keys);
  }

  /** Rules that layers bring along stand behind the user's and before the defaults; switches stay as they were. */
  #takeRules(brought: readonly Rule[]): void {
    const { rules } = this.#rules;
    const before = new Map(rules.filter(isBrought).map((rule) => [rule.id, rule]));
    if (before.size === brought.length && brought.every(({ id }) => before.has(id))) return;
    const own = rules.filter((rule) => !isBrought(rule));
    const place = own.findIndex(({ origin }) => origin === 'builtin' || origin === 'default');
    const at = place < 0 ? own.length : place;
    const taken = brought.map((rule) => before.get(rule.id) ?? rule);
    this.#rules = { ...this.#rules, rules: [...own.slice(0, at), ...taken, ...own.slice(at)] };
  }

  /** @returns false when there is no such rule or it cannot be switched */
  setRuleEnabled(id: string, enabled: boolean): boolean {
    const rule = this.#rules.rules.find((candidate) => candidate.id === id);
    if (rule === undefined || !isSwitchable(rule)) return false;
    this.#rules = {
      ...this.#rules,
      rules: this.#rules.rules.map((other) => (other === rule ? { ...rule, enabled } : other)),
    };
    return true;
  }

  /** Other rules, in list order; the built-in ones must be among them. */
  setRules(rules: readonly Rule[]): void {
    this.#rules = { ...this.#rules, rules };
  }

  /** A mode for one mount, before the defaults; `never` and built-in modes stay. */
  setHiveMode(mount: string, mode: HiveMode): boolean {
    const known = hiveRule(mount, this.#rules.hives);
    if (known?.origin === 'builtin') return false;
    const others = this.#rules.hives.filter((rule) => rule.id !== `user:${mount}`);
    const rule: HiveRule = {
      id: `user:${mount}`,
      mount,
      mode,
      allow: known?.allow ?? [],
      origin: 'user',
      enabled: true,
    };
    this.#rules = { ...this.#rules, hives: [rule, ...others] };
    return true;
  }

  /** Rules in order of precedence with what they decided in the last merge. */
  ruleInfos(): readonly RuleInfo[] {
    return this.#count()?.rules ?? [];
  }

  /** By layer id what the merged disk shows of it, null when it has no part in the merge. */
  share(layer: string): LayerShare | null {
    return this.#count()?.files.layers[this.files.layerIds.indexOf(layer)] ?? null;
  }

  stats(): MergeStats {
    return this.#count()?.stats ?? NOTHING;
  }

  #count() {
    if (this.layers.length === 0) return null;
    if (this.#counted === null) {
      const files = this.files.stats();
      this.#counted = { files, stats: this.#mergeStats(files), rules: this.#ruleInfos() };
    }
    return this.#counted;
  }

  #ruleInfos(): RuleInfo[] {
    const files = countHits(this.files, (layer, row) => this.files.layers[layer]!.table?.data.size[row] ?? 0);
    const keys = countHits(this.registry, () => 0);
    return this.#rules.rules.map((rule): RuleInfo => {
      const count = (rule.target === 'file' ? files : keys).get(rule.id);
      const values = this.registry.valueHits.get(rule.id) ?? 0;
      const accounts = rule.action === 'mapSid' ? this.#mapped(rule) : 0;
      return {
        id: rule.id,
        target: rule.target,
        kind: rule.match.kind,
        pattern: rulePlace({ ...rule, p: rule.match.p }),
        action: rule.action,
        layer: rule.layer ?? null,
        origin: rule.origin === 'plan' ? 'user' : rule.origin,
        enabled: rule.enabled,
        switchable: isSwitchable(rule),
        hits: (count?.hits ?? 0) + values + accounts,
        bytes: count?.bytes ?? 0,
        ...(rule.origin === 'user' ? { draft: draftOf(rule) } : {}),
      };
    });
  }

  /** Layers that a mapping of an account reaches. */
  #mapped({ match }: Rule): number {
    const from = match.p.slice('HKU/'.length);
    return this.layers.filter(({ enabled, sids }) => enabled && sids?.some((sid) => sid.from === from) === true).length;
  }

  mounts(): HiveMountInfo[] {
    const mounts = new Map<string, { stack: string[]; states: Set<string> }>();
    for (const layer of this.layers) {
      if (!layer.enabled) continue;
      for (const hive of layer.hives) {
        const known = mounts.get(hive.mount) ?? { stack: [], states: new Set() };
        known.stack.unshift(layer.id);
        known.states.add(hive.state);
        mounts.set(hive.mount, known);
      }
    }
    return [...mounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([mount, { stack, states }]) => {
        const rule = hiveRuleAmong(mount, this.#rules.hives, this.layers);
        const state = ['dirtyNoLog', 'recovered', 'clean'].find((candidate) => states.has(candidate)) ?? 'clean';
        return {
          mount,
          path: keyPath(mount.split('/')),
          mode: rule?.mode ?? 'merge',
          chosen: rule?.origin === 'user',
          switchable: rule?.origin !== 'builtin',
          stack,
          state,
        };
      });
  }

  #mergeStats(files: Stats): MergeStats {
    const keys = this.registry.stats();
    return {
      files: files.files,
      directories: files.folders,
      keys: keys.folders + keys.files,
      values: this.registry.valueCount(),
      ...files.states,
      conflicts: files.conflicts,
      bytes: files.bytes,
    };
  }
}

const NOTHING: MergeStats = {
  files: 0,
  directories: 0,
  keys: 0,
  values: 0,
  added: 0,
  overrides: 0,
  same: 0,
  unchanged: 0,
  hidden: 0,
  conflicts: 0,
  bytes: 0,
};

function draftOf({ target, match, action, layer, value, sid, to }: Rule): RuleDraft {
  const more = { ...(layer === undefined ? {} : { layer }), ...(value === undefined ? {} : { value }) };
  const other = { ...(sid === undefined ? {} : { sid }), ...(to === undefined ? {} : { to }) };
  return { target, match, action, ...more, ...other };
}

/** A rule that came with a layer: its id begins with the layer's. */
const isBrought = ({ id, origin }: Rule): boolean => origin === 'default' && id.includes(':');

/** The never-merge list keeps a guest bootable and cannot be switched; everything else can. */
function isSwitchable(rule: Rule): boolean {
  return rule.origin !== 'builtin';
}

/** Nodes that each rule decides, and the bytes of the files they show. */
function countHits<L extends NamedLayer>(
  merged: Merged<L>,
  size: (layer: number, row: number) => number,
): Map<string, { hits: number; bytes: number }> {
  const { rules } = merged.decisions;
  const { union, rule, winner } = merged.resolution;
  const hits = new Float64Array(rules.length + 1);
  const bytes = new Float64Array(rules.length + 1);
  for (let node = 1; node < union.count; node++) {
    const index = rule[node]!;
    if (index === 0) continue;
    hits[index]!++;
    const won = winner[node]!;
    if (won !== NO_LAYER) bytes[index]! += size(won, union.slots[won]![node]!);
  }
  const counted = new Map<string, { hits: number; bytes: number }>();
  rules.forEach(({ source }, i) => {
    // one rule may stand for several layers
    const before = counted.get(source.id) ?? { hits: 0, bytes: 0 };
    counted.set(source.id, { hits: before.hits + hits[i + 1]!, bytes: before.bytes + bytes[i + 1]! });
  });
  return counted;
}
