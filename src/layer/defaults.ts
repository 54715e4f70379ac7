/**
 * The rules everybody starts with (merge-semantics 1.2, 2.1, 6b.1): visible in the page and the plan, each with its switch.
 * The never-merge list is `builtin` (nothing outranks it), the rest is `default` (any user rule as specific comes first).
 */
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { HiveRule, Layer, Rule, RuleAction, RuleMatch, RuleOrigin, RuleSet } from './types.ts';

type Kind = RuleMatch['kind'];

const CONFIG = 'Windows\\System32\\config';
const HIVE_FILES = [
  'SYSTEM',
  'SOFTWARE',
  'SAM',
  'SECURITY',
  'DEFAULT',
  'COMPONENTS',
  'DRIVERS',
  'ELAM',
  'BBI',
  'BCD-Template',
];

/** Paging and crash files, NTFS's own files, boot files, the machine's hives: always the base layer's. */
const NEVER_MERGE: readonly (readonly [Kind, string])[] = [
  ...['pagefile.sys', 'swapfile.sys', 'hiberfil.sys', 'bootmgr', 'BOOTNXT'].map((p) => ['exact', p] as const),
  ['glob', 'DumpStack.log*'],
  ['exact', 'Windows\\MEMORY.DMP'],
  ['subtree', 'Windows\\Minidump'],
  ...['$MFT', '$MFTMirr', '$LogFile', '$Volume', '$AttrDef', '$Bitmap', '$Boot', '$BadClus', '$Secure', '$UpCase'].map(
    (p) => ['exact', p] as const,
  ),
  ...['$Extend', 'System Volume Information', '$Recycle.Bin', 'Boot', 'EFI', 'Recovery'].map(
    (p) => ['subtree', p] as const,
  ),
  ['exact', 'Windows\\bootstat.dat'],
  ...HIVE_FILES.map((name) => ['exact', `${CONFIG}\\${name}`] as const),
  ...['*.LOG', '*.LOG?', '*.blf', '*.regtrans-ms'].map((p) => ['glob', `${CONFIG}\\${p}`] as const),
];

const PASSTHROUGH: readonly string[] = [
  'Windows\\WinSxS',
  'Windows\\servicing',
  'Windows\\System32\\DriverStore',
  'Windows\\System32\\drivers',
  'Windows\\CSC',
  'Windows\\System32\\catroot',
  'Windows\\System32\\catroot2',
  'Program Files\\WindowsApps',
  'ProgramData\\Microsoft\\Windows\\AppRepository',
];

/** Parts of SOFTWARE that describe this one machine and its packages. */
const SOFTWARE_KEYS: readonly string[] = [
  'Microsoft\\Windows\\CurrentVersion\\Component Based Servicing',
  'Microsoft\\Windows\\CurrentVersion\\SideBySide',
  'Microsoft\\Windows\\CurrentVersion\\Appx',
  'Microsoft\\Windows\\CurrentVersion\\AppModel',
  'Classes\\Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel',
  'Microsoft\\Windows NT\\CurrentVersion\\ProfileList',
  'Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform',
  'Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache',
];

const HIVES: readonly (readonly [mount: string, mode: HiveRule['mode']])[] = [
  ['HKLM/SYSTEM', 'baseOnly'],
  ['HKLM/SOFTWARE', 'merge'],
  ['HKLM/SAM', 'baseOnly'],
  ['HKLM/SECURITY', 'baseOnly'],
  ['HKU/.DEFAULT', 'baseOnly'],
  ['HKLM/COMPONENTS', 'baseOnly'],
  ['HKLM/DRIVERS', 'baseOnly'],
  ['HKLM/BCD0000000*', 'baseOnly'],
  ['HKLM/Amcache', 'baseOnly'],
  ['HKLM/ELAM', 'baseOnly'],
  ['HKLM/BBI', 'baseOnly'],
  ['HKLM/HARDWARE', 'never'],
  ['HKU/*', 'merge'],
];

function fileRule(id: string, kind: Kind, p: string, action: RuleAction, origin: RuleOrigin): Rule {
  return { id, target: 'file', match: { kind, p }, action, origin, enabled: true };
}

/**
 * The default rule layer. User hives are `merge` here: whether a profile disk's whole hive should `replace` the base's is
 * something only the person knows, and a delta would lose everything by it.
 */
export function defaultRules(): RuleSet {
  return {
    rules: [
      ...NEVER_MERGE.map(([kind, p], i) => fileRule(`never-${i + 1}`, kind, p, 'passthrough', 'builtin')),
      fileRule('internal-1', 'subtree', '.layer', 'hide', 'builtin'),
      fileRule('together', 'glob', '**', 'together', 'default'),
      ...PASSTHROUGH.map((p, i) => fileRule(`pass-${i + 1}`, 'subtree', p, 'passthrough', 'default')),
      ...SOFTWARE_KEYS.map((p, i): Rule => {
        const match = { kind: 'subtree', p: `HKLM/SOFTWARE\\${p}` } as const;
        return { id: `key-${i + 1}`, target: 'key', match, action: 'passthrough', origin: 'default', enabled: true };
      }),
    ],
    hives: HIVES.map(([mount, mode], i) => ({
      id: `hive-${i + 1}`,
      mount,
      mode,
      allow: [],
      origin: mode === 'never' ? 'builtin' : 'default',
      enabled: true,
    })),
  };
}

/** The user's rules before the defaults: at equal specificity the earlier rule wins. */
export function withDefaults(user: RuleSet): RuleSet {
  const defaults = defaultRules();
  return { rules: [...user.rules, ...defaults.rules], hives: [...user.hives, ...defaults.hives] };
}

/**
 * The rule for a mount among these layers. A base that is one hive by itself says nothing of the others: a SAM that was dropped
 * beside a SYSTEM is shown, unless somebody has said that only the base counts.
 * @param layers base first
 */
export function hiveRuleAmong(mount: string, rules: readonly HiveRule[], layers: readonly Layer[]): HiveRule | null {
  const rule = hiveRule(mount, rules);
  const base = layers[0];
  if (rule === null || base === undefined || rule.mode !== 'baseOnly' || rule.origin !== 'default') return rule;
  const upcase = windowsUpcase();
  const has = base.hives.some((hive) => foldText(hive.mount, upcase) === foldText(mount, upcase));
  return base.tree === null && !has ? { ...rule, mode: 'merge' } : rule;
}

/** The first enabled hive rule that fits a mount; `merge` when none does. */
export function hiveRule(mount: string, rules: readonly HiveRule[]): HiveRule | null {
  // what somebody says of a user's hive holds for the user's classes: they are one profile
  if (/^HKU\/.+_Classes$/i.test(mount)) {
    const twin = rules.find(
      (rule) => rule.enabled && rule.origin === 'user' && mountFits(rule.mount, mount.slice(0, -8)),
    );
    const own = rules.find((rule) => rule.enabled && rule.origin === 'user' && mountFits(rule.mount, mount));
    if (own === undefined && twin !== undefined) return twin;
  }
  return rules.find((rule) => rule.enabled && mountFits(rule.mount, mount)) ?? null;
}

function mountFits(pattern: string, mount: string): boolean {
  const upcase = windowsUpcase();
  const [wanted, have] = [foldText(pattern, upcase), foldText(mount, upcase)];
  return wanted.endsWith('*') ? have.startsWith(wanted.slice(0, -1)) : wanted === have;
}
