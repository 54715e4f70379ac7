/**
 * Rules for the three usual ways to stack layers, as a start that everybody changes: each is a list of ordinary user rules.
 *
 * - `userDisk`: the machine is thrown away and comes back from its image; the user's disk keeps the profile and nothing of
 *   Windows or of programs.
 * - `roaming`: the user's disk meets another base than the one it was made on: what is bound to a machine or to its
 *   build stays with the base.
 * - `appLayers`: programs come from application layers over one base: copies that user layers have collected do not hide them.
 */
import type { HiveMode, RuleAction, RuleDraft, RuleMatch } from './types.ts';

export type PresetId = 'userDisk' | 'roaming' | 'appLayers';

export interface Preset {
  readonly rules: readonly RuleDraft[];
  readonly hives: readonly { readonly mount: string; readonly mode: HiveMode }[];
}

const file = (p: string, action: RuleAction, kind: RuleMatch['kind'] = 'subtree'): RuleDraft => ({
  target: 'file',
  match: { kind, p },
  action,
});
const key = (p: string, action: RuleAction): RuleDraft => ({
  target: 'key',
  match: { kind: 'subtree', p },
  action,
});

const PROGRAMS = ['%WINDIR%', '%ProgramFiles%', '%ProgramFiles(x86)%'];
const SEARCH = [
  file('%ProgramData%\\Microsoft\\Search\\Data', 'keepLower'),
  key('HKLM\\SOFTWARE\\Microsoft\\Windows Search', 'keepLower'),
];
const CACHES = [
  file('%LOCALAPPDATA%\\Temp', 'exclude', 'children'),
  file('%LOCALAPPDATA%\\Microsoft\\Windows\\INetCache', 'exclude', 'children'),
];
/** Activation and machine keys. */
const MACHINE = [
  file('%WINDIR%\\System32\\spp\\store', 'keepLower'),
  file('%WINDIR%\\System32\\Microsoft\\Protect', 'keepLower'),
  file('%ProgramData%\\Microsoft\\Crypto', 'keepLower'),
  file('%ProgramData%\\Microsoft\\Windows\\ClipSVC', 'keepLower'),
  key('HKLM\\SOFTWARE\\Microsoft\\Cryptography', 'keepLower'),
];

export const PRESETS: Readonly<Record<PresetId, Preset>> = {
  userDisk: {
    rules: [...PROGRAMS.map((p) => file(p, 'keepLower')), key('HKLM\\SOFTWARE', 'keepLower'), ...SEARCH, ...CACHES],
    hives: [],
  },
  roaming: {
    rules: [
      ...MACHINE,
      file('%WINDIR%', 'keepLower'),
      key('HKLM\\SOFTWARE\\Microsoft\\Windows', 'keepLower'),
      key('HKLM\\SOFTWARE\\Microsoft\\Windows NT', 'keepLower'),
      key('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList', 'merge'),
      ...SEARCH,
      ...CACHES,
    ],
    hives: [],
  },
  appLayers: {
    rules: [
      file('%ProgramFiles%', 'keepLower'),
      file('%ProgramFiles(x86)%', 'keepLower'),
      file('%WINDIR%\\System32', 'keepLower'),
      file('%WINDIR%\\SysWOW64', 'keepLower'),
      key('HKLM\\SOFTWARE\\Classes\\CLSID', 'keepLower'),
    ],
    hives: [],
  },
};
