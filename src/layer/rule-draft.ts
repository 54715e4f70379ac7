/**
 * Rules as people write them -> rules as plans mean them.
 *
 *     C:\ProgramData\X, %ProgramData%\X, \\?\C:\ProgramData\X      ProgramData\X
 *     %USERPROFILE%\X, %APPDATA%\X, %LOCALAPPDATA%\X               Users\*\X: every user's
 *     HKEY_LOCAL_MACHINE\SOFTWARE\X, HKLM:\SOFTWARE\X              HKLM/SOFTWARE\X
 *     HKCU\Software\X                                             HKU/*\Software\X: every user's
 *
 * No name of Windows holds `*` or `?`, so a subtree of a pattern with them is a glob: `Users\*\X` with all below it is
 * `Users\*\X\**`. Plans know four kinds of match and no tokens but `{ControlSet}`.
 */
import { fail } from '../base/errors.ts';
import type { Rule, RuleAction, RuleDraft, RuleMatch } from './types.ts';

export const RULE_ACTIONS: readonly RuleAction[] = [
  'merge',
  'exclude',
  'keepLower',
  'redirect',
  'hide',
  'passthrough',
  'readOnly',
  'mapSid',
];
export const RULE_KINDS: readonly RuleMatch['kind'][] = ['exact', 'subtree', 'children', 'glob'];

/** Rules a plan may hold, and components one pattern may have. */
export const MAX_RULES = 4096;
const MAX_COMPONENTS = 30;
const MAX_TEXT = 32_767;

const TOKENS: Readonly<Record<string, string>> = {
  SYSTEMDRIVE: '',
  SYSTEMROOT: 'Windows',
  WINDIR: 'Windows',
  PROGRAMFILES: 'Program Files',
  PROGRAMW6432: 'Program Files',
  'PROGRAMFILES(X86)': 'Program Files (x86)',
  COMMONPROGRAMFILES: 'Program Files\\Common Files',
  'COMMONPROGRAMFILES(X86)': 'Program Files (x86)\\Common Files',
  PROGRAMDATA: 'ProgramData',
  ALLUSERSPROFILE: 'ProgramData',
  PUBLIC: 'Users\\Public',
  USERPROFILE: 'Users\\*',
  APPDATA: 'Users\\*\\AppData\\Roaming',
  LOCALAPPDATA: 'Users\\*\\AppData\\Local',
  TEMP: 'Users\\*\\AppData\\Local\\Temp',
  TMP: 'Users\\*\\AppData\\Local\\Temp',
};
/** What a rule may say in place of a folder, for the page. */
export const FILE_TOKENS: readonly string[] = [
  '%WINDIR%',
  '%ProgramFiles%',
  '%ProgramFiles(x86)%',
  '%ProgramData%',
  '%USERPROFILE%',
  '%APPDATA%',
  '%LOCALAPPDATA%',
];

/** An account of a machine or a domain, or of Entra; others mean the same everywhere. */
const SID = /^S-1-(?:5-21|12-1)(?:-\d{1,10}){1,14}$/i;
const ACCOUNT = /^HKU\/S-1-(?:5-21|12-1)(?:-\d{1,10}){1,14}$/i;

const bad = (expected: string, actual: string) => fail('InvalidArgument', 'rule', null, expected, actual);

/**
 * A rule of the user's, checked and in the spelling of plans.
 * @param isLayer whether an id names a layer, for `redirect`
 * @throws FormatError InvalidArgument with what is wrong
 */
export function ruleOf(draft: RuleDraft, id: string, isLayer: (id: string) => boolean): Rule {
  const { target, action, layer, value, sid, to } = draft;
  if (target !== 'file' && target !== 'key') bad('target "file" or "key"', String(target));
  if (!RULE_ACTIONS.includes(action)) bad(`an action: ${RULE_ACTIONS.join(', ')}`, String(action));
  if (action === 'redirect' && to === undefined && (layer === undefined || !isLayer(layer)))
    bad('a layer to redirect to', layer ?? 'none');
  const match = normalMatch(target, draft.match);
  if (value !== undefined && !(target === 'key' && action === 'hide' && match.kind === 'exact'))
    bad('a value of exactly one key that is hidden', `${action} ${match.kind} ${target}`);
  if ((action === 'mapSid') !== (sid !== undefined)) bad('a SID for mapSid, and for nothing else', String(sid));
  if (sid !== undefined && !(target === 'key' && match.kind === 'exact' && ACCOUNT.test(match.p) && SID.test(sid)))
    bad('HKU\\<SID> of an account, and the SID it has in the base', `${match.p}, ${sid}`);
  if (
    to !== undefined &&
    !(target === 'file' && action === 'redirect' && match.kind === 'exact' && layer === undefined)
  )
    bad('a path whose content one file or folder shows', `${action} ${match.kind} ${target}`);
  const base = { id, target, match, action, origin: 'user', enabled: true } as const;
  const more = { ...(value === undefined ? {} : { value }), ...(sid === undefined ? {} : { sid }) };
  if (to !== undefined) return { ...base, to: normalMatch('file', { kind: 'exact', p: to }).p };
  return action === 'redirect' ? { ...base, layer: layer! } : { ...base, ...more };
}

/** @throws FormatError InvalidArgument */
export function normalMatch(target: Rule['target'], { kind, p }: RuleMatch): RuleMatch {
  if (!RULE_KINDS.includes(kind)) bad(`a kind of match: ${RULE_KINDS.join(', ')}`, String(kind));
  if (typeof p !== 'string' || p.length > MAX_TEXT) bad('a path', typeof p);
  const path = target === 'file' ? filePattern(p.trim()) : keyPattern(p.trim());
  const parts = path.split('\\').filter((part) => part !== '');
  const wild = kind !== 'glob' && parts.some((part) => /[*?]/.test(part));
  const more = !wild || kind === 'exact' ? [] : kind === 'subtree' ? ['**'] : ['*', '**'];
  const all = [...parts, ...more];
  if (all.length > MAX_COMPONENTS) bad(`at most ${MAX_COMPONENTS} components`, String(all.length));
  return { kind: wild ? 'glob' : kind, p: all.join('\\') };
}

function filePattern(text: string): string {
  let path = text
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('/', '\\')
    .replace(/^\\\\[?.]\\|^\\\?\?\\/, '');
  const token = /^%([^%]*)%/.exec(path);
  if (token !== null) {
    const value = TOKENS[token[1]!.toUpperCase()];
    if (value === undefined) bad(`one of ${FILE_TOKENS.join(', ')}`, token[0]);
    path = value + path.slice(token[0].length);
  }
  if (path.startsWith('\\\\')) bad('a path on the merged volume', path);
  path = path.replace(/^c:(?=\\|$)/i, '');
  const broken = path.split('\\').find((part) => /["<>|:]/.test(part) || part === '.' || part === '..');
  if (broken !== undefined) bad('names without " < > | : and without . or ..', broken);
  return path;
}

const HIVES: Readonly<Record<string, string>> = {
  HKLM: 'HKLM',
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKU: 'HKU',
  HKEY_USERS: 'HKU',
};

function keyPattern(text: string): string {
  let path = text
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^Computer\\/i, '')
    .replace(/^Registry::/i, '')
    .replace(/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM')
    .replace(/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU')
    .replace(/^(HKCU|HKEY_CURRENT_USER):?(?=[\\/]|$)/i, 'HKU/*');
  const root = /^([A-Za-z_]+):?([\\/]|$)/.exec(path);
  const hive = root === null ? undefined : HIVES[root[1]!.toUpperCase()];
  if (root === null || hive === undefined) return bad('a key of HKLM, HKU or HKCU', text === '' ? 'nothing' : text);
  path = path.slice(root[0].length).replace(/^\\+/, '');
  if (path === '') bad('a hive: HKLM\\SOFTWARE, HKCU ...', text);
  return `${hive}/${path}`;
}

/** The place of a rule and what of it is meant, or is shown there, for people. */
export function rulePlace({ p, value, sid, to }: { readonly p: string } & Pick<Rule, 'value' | 'sid' | 'to'>): string {
  if (value !== undefined) return `${p} : ${value || '(Default)'}`;
  const there = to ?? sid;
  return there === undefined ? p : `${p} \u2192 ${there}`;
}
