/** What a person does to the rules: takes proposals in, edits, removes, tries one out, begins with a preset. */
import { fail } from '../../base/errors.ts';
import { MAX_RULES, ruleOf } from '../../layer/rule-draft.ts';
import { PRESETS, type PresetId } from '../../layer/rule-presets.ts';
import type { Rule, RuleDraft } from '../../layer/types.ts';
import { forbiddenTarget } from '../../overlay/findings/detectors/rule-check.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { decide } from '../../overlay/rules.ts';
import { NO_LAYER } from '../../overlay/types.ts';
import type { RuleTrial } from '../api.ts';
import type { Merge } from './merge.ts';

/** Paths that a trial shows. */
const SAMPLES = 5;

export class RuleEditor {
  readonly #merge: Merge;
  #next = 1;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  #isLayer = (id: string) => this.#merge.layers.some((layer) => layer.id === id);

  /**
   * New rules come before the user's older ones: among equally specific ones the newest word counts. The first of `add` is
   * the first of all. Dropped are rules of the user's; default ones are switched off.
   * @returns ids of the new rules
   * @throws FormatError InvalidArgument; then nothing has changed
   */
  change(add: readonly RuleDraft[], drop: readonly string[]): string[] {
    const made = add.map((draft) => ruleOf(draft, `u${this.#next++}`, this.#isLayer));
    const { rules } = this.#merge.rules;
    for (const id of drop) {
      const rule = rules.find((one) => one.id === id);
      if (rule === undefined || rule.origin === 'builtin')
        fail('InvalidArgument', 'rule', null, 'a rule that can be taken away', id);
    }
    const gone = new Set(drop);
    const left = rules
      .filter((rule) => !(rule.origin === 'user' && gone.has(rule.id)))
      .map((rule) => (gone.has(rule.id) ? { ...rule, enabled: false } : rule));
    // the same rule twice says nothing new
    const fresh = made.filter((rule, i) => {
      const same = (other: Rule) => other.origin === 'user' && sameRule(rule, other);
      return !left.some(same) && made.findIndex((other) => sameRule(rule, other)) === i;
    });
    if (fresh.length + left.length > MAX_RULES)
      fail('UnsupportedSize', 'rules', null, `at most ${MAX_RULES} rules`, fresh.length + left.length);
    this.#merge.setRules([...fresh, ...left]);
    return fresh.map(({ id }) => id);
  }

  /** @throws FormatError InvalidArgument when there is no such rule of the user's, or the draft is none */
  edit(id: string, draft: RuleDraft): void {
    const { rules } = this.#merge.rules;
    const old = rules.find((rule) => rule.id === id);
    const enabled =
      old?.origin === 'user' ? old.enabled : fail('InvalidArgument', 'rule', null, 'a rule of the user', id);
    const made = { ...ruleOf(draft, id, this.#isLayer), enabled };
    this.#merge.setRules(rules.map((rule) => (rule === old ? made : rule)));
  }

  preset(id: PresetId): string[] {
    const preset = PRESETS[id] ?? fail('InvalidArgument', 'preset', null, Object.keys(PRESETS).join(', '), id);
    const made = this.change(preset.rules, []);
    for (const { mount, mode } of preset.hives) this.#merge.setHiveMode(mount, mode);
    return made;
  }

  /** What a rule would hit, decide and show, without taking it in. @param instead id of the rule it would replace */
  try(draft: RuleDraft, instead: string | null): RuleTrial {
    const rule = ruleOf(draft, 'trial', this.#isLayer);
    const tree: Merged<NamedLayer> = rule.target === 'file' ? this.#merge.files : this.#merge.registry;
    const forbidden = forbiddenTarget(rule) !== null;
    const nothing = {
      pattern: rule.match.p,
      kind: rule.match.kind,
      matches: 0,
      hits: 0,
      bytes: 0,
      samples: [],
      forbidden,
    };
    if (this.#merge.layers.length === 0 || rule.action === 'mapSid') return nothing;
    if (rule.value !== undefined) return { ...nothing, ...this.#values(rule) };
    const { union, names, layerIds } = tree;
    const input = {
      union,
      names,
      target: rule.target,
      layerOf: (id: string) => layerIds.indexOf(id),
      controlSet: this.#merge.layers[0]?.controlSet ?? null,
    };
    const others = this.#merge.rules.rules.filter(({ id }) => id !== instead);
    const alone = decide({ ...input, rules: [rule] });
    const among = decide({ ...input, rules: [rule, ...others] });
    const place = among.rules.findIndex(({ source }) => source === rule) + 1;
    let matches = 0;
    let hits = 0;
    let bytes = 0;
    const samples: string[] = [];
    for (let node = 1; node < union.count; node++) {
      if (alone.rule[node] === 0) continue;
      matches++;
      if (among.rule[node] !== place) continue;
      hits++;
      bytes += this.#bytes(rule, node);
      if (samples.length < SAMPLES) samples.push(tree.path(node).join('\\'));
    }
    return { ...nothing, matches, hits, bytes, samples };
  }

  /** Keys that a rule for one value fits, and those that show it. */
  #values(rule: Rule): Pick<RuleTrial, 'matches' | 'hits' | 'samples'> {
    const { registry, layers } = this.#merge;
    const { union, names, layerIds } = registry;
    const controlSet = layers[0]?.controlSet ?? null;
    const input = { union, names, target: 'key', layerOf: (id: string) => layerIds.indexOf(id), controlSet } as const;
    const { rule: fits } = decide({ ...input, rules: [rule] });
    const wanted = names.id(rule.value!);
    const samples: string[] = [];
    let matches = 0;
    let hits = 0;
    for (let node = 1; node < union.count; node++) {
      if (fits[node] === 0) continue;
      matches++;
      if (!registry.visible(node) || !registry.values(node).some(({ name }) => names.id(name) === wanted)) continue;
      hits++;
      if (samples.length < SAMPLES) samples.push(registry.path(node).join('\\'));
    }
    return { matches, hits, samples };
  }

  /** Bytes of the file that is seen now. */
  #bytes(rule: Rule, node: number): number {
    if (rule.target !== 'file') return 0;
    const { resolution, layers } = this.#merge.files;
    const won = resolution.winner[node]!;
    return won === NO_LAYER ? 0 : (layers[won]!.table?.data.size[resolution.union.slots[won]![node]!] ?? 0);
  }
}

function sameRule(a: Rule, b: Rule): boolean {
  return (
    a.target === b.target &&
    a.action === b.action &&
    a.layer === b.layer &&
    a.value === b.value &&
    a.sid === b.sid &&
    a.to?.toLowerCase() === b.to?.toLowerCase() &&
    a.match.kind === b.match.kind &&
    a.match.p.toLowerCase() === b.match.p.toLowerCase()
  );
}
