/** What crosses between the page and the workspace worker about rules and findings of the merge: types only. */
import type { PresetId } from '../layer/rule-presets.ts';
import type { RuleDraft, RuleMatch } from '../layer/types.ts';
import type { Evidence, FindingGroup, MergeFinding, Proposal } from '../overlay/findings/types.ts';

export type { Evidence, FindingGroup, MergeFinding, PresetId, Proposal, RuleDraft };

/** What a rule would do if it were taken in. */
export interface RuleTrial {
  /** Kind and pattern in the spelling of plans. */
  readonly kind: RuleMatch['kind'];
  readonly pattern: string;
  /** Items that fit, those that it would decide, and the bytes of their files. */
  readonly matches: number;
  readonly hits: number;
  readonly bytes: number;
  /** The first paths it would decide. */
  readonly samples: readonly string[];
  /** It takes away what Windows needs as a whole. */
  readonly forbidden: boolean;
}

/** Findings of the merge so far: groups by severity and pain, and how far the search is. */
export interface FindingsReport {
  readonly groups: readonly FindingGroup[];
  /** Detectors done; null when all are. */
  readonly progress: { readonly done: number; readonly total: number } | null;
}

/** A rule file of another product: App Masking, redirections of a profile, a policy of App Volumes. */
export interface RuleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What became of rule files. */
export interface RuleFilesTaken {
  readonly names: readonly string[];
  /** Rules that count for the user who is shown, and how many of them were not there yet. */
  readonly rules: number;
  readonly fresh: number;
  /** Lines that are no rules of ours, and for whom rule sets count: among the findings. */
  readonly told: number;
}

export interface RulesApi {
  /**
   * Takes rules in before the user's others, and takes rules away (default ones are switched off).
   * @returns ids of the new rules; those that were there already get none
   */
  changeRules(add: readonly RuleDraft[], drop: readonly string[]): Promise<string[]>;
  editRule(id: string, draft: RuleDraft): Promise<void>;
  /** Rules of a usual case. */
  applyPreset(preset: PresetId): Promise<string[]>;
  /** What a rule would do. @param instead id of the rule it would replace */
  tryRule(draft: RuleDraft, instead: string | null): Promise<RuleTrial>;
  /** Takes the rules of other products in as the user's own: those that count for the user who is shown. */
  takeRuleFiles(files: readonly RuleFile[]): Promise<RuleFilesTaken>;
  mergeFindings(): Promise<FindingsReport>;
}
