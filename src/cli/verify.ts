/** stratascope verify: every hash and checksum there is. */
import { parseArgs } from 'node:util';
import type { Finding } from '../base/findings.ts';
import type { Host } from '../engine/host.ts';
import type { Image } from '../engine/image.ts';
import { readHive } from '../engine/read-tree.ts';
import { findingsOf, mountable, refusalsOf } from '../engine/select.ts';
import { type Command, eachImage, openSelection, UsageError } from './args.ts';
import { json, line, printable, tell } from './output.ts';
import { progress } from './progress.ts';

const STEP_MS = 50;

interface Verdict {
  readonly supported: boolean;
  readonly findings: readonly Finding[];
}

async function verifyHive(image: Image, mount: string, name: string): Promise<Verdict> {
  const { findings } = await readHive(image, `verify:${mount}`, mount, null, [], name);
  return { supported: true, findings };
}

function verifyTree(image: Image, mount: string, name: string): Verdict {
  const bar = progress(`Verifying ${name}`);
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

/** @returns exit code */
async function verifyOne(host: Host, argument: string, asJson: boolean): Promise<number> {
  const { image, name, part } = await openSelection(host, argument);
  const seen = new Set<string>();
  const report = (findings: readonly Finding[], mount: string): number => {
    let bad = 0;
    for (const finding of findings) {
      const key = JSON.stringify([finding.code, finding.where]);
      if (seen.has(key)) continue; // images of one WIM share blobs
      seen.add(key);
      if (finding.severity === 'error') bad++;
      if (asJson) json({ file: name, mount, finding });
      else line(`${name}: ${finding.severity}: ${printable(finding.message)}`);
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
  for (const { kind, mount, title } of mounts) {
    const { supported, findings } =
      kind === 'hive' ? await verifyHive(image, mount, name) : verifyTree(image, mount, name);
    const bad = report(findings, mount);
    if (bad > 0) code = Math.max(code, 1);
    const verdict = !supported ? 'carries no checksums' : bad === 0 ? 'holds' : `${bad} damaged`;
    if (asJson) json({ file: name, mount, verified: supported, damaged: bad });
    else line(`${name}${mount === '' ? '' : `::${mount}`} (${printable(title)}): ${verdict}`);
  }
  return code;
}

export const verify: Command = {
  usage: 'verify IMAGE[::SEL]... [--json]',
  about: 'checks every hash and checksum an image carries; exit 1 when one does not hold',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    if (positionals.length === 0) throw new UsageError('verify takes at least one image');
    return eachImage(positionals, values.json === true, (argument) => verifyOne(host, argument, values.json === true));
  },
};
