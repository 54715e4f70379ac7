/** stratascope info: what was recognised, from the container to the volume to the image. */
import { parseArgs } from 'node:util';
import { FormatError } from '../base/errors.ts';
import type { Fact } from '../base/findings.ts';
import type { ChainEntry, HiveInfo, ReportNode } from '../engine/api-image.ts';
import type { Host } from '../engine/host.ts';
import { findingsOf, mountable, refusalsOf } from '../engine/select.ts';
import { type Command, eachImage, openSelection, UsageError } from './args.ts';
import { grouped, json, line, printable, tell } from './output.ts';

const shown = (fact: Fact): string =>
  typeof fact === 'string' ? printable(fact) : Number.isInteger(fact) ? grouped(Number(fact)) : JSON.stringify(fact);

/** `parent: base.vhdx`, `parent: missing, the parent "base.vhdx" (dataWriteGuid ...)`. */
function chainLine({ kind, title, identity, status, files, candidates }: ChainEntry): string {
  const wanted = `${title}${identity === '' || title.includes(identity) ? '' : ` (${identity})`}`;
  const others = candidates.map(({ file, differs }) =>
    differs === null ? file : `${file} with ${differs.fact} ${differs.actual}`,
  );
  const used = files.length > 0 ? files.join(', ') : `${status}, ${wanted}`;
  const told = status === 'found' || others.length === 0 ? '' : `; ${others.join(', ')}`;
  return printable(`${kind}: ${used}${told}`);
}

function print(node: ReportNode, depth: number): void {
  const pad = '  '.repeat(depth);
  const mount = node.mount === '' ? '' : `  ::${node.mount}`;
  line(`${pad}${printable(node.title)}${mount}  ${grouped(node.size)} bytes`);
  for (const [name, fact] of Object.entries(node.facts)) line(`${pad}  ${name}: ${shown(fact)}`);
  for (const entry of node.chain) line(`${pad}${'  '.repeat(entry.depth)}${chainLine(entry)}`);
  for (const finding of node.findings) line(`${pad}  ${finding.severity}: ${printable(finding.message)}`);
  // that a reserved partition has no file system is as it should be
  if (node.refusal !== null && node.facts['reserved'] !== true)
    line(`${pad}  not readable: ${printable(FormatError.from(node.refusal).message)}`);
  for (const part of node.parts) print(part, depth + 1);
}

async function infoOf(host: Host, argument: string, asJson: boolean): Promise<number> {
  const { image, name, part } = await openSelection(host, argument, null, false);
  const { size } = image.report();
  const mounts = mountable(part);
  if (!asJson) print(part, 0);
  const findings = findingsOf(part);
  const hives: (HiveInfo & { readonly mount: string })[] = [];
  let unread = false;
  for (const { kind, mount } of mounts) {
    if (kind !== 'hive') continue;
    try {
      hives.push({ mount, ...image.openHive(`info:${mount}`, mount, null, []) });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      tell(error, asJson);
      unread = true;
    }
  }
  findings.push(...hives.flatMap((hive) => hive.findings));
  if (asJson) {
    const told = hives.map(({ mount, state, minor, layered, facts, findings }) => ({
      mount,
      state,
      minor,
      layered,
      facts,
      findings,
    }));
    json({ file: name, size, root: part, ...(hives.length === 0 ? {} : { hives: told }) });
  } else for (const hive of hives) printHive(hive);
  if (mounts.length === 0 || unread) return 2;
  const refused = refusalsOf(part).some(({ code }) => code !== 'UnsupportedFormat');
  return refused || findings.some((finding) => finding.severity === 'error') ? 1 : 0;
}

function printHive({ state, minor, layered, facts, findings }: HiveInfo): void {
  line(`  state: ${state}  version: 1.${minor}${layered ? '  layered keys' : ''}`);
  for (const [key, fact] of Object.entries(facts)) line(`  ${key}: ${shown(fact)}`);
  for (const finding of findings) line(`  ${finding.severity}: ${printable(finding.message)}`);
}

export const info: Command = {
  usage: 'info IMAGE[::SEL]... [--json]',
  about: 'tells what each file is, with identities, health and findings',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    if (positionals.length === 0) throw new UsageError('info takes at least one image');
    const asJson = values.json === true;
    return eachImage(positionals, asJson, (argument) => infoOf(host, argument, asJson));
  },
};
