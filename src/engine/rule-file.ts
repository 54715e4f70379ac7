/** Rules from a file into a workspace: what `--rules FILE` does. */
import { fail } from '../base/errors.ts';
import { recogniseRules } from '../layer/foreign-rules/read.ts';
import { readRuleFile } from '../layer/rule-file.ts';
import type { RuleDraft } from '../layer/types.ts';
import { layerNames } from './merged-listing.ts';
import type { Workspace } from './workspace/workspace.ts';

/** True for rules of another product: `takeRuleFiles` of the workspace is for them. */
export function recogniseRuleFile(bytes: Uint8Array): boolean {
  return recogniseRules(bytes) !== null;
}

/**
 * Layers in the file are named as in listings and plans: `os`, `app1`, `user`.
 * @throws FormatError that names the place in the file
 */
export async function applyRuleFile(workspace: Workspace, text: string, source: string): Promise<void> {
  const { preset, rules, off, hives } = readRuleFile(text, source);
  const ids = new Map([...layerNames(workspace)].map(([id, name]) => [name, id]));
  // one application layer is `app1`, and `app` for short
  const only = ids.has('app2') ? undefined : ids.get('app1');
  if (only !== undefined) ids.set('app', only);
  const drafts = rules.map((rule, i): RuleDraft => {
    if (rule.layer === undefined) return rule;
    const layer = ids.get(rule.layer);
    if (layer === undefined)
      return fail('InvalidData', source, null, `one of ${[...ids.keys()].join(', ')} at rules[${i}].layer`, rule.layer);
    return { ...rule, layer };
  });
  // what is taken in later comes first: the file's own rules before those of its preset
  if (preset !== null) await workspace.applyPreset(preset);
  if (drafts.length > 0) await workspace.changeRules(drafts, []);
  for (const rule of off) await workspace.setRuleEnabled(rule, false);
  for (const { mount, mode } of hives) await workspace.setHiveMode(mount, mode);
}
