/**
 * The ten pains as layers that hurt, each with what is found and the same layers without the cause. Unit tests and the
 * stories in the browser use the same ones.
 */

import { BUILT_AT } from '../hive-builder.ts';
import { setChecksum } from '../hive-checksum.ts';
import { buildPe } from '../pe-builder.ts';
import { link } from '../sample/parts.ts';
import { ANN, CONFIG, hive, type Paths, PROFILES, store, wim, windows } from './words.ts';

export interface PainLayers {
  readonly os: Uint8Array;
  readonly user: Uint8Array;
}

export interface PainFixture {
  readonly pain: number;
  readonly code: string;
  /** The place that is found, as plans write it. */
  readonly place: string;
  readonly note: string;
  readonly hurts: () => PainLayers;
  readonly healed: () => PainLayers;
  /** Pattern of the rule that the click makes, null when none can help. */
  readonly rule: string | null;
}

const pair = (os: Paths, user: Paths, build?: string): PainLayers => ({
  os: wim('Windows', os, build),
  user: wim('Ann', user),
});

function program(version: readonly [number, number, number, number]): Uint8Array {
  return buildPe({ version, strings: { ProductName: 'Viewer', CompanyName: 'Contoso' }, linkTime: 1_700_000_000 });
}

const VIEWER = 'Program Files\\Contoso\\viewer.exe';
const AGENT = 'Program Files\\Agent\\agent.exe';
const SERVICE = 'ControlSet001\\Services\\Agent';
const DATABASE = 'Users\\ann\\AppData\\Local\\Mail\\mail.db';
const TOKENS = 'Windows\\System32\\spp\\store\\2.0\\tokens.dat';
const DRIVER = 'Windows\\INF\\oem7.inf';
const APP = (version: string) => `Contoso.Notes_${version}_x64__8wekyb3d8bbwe`;
const PACKAGES = 'Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';
const CLASSES = 'Users\\ann\\AppData\\Local\\Microsoft\\Windows\\UsrClass.dat';

const withService = windows({
  system: { [SERVICE]: { ImagePath: `"C:\\${AGENT}" /service`, Start: 2, Type: 16 } },
});

/** One file under two names. */
const shared = (text: string) => ({
  data: new TextEncoder().encode(text),
  attributes: 0x20,
  link: 'shared',
  created: BUILT_AT,
  modified: BUILT_AT,
});

export const PAINS: readonly PainFixture[] = [
  {
    pain: 1,
    code: 'staleUpperBinary',
    place: VIEWER,
    note: '1.8.2.7 < 2.1.0.48',
    hurts: () => pair({ ...windows(), [VIEWER]: program([2, 1, 0, 48]) }, store({ [VIEWER]: program([1, 8, 2, 7]) })),
    healed: () => pair({ ...windows(), [VIEWER]: program([2, 1, 0, 48]) }, store({ [VIEWER]: program([2, 2, 0, 0]) })),
    rule: VIEWER,
  },
  {
    pain: 2,
    code: 'serviceImageMissing',
    place: `HKLM/SYSTEM\\${SERVICE}`,
    note: 'agent.exe',
    hurts: () => pair({ ...withService, [AGENT]: 'agent' }, store({}, [AGENT])),
    healed: () => pair({ ...withService, [AGENT]: 'agent' }, store({})),
    rule: AGENT,
  },
  {
    pain: 3,
    code: 'splitGroup',
    place: DATABASE,
    note: 'sqlite, mail.db-wal',
    hurts: () =>
      pair({ ...windows(), [DATABASE]: 'old', [`${DATABASE}-wal`]: 'log of the old' }, store({ [DATABASE]: 'new' })),
    healed: () =>
      pair(
        { ...windows(), [DATABASE]: 'old', [`${DATABASE}-wal`]: 'log of the old' },
        store({ [DATABASE]: 'new', [`${DATABASE}-wal`]: 'log of the new' }),
      ),
    rule: `${DATABASE}-wal`,
  },
  {
    pain: 4,
    code: 'profileDuplicate',
    place: `HKLM/SOFTWARE\\${PROFILES}\\${ANN}.bak`,
    note: `${ANN}.bak, ${ANN}`,
    hurts: () =>
      pair(windows({ software: { [`${PROFILES}\\${ANN}.bak`]: { ProfileImagePath: 'C:\\Users\\ann' } } }), store({})),
    healed: () => pair(windows(), store({})),
    rule: `HKLM/SOFTWARE\\${PROFILES}\\${ANN}.bak`,
  },
  {
    pain: 5,
    code: 'licenseState',
    place: 'Windows\\System32\\spp\\store',
    note: 'store',
    hurts: () => pair({ ...windows(), [TOKENS]: 'of this machine' }, store({ [TOKENS]: 'of another machine' })),
    healed: () => pair({ ...windows(), [TOKENS]: 'of this machine' }, store({})),
    rule: 'Windows\\System32\\spp\\store',
  },
  {
    pain: 6,
    code: 'driverInUpper',
    place: DRIVER,
    note: 'oem7.inf',
    hurts: () => pair(windows(), store({ [DRIVER]: '[Version]' })),
    healed: () => pair({ ...windows(), [DRIVER]: '[Version]' }, store({})),
    rule: DRIVER,
  },
  {
    pain: 7,
    code: 'storeAppSkew',
    place: `HKU/${ANN}_Classes\\${PACKAGES}\\${APP('1.0.0.0')}`,
    note: '1.0.0.0 \u2260 2.0.0.0',
    hurts: () =>
      pair(
        { ...windows(), [`Program Files\\WindowsApps\\${APP('2.0.0.0')}\\Notes.exe`]: 'notes' },
        store({ [CLASSES]: hive({ [`${PACKAGES}\\${APP('1.0.0.0')}`]: { DisplayName: 'Notes' } }) }),
      ),
    healed: () =>
      pair(
        { ...windows(), [`Program Files\\WindowsApps\\${APP('2.0.0.0')}\\Notes.exe`]: 'notes' },
        store({ [CLASSES]: hive({ [`${PACKAGES}\\${APP('2.0.0.0')}`]: { DisplayName: 'Notes' } }) }),
      ),
    rule: `HKU/${ANN}_Classes\\${PACKAGES}\\${APP('1.0.0.0')}`,
  },
  {
    // the rule that hurts is made by the person: see RULE_THAT_MISSES
    pain: 8,
    code: 'controlSetMismatch',
    place: 'HKLM/SYSTEM\\CurrentControlSet\\Services\\Agent',
    note: 'HKLM/SYSTEM\\CurrentControlSet\\Services\\Agent',
    hurts: () => pair({ ...withService, [AGENT]: 'agent' }, store({})),
    healed: () => pair({ ...withService, [AGENT]: 'agent' }, store({})),
    rule: 'HKLM/SYSTEM\\{ControlSet}\\Services\\Agent',
  },
  {
    pain: 9,
    code: 'whiteoutOfSystemFile',
    place: 'Windows\\System32\\mscms.dll',
    note: 'mscms.dll',
    hurts: () =>
      pair({ ...windows(), 'Windows\\System32\\mscms.dll': 'colours' }, store({}, ['Windows\\System32\\mscms.dll'])),
    healed: () =>
      pair(
        { ...windows(), 'Windows\\System32\\mscms.dll': 'colours', 'Users\\ann\\a.txt': 'a' },
        store({}, ['Users\\ann\\a.txt']),
      ),
    rule: 'Windows\\System32\\mscms.dll',
  },
  {
    pain: 10,
    code: 'hardLinkBroken',
    place: 'Program Files\\Suite\\core.dll',
    note: 'core-v2.dll',
    hurts: () =>
      pair(
        {
          ...windows(),
          'Program Files\\Suite\\core.dll': shared('core'),
          'Program Files\\Suite\\core-v2.dll': shared('core'),
        },
        store({ 'Program Files\\Suite\\core.dll': 'changed' }),
      ),
    healed: () =>
      pair(
        {
          ...windows(),
          'Program Files\\Suite\\core.dll': shared('core'),
          'Program Files\\Suite\\core-v2.dll': shared('core'),
        },
        store({ 'Program Files\\Suite\\more.dll': 'added' }),
      ),
    rule: 'Program Files\\Suite\\core.dll',
  },
];

/** An exclusion as people write it for a running Windows. */
export const RULE_THAT_MISSES = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Agent';

/** A junction in the user layer that leads to another drive. */
export const escaping = (): PainLayers =>
  pair(windows(), store({ 'Users\\ann\\Data': { ...link('Data', 'D:\\Data', BUILT_AT) } }));

/** Marks on what the base does not have; a store made over another base; a boot driver in the layer's own SYSTEM. */
export const otherBase = (): PainLayers =>
  pair(windows(), store({}, ['Windows\\System32\\gone.dll'], '26100.1742'), '26100.2033');

/** Where no rule helps, or a rule is not all: another base, a hive without its log, a path too long, a link broken off. */
export const beyondRules = (): PainLayers => {
  const torn = hive({ Software: { Mine: 'yes' } });
  const view = new DataView(torn.buffer, torn.byteOffset);
  view.setUint32(4, view.getUint32(8, true) + 1, true);
  setChecksum(torn);
  const deep = `ProgramData\\${Array.from({ length: 6 }, (_, i) => `${i} ${'deep '.repeat(9)}folder`).join('\\')}\\report.docx`;
  return pair(
    {
      ...windows(),
      'Program Files\\Suite\\core.dll': shared('core'),
      'Program Files\\Suite\\core-v2.dll': shared('core'),
    },
    store(
      { 'Program Files\\Suite\\core.dll': 'changed', 'Users\\ann\\NTUSER.DAT': torn, [deep]: 'report' },
      ['Windows\\System32\\gone.dll'],
      '26100.1742',
    ),
    '26100.2033',
  );
};

export const bootDriver = (): PainLayers => {
  const service = { 'ControlSet002\\Services\\vpn': { ImagePath: 'System32\\drivers\\vpn.sys', Start: 0, Type: 1 } };
  const system = hive({ Select: { Current: 2 }, ...service });
  return pair(windows({ system: { 'ControlSet001\\Services\\disk': { Start: 0 } } }), {
    [`${CONFIG}\\SYSTEM`]: system,
    'Users\\ann\\notes.txt': 'notes',
  });
};
