/** The OS layer of the sample: a small Windows 11 as a WIM image captured it. */
import type { TreeEntry } from '../tree.ts';
import { osDefault, osNtUser, osSam, osSecurity, osSoftware, osSystem } from './hives.ts';
import { dir, link, program, text } from './parts.ts';
import { OS_TIME, PATCH_TIME } from './times.ts';

const HIDDEN_SYSTEM = 0x6;

export function osTree(): TreeEntry[] {
  const at = OS_TIME;
  const system = (name: string, description: string, size: number) =>
    program(
      name,
      {
        version: '10.0.26100.2033',
        product: 'Microsoft Windows Operating System',
        company: 'Contoso sample',
        description,
        size,
      },
      at,
    );
  const viewer = (name: string, description: string, size: number) =>
    program(
      name,
      { version: '2.1.0.48', product: 'Contoso Viewer', company: 'Contoso', description, size },
      PATCH_TIME,
    );
  return [
    text('pagefile.sys', 'page file of the reference machine', at, { attributes: HIDDEN_SYSTEM }),
    dir('PerfLogs', [], at),
    dir(
      'Program Files',
      [
        dir('Common Files', [dir('Contoso Shared', [viewer('cshared.dll', 'Contoso shared library', 9_300)], at)], at, {
          shortName: 'COMMON~1',
        }),
        dir(
          'Contoso',
          [
            dir(
              'Viewer',
              [
                viewer('viewer.exe', 'Contoso Viewer', 61_000),
                viewer('render.dll', 'Contoso render engine', 143_000),
                viewer('updater.exe', 'Contoso updater', 24_000),
                text('readme.txt', 'Contoso Viewer 2.1\r\n\r\nOpens .cvw drawings.\r\n', PATCH_TIME),
                text('viewer.ini', '[render]\r\nthreads=8\r\nvsync=1\r\n', PATCH_TIME),
                dir(
                  'plugins',
                  [
                    viewer('pdf.dll', 'PDF export', 33_000),
                    viewer('legacy.dll', 'Import of version 1 drawings', 18_000),
                  ],
                  PATCH_TIME,
                ),
                dir(
                  'locale',
                  ['de-DE', 'en-US', 'fr-FR', 'ja-JP', 'zh-CN'].map((name) =>
                    dir(name, [text('viewer.mui.txt', `strings for ${name}\r\n`, PATCH_TIME)], PATCH_TIME),
                  ),
                  PATCH_TIME,
                ),
              ],
              PATCH_TIME,
            ),
          ],
          at,
        ),
        dir('Windows Defender', [system('MsMpEng.exe', 'Antimalware service', 12_000)], at),
      ],
      at,
      { shortName: 'PROGRA~1', attributes: 0x1 },
    ),
    dir(
      'ProgramData',
      [
        dir(
          'Contoso',
          [
            dir(
              'Templates',
              ['blank', 'letter', 'poster', 'plan'].map((name) => text(`${name}.cvt`, `template ${name}\r\n`, at)),
              at,
            ),
            dir(
              'logs',
              [text('install.log', 'installed 2.1.0\r\n', PATCH_TIME), text('setup.log', 'setup ran\r\n', at)],
              PATCH_TIME,
            ),
          ],
          at,
        ),
        dir(
          'Microsoft',
          [
            dir(
              'Windows',
              [dir('Start Menu', [dir('Programs', [text('Contoso Viewer.lnk', 'shortcut\r\n', at)], at)], at)],
              at,
            ),
          ],
          at,
        ),
      ],
      at,
      { attributes: 0x2 },
    ),
    dir(
      'Users',
      [
        link('All Users', 'C:\\ProgramData', at),
        dir('Default', [{ name: 'NTUSER.DAT', data: osNtUser(), modified: at, created: at, attributes: 0x22 }], at, {
          attributes: 0x2,
        }),
        dir('Public', [dir('Documents', [text('Welcome.txt', 'Welcome to the pool.\r\n', at)], at)], at),
        dir(
          'ann',
          [
            { name: 'NTUSER.DAT', data: osNtUser(), modified: at, created: at, attributes: 0x22 },
            dir('Desktop', [text('desktop.ini', '[.ShellClassInfo]\r\n', at, { attributes: HIDDEN_SYSTEM })], at),
            dir('Documents', [text('Welcome.txt', 'Welcome to the pool.\r\n', at)], at),
          ],
          at,
        ),
      ],
      at,
      { attributes: 0x1 },
    ),
    dir(
      'Windows',
      [
        system('explorer.exe', 'Windows Explorer', 88_000),
        system('notepad.exe', 'Notepad', 30_000),
        dir(
          'Fonts',
          ['segoeui.ttf', 'consola.ttf'].map((name) => text(name, `font ${name}`, at)),
          at,
        ),
        dir(
          'System32',
          [
            dir(
              'config',
              [
                { name: 'DEFAULT', data: osDefault(), modified: at, created: at },
                { name: 'SAM', data: osSam(), modified: at, created: at },
                { name: 'SECURITY', data: osSecurity(), modified: at, created: at },
                { name: 'SOFTWARE', data: osSoftware(), modified: at, created: at },
                { name: 'SYSTEM', data: osSystem(), modified: at, created: at },
              ],
              at,
            ),
            dir(
              'drivers',
              [
                system('disk.sys', 'Disk driver', 7_000),
                system('ntfs.sys', 'NTFS driver', 44_000),
                dir('etc', [text('hosts', '127.0.0.1 localhost\r\n', at)], at),
              ],
              at,
            ),
            system('kernel32.dll', 'Windows NT base API client', 52_000),
            system('ntoskrnl.exe', 'NT kernel and system', 120_000),
            system('spoolsv.exe', 'Spooler', 21_000),
            {
              ...system('user32.dll', 'User API client', 39_000),
              streams: [{ name: 'origin', data: new TextEncoder().encode('reference image 26100.2033') }],
            },
          ],
          at,
        ),
        dir('WinSxS', [{ ...system('amd64_kernel32.dll', 'Windows NT base API client', 52_000) }], at),
      ],
      at,
    ),
  ];
}
