/**
 * Rules in a file, for the command line and for whoever keeps them beside the images. JSON:
 *
 *     {
 *       "format": "stratascope-rules", "version": 1,
 *       "preset": "userDisk" | "roaming" | "appLayers",                                optional: its rules come after these
 *       "rules": [ { "target": "file" | "key",
 *                    "match": { "kind": "exact" | "subtree" | "children" | "glob", "p": "%APPDATA%\\X" },
 *                    "action": "merge" | "exclude" | "keepLower" | "redirect" | "hide" | "passthrough" | "readOnly" | "mapSid",
 *                    "layer": "os",                                                    optional, for redirect: os, app1, user ...
 *                    "to": "C:\\X",                                                optional, for redirect of a path: what is shown there
 *                    "value": "Name",                                                  optional, for hide: one value of the key
 *                    "sid": "S-1-5-21-..." } ],                                        for mapSid of HKU\\<SID>: its SID in the base
 *       "off": [ "pass-4" ],                                                           optional: default rules to switch off
 *       "hives": [ { "mount": "HKU/*", "mode": "merge" | "baseOnly" | "replace" } ]    optional
 *     }
 *
 * Earlier rules win among equally specific ones. Paths are written as in rule-draft.ts; the schema for editors is
 * `public/rules.schema.json`. Unknown fields are refused: a misspelt one would silently not count.
 */
import { fail } from '../base/errors.ts';
import { MAX_RULES, RULE_ACTIONS, RULE_KINDS } from './rule-draft.ts';
import { PRESETS, type PresetId } from './rule-presets.ts';
import type { HiveMode, RuleDraft } from './types.ts';

export interface RuleFile {
  readonly preset: PresetId | null;
  readonly rules: readonly RuleDraft[];
  readonly off: readonly string[];
  readonly hives: readonly { readonly mount: string; readonly mode: HiveMode }[];
}

export const RULE_FILE_FORMAT = 'stratascope-rules';
const MODES: readonly HiveMode[] = ['merge', 'baseOnly', 'replace'];

/** What stands there in a few words: the file may nest without end. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}

type Json = Readonly<Record<string, unknown>>;

/** @throws FormatError InvalidData that names the place: `rules[3].match.kind` */
export function readRuleFile(text: string, source: string): RuleFile {
  const bad = (place: string, expected: string, actual: unknown): never =>
    fail('InvalidData', source, null, `${expected} at ${place}`, shown(actual));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail('InvalidData', source, null, 'JSON', error instanceof Error ? error.message : 'other text');
  }
  const object = (value: unknown, place: string, fields: readonly string[]): Json => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(place, 'an object', value);
    const strange = Object.keys(value).find((key) => !fields.includes(key));
    return strange === undefined ? (value as Json) : bad(place, `only ${fields.join(', ')}`, strange);
  };
  const oneOf = <T extends string>(value: unknown, place: string, list: readonly T[]): T =>
    list.includes(value as T) ? (value as T) : bad(place, `one of ${list.join(', ')}`, value);
  const text1 = (value: unknown, place: string): string =>
    typeof value === 'string' ? value : bad(place, 'text', value);
  const array = (value: unknown, place: string): readonly unknown[] =>
    value === undefined ? [] : Array.isArray(value) ? value : bad(place, 'a list', value);

  const root = object(json, 'the file', ['$schema', 'format', 'version', 'preset', 'rules', 'off', 'hives']);
  if (root['format'] !== RULE_FILE_FORMAT) bad('format', JSON.stringify(RULE_FILE_FORMAT), root['format']);
  if (root['version'] !== 1) bad('version', '1', root['version']);
  const rules = array(root['rules'], 'rules');
  if (rules.length > MAX_RULES) bad('rules', `at most ${MAX_RULES} rules`, rules.length);
  return {
    preset: root['preset'] === undefined ? null : oneOf(root['preset'], 'preset', Object.keys(PRESETS) as PresetId[]),
    rules: rules.map((value, i): RuleDraft => {
      const place = `rules[${i}]`;
      const rule = object(value, place, ['target', 'match', 'action', 'layer', 'value', 'sid', 'to']);
      const match = object(rule['match'], `${place}.match`, ['kind', 'p']);
      return {
        target: oneOf(rule['target'], `${place}.target`, ['file', 'key']),
        match: {
          kind: oneOf(match['kind'], `${place}.match.kind`, RULE_KINDS),
          p: text1(match['p'], `${place}.match.p`),
        },
        action: oneOf(rule['action'], `${place}.action`, RULE_ACTIONS),
        ...(rule['layer'] === undefined ? {} : { layer: text1(rule['layer'], `${place}.layer`) }),
        ...(rule['value'] === undefined ? {} : { value: text1(rule['value'], `${place}.value`) }),
        ...(rule['sid'] === undefined ? {} : { sid: text1(rule['sid'], `${place}.sid`) }),
        ...(rule['to'] === undefined ? {} : { to: text1(rule['to'], `${place}.to`) }),
      };
    }),
    off: array(root['off'], 'off').map((value, i) => text1(value, `off[${i}]`)),
    hives: array(root['hives'], 'hives').map((value, i) => {
      const hive = object(value, `hives[${i}]`, ['mount', 'mode']);
      return {
        mount: text1(hive['mount'], `hives[${i}].mount`),
        mode: oneOf(hive['mode'], `hives[${i}].mode`, MODES),
      };
    }),
  };
}
