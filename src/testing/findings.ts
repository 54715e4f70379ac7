/** Findings of made layers, for tests: all detectors over columns, with contents as they are described. */
import { expect } from 'vitest';
import type { Severity } from '../base/findings.ts';
import { utf16leBytes } from '../base/utf16.ts';
import { defaultRules } from '../layer/defaults.ts';
import { ruleOf } from '../layer/rule-draft.ts';
import type { Layer, Rule, RuleDraft } from '../layer/types.ts';
import { FileOverlay } from '../overlay/files/overlay.ts';
import { Collector } from '../overlay/findings/collect.ts';
import { DETECTORS } from '../overlay/findings/detectors.ts';
import type { FindingGroup, Known, MergeFinding, PeKnown, Proposal } from '../overlay/findings/types.ts';
import { type LayerAbout, MergeView } from '../overlay/findings/view.ts';
import { RegistryOverlay } from '../overlay/registry/overlay.ts';
import { type KeySpec, textHash } from './chunks.ts';
import { makeNames } from './layers.ts';

const REG_DWORD = 4;

/** The merged trees under the user's rules and the default ones. */
export function mergeAll(layers: readonly Layer[], drafts: readonly RuleDraft[]) {
  const files = new FileOverlay(makeNames);
  const registry = new RegistryOverlay(makeNames);
  const defaults = defaultRules();
  const own = drafts.map((draft, i) => ruleOf(draft, `u${i}`, () => true));
  const rules = { ...defaults, rules: [...own, ...defaults.rules] };
  files.update(layers, rules.rules);
  registry.updateSet(layers, rules);
  return { files, registry, rules, own };
}

/** What all detectors find in made layers, by code. @param about what stores and images say of themselves */
export function look(
  layers: readonly Layer[],
  drafts: readonly RuleDraft[] = [],
  about: ReadonlyMap<string, LayerAbout> = new Map(),
): Map<string, MergeFinding[]> {
  const { files, registry, rules, own } = mergeAll(layers, drafts);
  const hits = (rule: Rule) => {
    const tree = rule.target === 'file' ? files : registry;
    const at = tree.decisions.rules.findIndex(({ source }) => source === rule) + 1;
    return at === 0 ? 0 : tree.resolution.rule.filter((one) => one === at).length;
  };
  const counted = rules.rules.map((rule) => ({ rule, hits: hits(rule), bytes: 0 }));
  const view = new MergeView(files, registry, layers, counted, about);
  const groups: FindingGroup[] = [];
  for (const detector of DETECTORS) {
    const collector = new Collector(detector.pain);
    detector.detect(view, known(), collector);
    groups.push(...collector.groups());
  }
  for (const { code, items } of groups) {
    exercised.add(code);
    for (const item of items) {
      complete(item, layers, own);
      for (const proposal of [item.proposal, item.accept].filter((one) => one !== null))
        offered.push({ layers, drafts, about, said, item, proposal });
      if (item.proposal === null)
        expect(
          WITHOUT_RULE.some(([known, how]) => known === code && how === item.severity),
          code,
        ).toBe(true);
    }
  }
  const byCode = new Map<string, MergeFinding[]>();
  for (const { code, items } of groups) byCode.set(code, [...(byCode.get(code) ?? []), ...items]);
  return byCode;

  function known(): Known {
    return {
      pe: (layer, row) => said.programs.get(files.layers[layer]!.table!.data.size[row]!) ?? null,
      link: () => said.target,
      security: () => said.owner,
      value: ({ hive, row }) => data(layers, hive, row),
    };
  }
}

/** A proposal with all that it was made from. */
export interface Offer {
  readonly layers: readonly Layer[];
  readonly drafts: readonly RuleDraft[];
  readonly about: ReadonlyMap<string, LayerAbout>;
  readonly said: Said;
  readonly item: MergeFinding;
  readonly proposal: Proposal;
}
/** Every proposal that a test of this file has met. */
export const offered: Offer[] = [];

/**
 * Findings that may come without a rule: the detectors say why there is none, the page what to do instead. The tests of
 * the detectors allow no others; that of the page has a sentence for each.
 */
export const WITHOUT_RULE: readonly (readonly [code: string, severity: Severity])[] = [
  ['shortNameClash', 'warning'],
  ['shortNameClash', 'error'],
  ['upcaseCollision', 'warning'],
  ['upcaseDivergence', 'info'],
  ['longestPath', 'info'],
  ['longestPath', 'warning'],
  ['quota', 'warning'],
  ['hiveDirty', 'info'],
  ['hiveDirty', 'warning'],
  ['hiveDirty', 'error'],
  ['wrongBase', 'warning'],
  ['wrongBase', 'error'],
  ['orphanSid', 'warning'],
  ['volumeBoundData', 'info'],
  ['staleWhiteout', 'info'],
  ['reappearIfRemoved', 'info'],
  ['efsOpaque', 'warning'],
  ['needsHydration', 'info'],
  ['opaqueReparse', 'info'],
  ['eaNotPortable', 'info'],
  ['profileDuplicate', 'warning'],
  ['linkEscape', 'warning'],
  ['controlSetMismatch', 'info'],
  ['driverInUpper', 'info'],
  ['bootStartInUpper', 'info'],
  ['danglingRun', 'warning'],
  ['typeChanged', 'info'],
  ['danglingShortPath', 'warning'],
];

/** Codes that some test of this file has brought about. */
export const exercised = new Set<string>();

/** What every finding must say: a sentence, both sides or the one there is, and rules that can be taken in as they are. */
function complete(
  { code, message, evidence, proposal, wider, accept }: MergeFinding,
  layers: readonly Layer[],
  own: readonly Rule[],
) {
  expect(message, code).toMatch(/^[A-Z].*[.]$/);
  expect(evidence.length, code).toBeGreaterThan(0);
  const ids = new Set(layers.map(({ id }) => id));
  for (const { layer } of evidence) expect(layer === null || ids.has(layer), code).toBe(true);
  for (const { add, drop } of [proposal, wider, accept].filter((one) => one !== null)) {
    for (const draft of add) expect(() => ruleOf(draft, 'x', (id) => ids.has(id)), code).not.toThrow();
    for (const id of drop)
      expect(
        own.map((rule) => rule.id),
        code,
      ).toContain(id);
  }
}

/** What contents say beside values: where every link leads, whose every file is, what programs are, by their size. */
export interface Said {
  readonly target: string | null;
  readonly owner: Uint8Array | null;
  readonly programs: ReadonlyMap<number, PeKnown>;
}
let said: Said = { target: null, owner: null, programs: new Map() };
export function setKnown(more: Partial<Said>): void {
  said = { ...said, ...more };
}

/** A descriptor that says whose the file is, and nothing more. */
export function ownedBy(sid: string): Uint8Array {
  const [, , authority = 0, ...parts] = sid.split('-').map(Number);
  const bytes = new Uint8Array(20 + 8 + parts.length * 4);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 0, 0, 0x80]);
  view.setUint32(4, 20, true);
  bytes.set([1, parts.length], 20);
  bytes[27] = authority;
  parts.forEach((part, i) => {
    view.setUint32(28 + i * 4, part, true);
  });
  return bytes;
}
const texts = new Map<number, string>();

/** The made tables keep hashes only: the hash leads back to the text. */
function data(layers: readonly Layer[], hive: string, row: number): Uint8Array | null {
  const table = layers.flatMap((layer) => layer.hives).find(({ key }) => key === hive)!.table;
  const text = texts.get(table.data.values.hashLo[row]!);
  if (text === undefined) return null;
  if (table.data.values.type[row] === REG_DWORD) return new Uint8Array(Uint32Array.of(Number(text)).buffer);
  return utf16leBytes(`${text}\0`);
}

/** `{ 'A\\B': { Name: 'text' } }` -> a key description; its texts are remembered. */
export function keys(paths: Record<string, Record<string, string | number>>): KeySpec {
  interface Made {
    values: Record<string, string | { type: number; data: string }>;
    keys: Record<string, Made>;
  }
  const root: Made = { values: {}, keys: {} };
  for (const [path, values] of Object.entries(paths)) {
    let at = root;
    for (const part of path.split('\\')) {
      at.keys[part] ??= { values: {}, keys: {} };
      at = at.keys[part];
    }
    for (const [name, value] of Object.entries(values)) {
      const text = String(value);
      at.values[name] = typeof value === 'number' ? { type: REG_DWORD, data: text } : text;
      texts.set(textHash(text), text);
    }
  }
  return root;
}

/** The conflict codes of the plan's specification (4.7). */
export const CONFLICT_CODES: readonly string[] = [
  ...['typeConflict', 'staleUpperBinary', 'splitGroup', 'shortNameClash', 'danglingShortPath', 'hardLinkBroken'],
  ...['upcaseCollision', 'caseFlagMismatch', 'linkEscape', 'danglingLink', 'efsOpaque', 'needsHydration'],
  ...['staleWhiteout', 'whiteoutOfSystemFile', 'bootStartInUpper', 'driverInUpper', 'serviceImageMissing'],
  ...['controlSetMismatch', 'typeChanged', 'orphanSid', 'profileDuplicate', 'dpapiBound', 'licenseState'],
  ...['storeAppSkew', 'searchIndexSplit', 'volumeBoundData', 'hiveDirty', 'upperHidesNewer', 'upcaseDivergence'],
  ...['opaqueReparse', 'eaNotPortable', 'quota'],
];
/** What the ten pains add to them. */
export const PAIN_CODES: readonly string[] = [
  ...['danglingUninstall', 'danglingAppPath', 'danglingComServer', 'danglingRun', 'reappearIfRemoved', 'wrongBase'],
  ...['ruleNoEffect', 'ruleForbidden', 'ruleLosesData', 'longestPath'],
];
/** Those that codes.test.ts has cases for; findings.test.ts has the others. */
export const CODES_OF_LAYERS: readonly string[] = [
  ...['staleUpperBinary', 'staleWhiteout', 'whiteoutOfSystemFile', 'bootStartInUpper', 'driverInUpper'],
  ...['serviceImageMissing', 'controlSetMismatch', 'storeAppSkew', 'hiveDirty', 'upcaseDivergence'],
  ...['reappearIfRemoved', 'wrongBase'],
];
export const CODES_OF_COLUMNS: readonly string[] = [...CONFLICT_CODES, ...PAIN_CODES].filter(
  (code) => !CODES_OF_LAYERS.includes(code),
);
