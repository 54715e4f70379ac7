/**
 * Two builds of one Windows and a user layer that has grown over the first for a while: old copies of DLLs, a service of its own
 * making, values that froze, deletions. As bases are updated: most files stay, the system's own get the new version and are
 * linked anew, one is only rebuilt, one comes, one goes.
 *
 *     System32\...       26100.1742   26100.2033   the user's      told as
 *     kernelbase.dll     1742         2033         1150            error    version
 *     ntdll.dll          1742         2033         that of 1742    error    version
 *     shell32.dll        1742 Sep     1742 Oct     1742 Aug        error    link time
 *     mscoree.dll        -            2033         1.0             error    version
 *     d3d11.dll          1742         2033         3000            info
 *     crypt32.dll        1742         2033         that of 2033    -
 *     msvcrt.dll         7.0          7.0          6.0             -        the new base has not changed it
 *     advapi32.dll       1742         2033         -               -
 *     oldsvc.dll         1742         -            1742            warning  kept
 *     drivers\tcpip.sys  1742         2033         deleted         -        drivers are the base's by rule
 */
import { buildPe } from '../pe-builder.ts';
import { CONFIG, hive, type Leaf, type Paths, store, type Values, wim, windows } from './words.ts';

const SYSTEM = 'Windows\\System32';
const DAY = 86_400;
/** Seconds since 1970 of 1 August, September and October 2024. */
const LINKED = { august: 1_722_470_400, september: 1_725_148_800, october: 1_727_740_800 };

const dll = (name: string, build: number, linkTime: number) =>
  buildPe({
    version: [10, 0, 26_100, build],
    linkTime,
    strings: {
      CompanyName: 'Microsoft Corporation',
      ProductName: 'Microsoft\u00ae Windows\u00ae Operating System',
      OriginalFilename: name,
    },
    // two files of one version differ in their code
    tail: new TextEncoder().encode(`${name} ${build} ${linkTime}`),
  });
const other = (name: string, version: [number, number, number, number]) =>
  buildPe({ version, linkTime: LINKED.august, tail: new TextEncoder().encode(name) });

interface Build {
  readonly number: number;
  readonly linked: number;
}
const MAY: Build = { number: 1742, linked: LINKED.september };
const JUNE: Build = { number: 2033, linked: LINKED.october };

const services = (start: number): Record<string, Values> => ({
  'ControlSet001\\Services\\Spooler': { ImagePath: '%SystemRoot%\\System32\\spoolsv.exe', Start: start, Type: 0x110 },
  'ControlSet001\\Services\\Tcpip': { ImagePath: 'System32\\drivers\\tcpip.sys', Start: 0, Type: 1 },
});

/** What every build of this Windows has, with its own versions. */
function base({ number, linked }: Build, more: Paths): Paths {
  const system = (...names: string[]) =>
    Object.fromEntries(
      names.map((name, i): [string, Leaf] => [`${SYSTEM}\\${name}`, dll(name, number, linked + i * 60)]),
    );
  return {
    ...windows({
      system: services(number === MAY.number ? 2 : 4),
      software: {
        'Microsoft\\Windows NT\\CurrentVersion': { CurrentBuild: '26100', UBR: number, ProductName: 'Windows 11' },
        'Microsoft\\Windows\\CurrentVersion\\Run': { SecurityHealth: `%windir%\\health-${number}.exe` },
        'Microsoft\\Windows\\CurrentVersion\\Policies': { Level: number === MAY.number ? 1 : 'two' },
        'Microsoft\\Old Feature': { Version: number },
      },
    }),
    ...system('kernelbase.dll', 'ntdll.dll', 'd3d11.dll', 'crypt32.dll', 'advapi32.dll', 'drivers\\tcpip.sys'),
    [`${SYSTEM}\\shell32.dll`]: dll('shell32.dll', MAY.number, linked + DAY),
    [`${SYSTEM}\\msvcrt.dll`]: other('msvcrt.dll', [7, 0, 26_100, 1]),
    'Windows\\win.ini': number === MAY.number ? '[fonts]\r\n' : '[fonts]\r\n[Mail]\r\n',
    [`Windows\\SystemApps\\Old\\app.exe`]: dll('app.exe', number, linked),
    [`Windows\\SystemApps\\Old\\logo.png`]: `logo ${number}`,
    [`Windows\\SystemApps\\Old\\licence.txt`]: 'licence',
    'Windows\\WinSxS\\pending.xml': `pending ${number}`,
    ...more,
  };
}

const may = (): Paths => base(MAY, { [`${SYSTEM}\\oldsvc.dll`]: dll('oldsvc.dll', MAY.number, MAY.linked) });
const june = (): Paths => base(JUNE, { [`${SYSTEM}\\mscoree.dll`]: dll('mscoree.dll', JUNE.number, JUNE.linked) });

const own = (): Paths => ({
  [`${SYSTEM}\\kernelbase.dll`]: dll('kernelbase.dll', 1150, LINKED.august),
  [`${SYSTEM}\\ntdll.dll`]: may()[`${SYSTEM}\\ntdll.dll`]!,
  [`${SYSTEM}\\shell32.dll`]: dll('shell32.dll', MAY.number, LINKED.august),
  [`${SYSTEM}\\mscoree.dll`]: other('mscoree.dll', [1, 0, 0, 0]),
  [`${SYSTEM}\\d3d11.dll`]: dll('d3d11.dll', 3000, LINKED.october + DAY),
  [`${SYSTEM}\\crypt32.dll`]: june()[`${SYSTEM}\\crypt32.dll`]!,
  [`${SYSTEM}\\msvcrt.dll`]: other('msvcrt.dll', [6, 0, 0, 0]),
  [`${SYSTEM}\\oldsvc.dll`]: dll('oldsvc.dll', MAY.number, LINKED.august),
  'Windows\\win.ini': '[fonts]\r\n[Ann]\r\n',
  [`${CONFIG}\\SYSTEM`]: hive({ Select: { Current: 1 }, ...services(3) }),
  [`${CONFIG}\\SOFTWARE`]: hive({
    'Microsoft\\Windows NT\\CurrentVersion': { UBR: MAY.number, RegisteredOwner: 'Ann' },
    'Microsoft\\Windows\\CurrentVersion\\Policies': { Level: 3 },
  }),
});

/** Bytes of a file as a layer of the pair has it. */
export function pairFile(layer: 'may' | 'june' | 'user', path: string): Uint8Array {
  const leaf = { may, june, user: own }[layer]()[path];
  return typeof leaf === 'string' ? new TextEncoder().encode(leaf) : (leaf as Uint8Array);
}

export interface RebasePair {
  readonly may: Uint8Array;
  readonly june: Uint8Array;
  readonly user: Uint8Array;
}

export function rebasePair(): RebasePair {
  const user = store(own(), [`${SYSTEM}\\drivers\\tcpip.sys`, 'Windows\\SystemApps\\Old']);
  return {
    may: wim('Windows 11', may(), `26100.${MAY.number}`),
    june: wim('Windows 11', june(), `26100.${JUNE.number}`),
    user: wim('Ann', user),
  };
}
