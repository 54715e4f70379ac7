/** The hives of the sample: a small Windows in the OS layer, what Ann's machine changed in the user layer. */
import { buildHive, dword, type HiveOptions, type KeySpec, multiSz, sz, type ValueSpec } from '../hive-builder.ts';
import { OS_TIME, USER_TIME } from './times.ts';

const REG_SZ = 1;
const REG_EXPAND_SZ = 2;
const REG_BINARY = 3;
const REG_DWORD = 4;
const REG_LINK = 6;
const REG_MULTI_SZ = 7;

const text = (name: string, value: string): ValueSpec => ({ name, type: REG_SZ, data: sz(value) });
const path = (name: string, value: string): ValueSpec => ({ name, type: REG_EXPAND_SZ, data: sz(value) });
const number = (name: string, value: number): ValueSpec => ({ name, type: REG_DWORD, data: dword(value) });
const list = (name: string, value: readonly string[]): ValueSpec => ({
  name,
  type: REG_MULTI_SZ,
  data: multiSz(value),
});

/** `a\b\c` as nested keys around what stands at the end. */
function under(names: string, inner: Omit<KeySpec, 'name'>, about: Omit<KeySpec, 'name' | 'keys'> = {}): KeySpec {
  const [name = '', ...rest] = names.split('\\');
  return rest.length === 0 ? { ...inner, name } : { ...about, name, keys: [under(rest.join('\\'), inner, about)] };
}

export const ANN_SID = 'S-1-5-21-1004336348-1177238915-682003330-1001';

const os: HiveOptions = { minor: 5, lastWrite: OS_TIME };
/** Keys of a delta that only lead to changes keep class and security of the layer below. */
const chain = { inheritClass: true, lastWrite: USER_TIME } as const;
const delta: HiveOptions = { minor: 6, layered: true, lastWrite: USER_TIME };

const service = (name: string, start: number, image: string): KeySpec => ({
  name,
  values: [
    number('Start', start),
    number('Type', start < 2 ? 1 : 16),
    path('ImagePath', image),
    text('DisplayName', name),
  ],
});

export function osSystem(): Uint8Array {
  return buildHive(
    {
      name: 'ROOT',
      keys: [
        {
          name: 'ControlSet001',
          keys: [
            {
              name: 'Control',
              values: [text('CurrentUser', 'USERNAME'), list('PreshutdownOrder', ['wuauserv', 'gpsvc'])],
              keys: [under('ComputerName\\ComputerName', { values: [text('ComputerName', 'W11-POOL')] })],
            },
            {
              name: 'Services',
              keys: [
                service('disk', 0, 'System32\\drivers\\disk.sys'),
                service('Ntfs', 1, 'System32\\drivers\\ntfs.sys'),
                service('Spooler', 2, '%SystemRoot%\\System32\\spoolsv.exe'),
              ],
            },
          ],
        },
        {
          name: 'Select',
          values: [number('Current', 1), number('Default', 1), number('Failed', 0), number('LastKnownGood', 1)],
        },
        {
          name: 'MountedDevices',
          values: [{ name: '\\DosDevices\\C:', type: REG_BINARY, data: Uint8Array.of(0x44, 0x4d, 0x49, 0x4f) }],
        },
      ],
    },
    { ...os, fileName: 'SYSTEM' },
  );
}

export function osSoftware(): Uint8Array {
  return buildHive(
    {
      name: 'ROOT',
      keys: [
        {
          name: 'Contoso',
          keys: [
            {
              name: 'Viewer',
              values: [
                text('Version', '2.1.0'),
                text('InstallDir', 'C:\\Program Files\\Contoso\\Viewer'),
                number('RenderThreads', 8),
                number('HardwareDecoding', 1),
              ],
              keys: [
                { name: 'Telemetry', values: [number('Enabled', 1), text('Server', 'telemetry.contoso.test')] },
                { name: 'Codecs', values: [text('', 'render.dll'), list('Order', ['av1', 'hevc', 'h264'])] },
              ],
            },
          ],
        },
        {
          name: 'Microsoft',
          keys: [
            {
              name: 'Windows',
              keys: [
                {
                  name: 'CurrentVersion',
                  values: [path('ProgramFilesPath', '%ProgramFiles%')],
                  keys: [
                    { name: 'Run', values: [text('SecurityHealth', '%windir%\\system32\\SecurityHealthSystray.exe')] },
                    { name: 'Uninstall' },
                  ],
                },
              ],
            },
            {
              name: 'Windows NT',
              keys: [
                {
                  name: 'CurrentVersion',
                  values: [
                    text('ProductName', 'Windows 11 Enterprise'),
                    text('CurrentBuild', '26100'),
                    number('UBR', 2033),
                    text('EditionID', 'Enterprise'),
                  ],
                  keys: [
                    {
                      name: 'ProfileList',
                      keys: [
                        { name: ANN_SID, values: [path('ProfileImagePath', 'C:\\Users\\ann'), number('State', 0)] },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
        { name: 'Classes', keys: [{ name: '.cvw', values: [text('', 'Contoso.Viewer')] }] },
        {
          name: 'Wow6432Node',
          keys: [
            {
              name: 'Classes',
              symlink: true,
              values: [
                {
                  name: 'SymbolicLinkValue',
                  type: REG_LINK,
                  data: sz('\\REGISTRY\\MACHINE\\SOFTWARE\\Classes').subarray(0, -2),
                },
              ],
            },
          ],
        },
      ],
    },
    { ...os, fileName: 'SOFTWARE' },
  );
}

export function osSam(): Uint8Array {
  return buildHive(
    {
      name: 'ROOT',
      keys: [under('SAM\\Domains\\Account\\Users\\Names', { keys: [{ name: 'Administrator' }, { name: 'ann' }] })],
    },
    { ...os, fileName: 'SAM' },
  );
}

export function osSecurity(): Uint8Array {
  return buildHive(
    {
      name: 'ROOT',
      keys: [under('Policy\\PolAdtEv', { values: [{ name: '', type: REG_BINARY, data: new Uint8Array(8) }] })],
    },
    { ...os, fileName: 'SECURITY' },
  );
}

export function osDefault(): Uint8Array {
  return buildHive(
    { name: 'ROOT', keys: [under('Control Panel\\Desktop', { values: [text('Wallpaper', '')] })] },
    { ...os, fileName: 'DEFAULT' },
  );
}

/** Ann's profile as the OS image carries it. */
export function osNtUser(): Uint8Array {
  return buildHive(
    {
      name: 'ROOT',
      keys: [
        under('Control Panel\\Desktop', {
          values: [text('Wallpaper', 'C:\\Windows\\Web\\Wallpaper\\img0.jpg'), text('ScreenSaveActive', '1')],
        }),
        under('Software\\Microsoft\\Windows\\CurrentVersion\\Run', {
          values: [text('OneDrive', '"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe" /background')],
        }),
      ],
    },
    { ...os, fileName: '\\Users\\ann\\ntuser.dat' },
  );
}

/** What the user layer changed below HKLM\SOFTWARE: a value, a new key, a tombstone key, a tombstone value. */
export function userSoftware(): Uint8Array {
  return buildHive(
    {
      ...chain,
      name: 'ROOT',
      keys: [
        {
          ...chain,
          name: 'Contoso',
          keys: [
            {
              ...chain,
              name: 'Viewer',
              values: [number('RenderThreads', 2), { name: 'HardwareDecoding', tombstone: true }],
              keys: [
                { name: 'Telemetry', layerKind: 1 },
                { name: 'Plugins', lastWrite: USER_TIME, values: [text('pdf', 'plugins\\pdf.dll')] },
                {
                  name: 'Codecs',
                  layerKind: 3,
                  lastWrite: USER_TIME,
                  values: [text('', 'render.dll'), list('Order', ['h264'])],
                },
              ],
            },
          ],
        },
        {
          ...chain,
          name: 'Microsoft',
          keys: [
            {
              ...chain,
              name: 'Windows',
              keys: [
                {
                  ...chain,
                  name: 'CurrentVersion',
                  keys: [
                    {
                      ...chain,
                      name: 'Run',
                      values: [text('ContosoUpdater', '"C:\\Program Files\\Contoso\\Viewer\\updater.exe" /silent')],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
    { ...delta, fileName: 'HKLM_SOFTWARE' },
  );
}

export function userNtUser(): Uint8Array {
  return buildHive(
    {
      ...chain,
      name: 'ROOT',
      keys: [
        under(
          'Control Panel\\Desktop',
          { ...chain, values: [text('Wallpaper', 'C:\\Users\\ann\\Pictures\\lake.jpg')] },
          chain,
        ),
        under(
          'Software\\Microsoft\\Windows\\CurrentVersion\\Run',
          { ...chain, values: [text('Notes', '"C:\\Users\\ann\\AppData\\Local\\Notes\\notes.exe"')] },
          chain,
        ),
        under(
          'Software\\Contoso\\Viewer\\Recent',
          {
            lastWrite: USER_TIME,
            values: [text('0', 'C:\\Users\\ann\\Documents\\plan.cvw'), text('1', 'C:\\Users\\ann\\Documents\\old.cvw')],
          },
          { lastWrite: USER_TIME },
        ),
      ],
    },
    { ...delta, fileName: 'HKU_ann' },
  );
}
