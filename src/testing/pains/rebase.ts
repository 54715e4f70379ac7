/** Two updates of one base and a user layer made over the first: what it hides of the second. */
import { buildPe } from '../pe-builder.ts';
import { hive, type Paths, store, wim, windows } from './words.ts';

const FOLDER = 'Program Files\\Contoso';

const program = (...version: [number, number, number, number]) =>
  buildPe({ version, strings: { ProductName: 'Viewer', CompanyName: 'Contoso' }, linkTime: 1_700_000_000 });

const base = (second: boolean): Paths => ({
  ...windows({
    software: { Contoso: { Endpoint: second ? 'new.contoso' : 'old.contoso', Build: second ? '2' : '1' } },
  }),
  [`${FOLDER}\\viewer.exe`]: second ? program(2, 1, 0, 48) : program(1, 8, 0, 0),
  [`${FOLDER}\\viewer.cfg`]: second ? 'threads=8' : 'threads=4',
  [`${FOLDER}\\tool.dll`]: second ? program(2, 0, 0, 0) : program(1, 0, 0, 0),
  [`${FOLDER}\\same.txt`]: 'same',
  ...(second ? { [`${FOLDER}\\new.cfg`]: 'new' } : { [`${FOLDER}\\old.cfg`]: 'old' }),
  [`${FOLDER}\\seen.txt`]: second ? 'two' : 'one',
});

export interface RebaseFixture {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly user: Uint8Array;
}

export const rebaseFixture = (): RebaseFixture => ({
  before: wim('Windows', base(false), '26100.1742'),
  after: wim('Windows', base(true), '26100.2033'),
  user: wim(
    'Ann',
    store(
      {
        [`${FOLDER}\\viewer.exe`]: program(1, 8, 2, 7),
        [`${FOLDER}\\viewer.cfg`]: 'threads=2',
        [`${FOLDER}\\new.cfg`]: 'mine',
        [`${FOLDER}\\old.cfg`]: 'mine',
        [`${FOLDER}\\same.txt`]: 'other',
        'Windows\\System32\\config\\SOFTWARE': hive({ Contoso: { Endpoint: 'own.contoso', Own: 'x' } }),
      },
      [`${FOLDER}\\tool.dll`],
    ),
  ),
});
