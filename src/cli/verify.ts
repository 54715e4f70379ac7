/** stratascope verify: every hash and checksum there is. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Finding } from '../base/findings.ts';
import type { Host } from '../engine/host.ts';
import type { Image } from '../engine/image.ts';
import { readHive } from '../engine/read-tree.ts';
import { findingsOf, mountable, refusalsOf } from '../engine/select.ts';
import { type Command, eachImage, openSelection, UsageError } from './args.ts';
import { json, line, printable, tell } from './output.ts';
import { progress } from './progress.ts';
import { verifyShared } from './verify-pool.ts';

const STEP_MS = 50;
/** Smaller files are done before threads have started. */
const POOL_FROM = 16 << 20;
/** Threads that are taken without being asked for: more wait for the disk. */
const MAX_OWN = 8;
const MAX_WORKERS = 64;

interface Verdict {
  readonly supported: boolean;
  readonly findings: readonly Finding[];
}

async function verifyHive(image: Image, mount: string, name: string): Promise<Verdict> {
  const { findings } = await readHive(image, `verify:${mount}`, mount, null, [], name);
  return { supported: true, findings };
}

interface Pool {
  readonly argument: string;
  readonly threads: number;
}

async function verifyTree(image: Image, mount: string, name: string, pool: Pool): Promise<Verdict> {
  const bar = progress(`Verifying ${name}`);
  if (image.verifyScope(mount).divisible && pool.threads > 1 && image.report().size >= POOL_FROM) {
    const findings = await verifyShared(pool.argument, mount, pool.threads, (done, total) =>
      bar.progress?.(Math.floor((done / total) * 1000), 1000),
    );
    bar.end();
    return { supported: true, findings: distinct(findings) };
  }
  const findings: Finding[] = [];
  for (;;) {
    const step = image.verifyNext(mount, STEP_MS);
    findings.push(...step.findings);
    bar.progress?.(step.done, step.total);
    if (!step.finished) continue;
    bar.end();
    return { supported: step.supported, findings };
  }
}

/** Blobs of a solid run share their place: what is expected there tells them apart. */
const keyOf = ({ code, where, facts }: Finding): string =>
  JSON.stringify([code, where, facts?.['what'] ?? null, facts?.['expected'] ?? null]);

/** Each once, in the order of their places: several shares may meet the same damaged table. */
function distinct(findings: readonly Finding[]): Finding[] {
  const all = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...all.values()].sort((a, b) => (a.where.offset ?? 0) - (b.where.offset ?? 0));
}

/** Paths of files that a finding names. In a scope of several mounts those of another one begin with its selector. */
function pathsOf({ facts }: Finding): readonly string[] {
  const paths = facts?.['paths'] ?? facts?.['path'];
  return Array.isArray(paths) ? (paths as string[]) : typeof paths === 'string' ? [paths] : [];
}

const OTHER = /^(\d+)::/;

/** The paths in one mount of those that a check, asked at mount `asked`, has named. */
function ownPaths(finding: Finding, mount: string, asked: string): string[] {
  const key = mount.split('::').at(-1);
  return pathsOf(finding).filter((path) => (OTHER.exec(path)?.[1] ?? asked.split('::').at(-1)) === key);
}

/** @returns exit code */
async function verifyOne(host: Host, argument: string, threads: number, asJson: boolean): Promise<number> {
  const { image, name, part } = await openSelection(host, argument);
  const seen = new Set<string>();
  const report = (findings: readonly Finding[], mount: string): number => {
    let bad = 0;
    for (const finding of findings) {
      if (seen.has(keyOf(finding))) continue;
      seen.add(keyOf(finding));
      if (finding.severity === 'error') bad++;
      if (asJson) json({ file: name, mount, finding });
      else {
        line(`${name}: ${finding.severity}: ${printable(finding.message)}`);
        for (const path of pathsOf(finding)) line(`    ${printable(path)}`);
      }
    }
    return bad;
  };
  let code = report(findingsOf(part), part.mount) > 0 ? 1 : 0;
  const refused = refusalsOf(part);
  const mounts = mountable(part);
  if (mounts.length === 0) code = 2;
  for (const refusal of refused) {
    // a disk of which one partition is of another kind is not a damaged disk
    if (refusal.code !== 'UnsupportedFormat') code = Math.max(code, 1);
    if (mounts.length === 0 || refusal.code !== 'UnsupportedFormat') tell(refusal, asJson);
  }
  const scopes = new Map<string, { readonly mount: string; readonly verdict: Verdict }>();
  for (const { kind, mount, title } of mounts) {
    const { scope } = image.verifyScope(mount);
    let done = scopes.get(scope);
    if (done === undefined) {
      const verdict =
        kind === 'hive'
          ? await verifyHive(image, mount, name)
          : await verifyTree(image, mount, name, { argument, threads });
      done = { mount, verdict };
      scopes.set(scope, done);
      if (report(verdict.findings, mount) > 0) code = Math.max(code, 1);
    }
    const { supported, findings } = done.verdict;
    const asked = done.mount;
    const bad = findings.filter(
      (finding) =>
        finding.severity === 'error' && (pathsOf(finding).length === 0 || ownPaths(finding, mount, asked).length > 0),
    );
    const files = new Set(bad.flatMap((finding) => ownPaths(finding, mount, asked))).size;
    const verdict = !supported
      ? 'carries no checksums'
      : bad.length === 0
        ? 'holds'
        : files === 0
          ? `${bad.length} damaged`
          : `damaged: ${files} ${files === 1 ? 'file' : 'files'}`;
    if (asJson) json({ file: name, mount, verified: supported, damaged: bad.length });
    else line(`${name}${mount === '' ? '' : `::${mount}`} (${printable(title)}): ${verdict}`);
  }
  return code;
}

export const verify: Command = {
  usage: 'verify IMAGE[::SEL]... [--workers N] [--json]',
  about: 'checks every hash and checksum an image carries; exit 1 when one does not hold',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, workers: { type: 'string' } },
    });
    if (positionals.length === 0) throw new UsageError('verify takes at least one image');
    const threads = values.workers === undefined ? Math.min(availableParallelism(), MAX_OWN) : Number(values.workers);
    if (!Number.isInteger(threads) || threads < 1 || threads > MAX_WORKERS)
      throw new UsageError(`--workers takes a number from 1 to ${MAX_WORKERS}`);
    const asJson = values.json === true;
    return eachImage(positionals, asJson, (argument) => verifyOne(host, argument, threads, asJson));
  },
};
