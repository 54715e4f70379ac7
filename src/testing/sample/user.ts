/** The user-data layer of the sample, as its in-guest driver stores it: payload, marks in a journal, delta hives. */
import type { TreeEntry } from '../tree.ts';
import { userNtUser, userSoftware } from './hives.ts';
import { dir, file, program, text } from './parts.ts';
import { OS_TIME, PATCH_TIME, STALE_TIME, USER_TIME } from './times.ts';

/** One line a mark; `g` grows. */
const MARKS = [
  { op: 'wh', p: 'Program Files\\Contoso\\Viewer\\plugins\\legacy.dll', g: 1 },
  { op: 'wh', p: 'Program Files\\Contoso\\Viewer\\locale\\fr-FR', g: 2 },
  { op: 'opq', p: 'ProgramData\\Contoso\\Templates', g: 3 },
  { op: 'wh', p: 'Users\\ann\\Desktop\\desktop.ini', g: 4 },
];

const STORE = {
  format: 1,
  id: '6c1f0d3a-2f0e-4c55-9d0b-51a0c1e7a9f4',
  base: { os: '26100.2033' },
};

export function userTree(): TreeEntry[] {
  const at = USER_TIME;
  const ascii = (value: string) => new TextEncoder().encode(value);
  return [
    dir(
      '.layer',
      [
        file('store.json', ascii(`${JSON.stringify(STORE)}\n`), at),
        file('markers.ndjson', ascii(MARKS.map((mark) => `${JSON.stringify(mark)}\n`).join('')), at),
      ],
      at,
      { attributes: 0x6 },
    ),
    dir(
      'files',
      [
        dir(
          'Program Files',
          [
            dir(
              'Contoso',
              [
                dir(
                  'Viewer',
                  [
                    // left by the application's own updater before the OS layer was patched: it hides the newer one
                    program(
                      'render.dll',
                      {
                        version: '1.8.2.7',
                        product: 'Contoso Viewer',
                        company: 'Contoso',
                        description: 'Contoso render engine',
                        size: 131_000,
                      },
                      STALE_TIME,
                    ),
                    text('viewer.ini', '[render]\r\nthreads=2\r\nvsync=0\r\n', at),
                    text('readme.txt', 'Contoso Viewer 2.1\r\n\r\nOpens .cvw drawings.\r\n', PATCH_TIME),
                    dir(
                      'plugins',
                      [
                        program(
                          'svg.dll',
                          {
                            version: '1.0.3.0',
                            product: 'SVG export',
                            company: 'Fabrikam',
                            description: 'SVG export for Contoso Viewer',
                            size: 15_000,
                          },
                          at,
                        ),
                      ],
                      at,
                    ),
                  ],
                  at,
                ),
              ],
              at,
            ),
            dir(
              'Notes',
              [
                program(
                  'notes.exe',
                  { version: '5.4.0.0', product: 'Notes', company: 'Fabrikam', description: 'Notes', size: 48_000 },
                  at,
                ),
                text('notes.cfg', 'sync=off\r\n', at),
              ],
              at,
            ),
          ],
          at,
          { attributes: 0x1 },
        ),
        dir(
          'ProgramData',
          [
            dir(
              'Contoso',
              [
                dir('Templates', [text('ann.cvt', 'template of Ann\r\n', at)], at),
                text('logs', 'a file where the OS layer has a folder\r\n', at),
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
            dir(
              'ann',
              [
                dir(
                  'Documents',
                  [
                    text('Welcome.txt', 'Welcome to the pool.\r\n', OS_TIME),
                    text('plan.cvw', 'drawing\r\n', at),
                    text('\u8ba1\u5212.txt', '\u4f1a\u8bae\u8bb0\u5f55\r\n', at),
                  ],
                  at,
                ),
                dir('Pictures', [file('lake.jpg', lake(), at)], at),
                dir('AppData', [dir('Local', [dir('Notes', [text('notes.log', 'started\r\n', at)], at)], at)], at, {
                  attributes: 0x2,
                }),
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
            dir(
              'System32',
              [
                dir(
                  'drivers',
                  [
                    // drivers come from the OS layer only: a default rule leaves this one out
                    program(
                      'vpnfilter.sys',
                      {
                        version: '3.0.0.1',
                        product: 'VPN filter',
                        company: 'Fabrikam',
                        description: 'VPN filter driver',
                        size: 8_000,
                      },
                      at,
                    ),
                  ],
                  at,
                ),
              ],
              at,
            ),
          ],
          at,
        ),
      ],
      at,
    ),
    dir('hives', [file('HKLM_SOFTWARE.dat', userSoftware(), at), file('HKU_ann.dat', userNtUser(), at)], at),
    dir('System Volume Information', [], at, { attributes: 0x6 }),
  ];
}

/** Bytes that stand for a picture: a JPEG's head and a repeating pattern. */
function lake(): Uint8Array {
  const bytes = Uint8Array.from({ length: 36_000 }, (_, i) => (i * 31 + (i >> 7)) & 0xff);
  bytes.set([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00]);
  return bytes;
}
