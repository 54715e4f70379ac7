/** Whole processes against each other: ours and the peers by turns, output thrown away, ratio in one run. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasTool } from '../../testing/tools.ts';
import { largeVhdx, largeVolume, largeWim, verifyWim } from './inputs.ts';
import { largeHive } from './large-hive.ts';
import { median } from './median.ts';
import { solidWim } from './solid.ts';

const GNU_TIME = '/usr/bin/time';
const CLI = fileURLToPath(new URL('../../../dist/cli/stratascope.mjs', import.meta.url));

export interface ProcessCase {
  readonly name: string;
  readonly ours: readonly string[];
  /** Command lines; those that are not installed are left out. */
  readonly peers: readonly (readonly string[])[];
  /** What the ratio to the first peer should be at most. */
  readonly aim: number | null;
}

export interface ProcessResult {
  readonly name: string;
  readonly ours: Times;
  /** Peak memory of ours and of the first peer in MB; null where it cannot be measured. */
  readonly memory: { readonly ours: number; readonly peer: number } | null;
  readonly peers: readonly { readonly name: string; readonly times: Times; readonly ratio: Times }[];
  readonly aim: number | null;
}

/** Medians: seconds by the clock and of both processors' time; or ratios of them. */
export interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * What every command is run with. Certificates that somebody's network needs would be parsed by each Node at its start, and
 * by nobody else: 40 ms that are not ours.
 */
const { NODE_EXTRA_CA_CERTS: _certificates, ...rest } = process.env;
const ENVIRONMENT = { ...rest, PATH: `${rest['PATH']}:/usr/sbin`, LC_ALL: 'C.UTF-8' };

/** Runs a command with its output thrown away. @throws when it fails in a way a benchmark must not hide */
function time(command: readonly string[]): Times {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null 2>&1';
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    env: ENVIRONMENT,
  });
  const [wall, user, system] = stderr.trim().split(' ').map(Number);
  if (wall === undefined || !Number.isFinite(wall)) throw new Error(`${command.join(' ')}: ${stderr}`);
  return { wall, cpu: user! + system! };
}

/** Most memory that a command held, in MB; null without GNU time. */
function peakMemory(command: readonly string[] | undefined): number | null {
  if (command === undefined || !existsSync(GNU_TIME)) return null;
  const { stderr } = spawnSync(GNU_TIME, ['-f', '%M', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: ENVIRONMENT,
  });
  const kilobytes = Number(stderr.trim().split('\n').at(-1));
  return Number.isFinite(kilobytes) ? kilobytes / 1000 : null;
}

const ours = (...args: string[]) => [process.execPath, CLI, ...args];

/** Cases by name; inputs are made when a case is asked for. Null when what makes its input is not installed. */
export const PROCESS_CASES: Readonly<Record<string, () => ProcessCase | null>> = {
  'list WIM (XPRESS)': () => listWim('list WIM (XPRESS)', 'fast'),
  'list WIM (LZX)': () => listWim('list WIM (LZX)', 'max'),
  'verify WIM, one worker': () => checkWim('verify WIM, one worker', 1, 1.3),
  'verify WIM, two workers': () => checkWim('verify WIM, two workers', 2, 1),
  'small file of a solid WIM, cold': () => {
    const wim = solidWim();
    if (wim === null) return null;
    return {
      name: 'small file of a solid WIM, cold',
      ours: ours('cat', wim, '7'),
      peers: [['wimlib-imagex', 'extract', wim, '1', '/7', '--to-stdout']],
      aim: 1.6,
    };
  },
  'list NTFS': () => listVolume('list NTFS', largeVolume()),
  'list NTFS in VHDX': () => listVolume('list NTFS in VHDX', largeVhdx()),
  'dump a 100 MB hive': () => {
    const hive = largeHive();
    return {
      name: 'dump a 100 MB hive',
      ours: ours('reg', hive, '-r', '--json'),
      peers: [['hivexml', hive]],
      aim: 0.5,
    };
  },
};

function listWim(name: string, compress: 'fast' | 'max'): ProcessCase | null {
  const wim = largeWim(compress);
  if (wim === null) return null;
  const peers = [
    ['wimlib-imagex', 'dir', wim, '1'],
    ['7zz', 'l', wim],
  ];
  return { name, ours: ours('ls', wim, '-r', '--names'), peers, aim: 1.2 };
}

function checkWim(name: string, workers: number, aim: number): ProcessCase | null {
  const wim = verifyWim();
  if (wim === null) return null;
  const peers = [['wimlib-imagex', 'verify', wim]];
  return { name, ours: ours('verify', wim, '--workers', String(workers)), peers, aim };
}

/** The peers list the raw volume: not all of them open a VHDX. */
function listVolume(name: string, file: string | null): ProcessCase | null {
  const volume = largeVolume();
  if (file === null || volume === null) return null;
  const peers = [
    ['7zz', 'l', volume],
    ['fls', '-r', '-p', volume],
  ];
  return { name, ours: ours('ls', file, '-r', '--names'), peers, aim: 1 };
}

export function benchProcess({ name, ours: command, peers, aim }: ProcessCase, rounds: number): ProcessResult {
  const present = peers.filter(([tool]) => hasTool(tool!));
  const mine: Times[] = [];
  const theirs: Times[][] = present.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    const own = time(command);
    const others = present.map((peer) => time(peer));
    if (round === 0) continue; // the first one reads the file from disk
    mine.push(own);
    others.forEach((times, i) => {
      theirs[i]!.push(times);
    });
  }
  const middle = (times: readonly Times[]): Times => ({
    wall: median(times.map((t) => t.wall)),
    cpu: median(times.map((t) => t.cpu)),
  });
  const [own, peer] = [peakMemory(command), peakMemory(present[0])];
  return {
    name,
    aim,
    ours: middle(mine),
    memory: own === null || peer === null ? null : { ours: own, peer },
    peers: present.map((peer, i) => ({
      name: peer
        .slice(0, 2)
        .join(' ')
        .replace(/ \/.*$/, ''),
      times: middle(theirs[i]!),
      ratio: middle(
        mine.map((own, round) => ({ wall: own.wall / theirs[i]![round]!.wall, cpu: own.cpu / theirs[i]![round]!.cpu })),
      ),
    })),
  };
}
