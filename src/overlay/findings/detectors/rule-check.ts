/**
 * Pain 8: exclusions and redirections that are wrong. A dry run of each rule: what it hits, whether it hits anything, what a
 * person would lose by it, and whether it aims at what must never be aimed at.
 */
import { splitPath } from '../../../index/path.ts';
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import type { Rule } from '../../../layer/types.ts';
import { EntryKind, Seen } from '../../types.ts';
import type { Detector, Evidence, Sink } from '../types.ts';
import { dropping, type MergeView, type RuleHits } from '../view.ts';

/** What no exclusion may take as a whole; Microsoft's own list for its write filter, and the boot volume's root. */
const FORBIDDEN = [
  '',
  'Windows',
  'Windows\\System32',
  'Windows\\System32\\drivers',
  'Windows\\System32\\config',
  'Windows\\bootstat.dat',
  'pagefile.sys',
  'hiberfil.sys',
  'swapfile.sys',
  'Users',
];
const FORBIDDEN_KEYS = ['HKLM/SYSTEM', 'HKLM/SAM', 'HKLM/SECURITY', 'HKLM/SOFTWARE', 'HKLM/SOFTWARE\\Microsoft'];
/** Actions that take something out of the view. */
const TAKING: ReadonlySet<Rule['action']> = new Set(['exclude', 'hide', 'redirect']);
const fold = (text: string) => foldText(text, windowsUpcase());

/** The place a rule aims at as a whole, when it is one that must be left alone. */
export function forbiddenTarget({
  target,
  match,
  action,
  value,
}: Pick<Rule, 'target' | 'match' | 'action' | 'value'>): string | null {
  if (!TAKING.has(action) || value !== undefined) return null;
  const p = fold(match.p.replace(/(\\\*\*)+$/, '').replace(/^\*\*$/, ''));
  const list = target === 'file' ? FORBIDDEN : FORBIDDEN_KEYS;
  if (target === 'file' && /(^|\\)NTUSER\.DAT$/.test(p)) return match.p;
  return list.find((one) => fold(one) === p) ?? null;
}

function side(rule: Rule, hits: number, bytes: number): Evidence {
  const path = rule.match.p === '' ? '**' : rule.match.p;
  const facts = { rule: rule.id, action: rule.action, items: String(hits), size: String(bytes) };
  return { layer: rule.layer ?? null, role: hits === 0 ? 'missing' : 'wins', path, facts };
}

export const ruleCheck: Detector = {
  id: 'ruleCheck',
  pain: 8,
  detect(view, _known, sink) {
    for (const counted of view.rules) {
      const { rule } = counted;
      if (rule.origin !== 'user' || !rule.enabled) continue;
      if (rule.target === 'key' && counted.hits === 0 && LIVE_SET.test(rule.match.p)) liveSet(sink, rule);
      else checkRule(view, sink, counted);
    }
  },
};

/** `CurrentControlSet` is a link that the boot makes: offline there are only numbered sets. */
const LIVE_SET = /^(HKLM\/SYSTEM\\)CurrentControlSet(?=\\|$)/i;

function liveSet(sink: Sink, rule: Rule): void {
  const p = rule.match.p.replace(LIVE_SET, '$1{ControlSet}');
  const one = rule.value === undefined ? {} : { value: rule.value };
  const draft = { target: rule.target, match: { ...rule.match, p }, action: rule.action, ...one };
  sink.add({
    code: 'controlSetMismatch',
    severity: 'warning',
    message: 'CurrentControlSet is a link that exists only in a running Windows: the rule has no effect.',
    path: null,
    place: rule.match.p,
    note: rule.match.p,
    evidence: [side(rule, 0, 0)],
    proposal: { add: [rule.layer === undefined ? draft : { ...draft, layer: rule.layer }], drop: [rule.id] },
  });
}

function checkRule(view: MergeView, sink: Sink, { rule, hits, bytes }: RuleHits): void {
  const place = rule.match.p;
  const about = { path: null, place, note: place === '' ? '**' : place, proposal: dropping(rule.id) };
  const forbidden = forbiddenTarget(rule);
  if (forbidden !== null)
    sink.add({
      ...about,
      code: 'ruleForbidden',
      severity: 'error',
      message: 'The rule takes away what Windows needs as a whole: the guest would not start or sign in.',
      evidence: [side(rule, hits, bytes)],
    });
  else if (hits === 0 || showsNothing(view, rule))
    sink.add({
      ...about,
      code: 'ruleNoEffect',
      severity: 'warning',
      message: 'The rule decides nothing: its path does not exist, or another rule always comes first.',
      evidence: [side(rule, hits, bytes)],
    });
  else if (TAKING.has(rule.action)) loss(view, sink, rule, hits, bytes);
}

/** A path that is to show what is nowhere. */
function showsNothing({ files }: MergeView, { to, match }: Rule): boolean {
  if (to === undefined) return false;
  const node = files.find(splitPath(match.p));
  return node < 0 || !files.visible(node);
}

/** Files of user layers that a rule leaves out and no other layer has: gone at the next sign-out. */
function loss(view: MergeView, sink: Sink, rule: Rule, hits: number, bytes: number): void {
  if (rule.target !== 'file') return;
  const { files } = view;
  const at = files.decisions.rules.findIndex(({ source }) => source.id === rule.id) + 1;
  if (at === 0 || files.decisions.rules[at - 1]!.seen === Seen.all) return;
  const { union, order, rule: decided } = files.resolution;
  const lost: number[] = [];
  let size = 0;
  let count = 0;
  for (let node = 1; node < union.count; node++) {
    if (decided[node] !== at || files.visible(node)) continue;
    const owner = order.findLast((layer) => {
      const row = union.slots[layer]![node]!;
      const table = files.layers[layer]!.table;
      return row >= 0 && table !== null && row < table.count && files.layers[layer]!.kind[row] === EntryKind.leaf;
    });
    if (owner === undefined || view.role(files, owner) !== 'user') continue;
    count++;
    size += files.layers[owner]!.table!.data.size[union.slots[owner]![node]!]!;
    if (lost.length < 5) lost.push(node);
  }
  if (count === 0) return;
  sink.add({
    code: 'ruleLosesData',
    severity: 'warning',
    message: 'The rule leaves out files that only the user layer has: whoever relies on it loses them.',
    path: view.filePath(lost[0]!),
    place: rule.match.p,
    note: `${count}`,
    evidence: [
      {
        ...side(rule, hits, bytes),
        facts: { ...side(rule, hits, bytes).facts, lost: String(count), size: String(size) },
      },
      ...lost.flatMap((node) => view.sides(node)),
    ],
    proposal: dropping(rule.id),
  });
}
