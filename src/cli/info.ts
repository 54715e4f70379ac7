/** stratascope info: what was recognised, from the container to the volume to the image. */
import { parseArgs } from 'node:util';
import type { Fact, Finding } from '../base/findings.ts';
import type { ReportNode } from '../engine/api.ts';
import { mountable } from '../engine/select.ts';
import { type Command, imageArgument, logsBeside, UsageError } from './args.ts';
import { openFile } from './host.ts';
import { json, line, printable } from './output.ts';

const shown = (fact: Fact): string =>
  typeof fact === 'string'
    ? printable(fact)
    : typeof fact === 'number'
      ? fact.toLocaleString('en')
      : JSON.stringify(fact);

function print(node: ReportNode, depth: number): void {
  const pad = '  '.repeat(depth);
  const mount = node.mount === '' ? '' : `  ::${node.mount}`;
  line(`${pad}${printable(node.title)}${mount}  ${node.size.toLocaleString('en')} bytes`);
  for (const [name, fact] of Object.entries(node.facts)) line(`${pad}  ${name}: ${shown(fact)}`);
  for (const finding of node.findings) line(`${pad}  ${finding.severity}: ${finding.message}`);
  if (node.refusal !== null)
    line(`${pad}  not readable: expected ${node.refusal.expected}, found ${node.refusal.actual}`);
  for (const part of node.parts) print(part, depth + 1);
}

function findingsOf(node: ReportNode): Finding[] {
  return [...node.findings, ...node.parts.flatMap(findingsOf)];
}

export const info: Command = {
  usage: 'info IMAGE... [--json]',
  about: 'tells what each file is, with identities, health and findings',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    if (positionals.length === 0) throw new UsageError('info takes at least one image');
    let code = 0;
    for (const argument of positionals) {
      const { file, selector } = imageArgument(argument);
      if (selector.length > 0) throw new UsageError('info tells about whole files: leave the selector out');
      const { image, name } = openFile(host, file, logsBeside(file));
      const { root, size } = image.report();
      const hives = mountable(root)
        .filter((node) => node.kind === 'hive')
        .map((node) => {
          const { state, minor, layered, facts, findings } = image.openHive(`info:${node.mount}`, node.mount, null, []);
          return { mount: node.mount, state, minor, layered, facts, findings };
        });
      if (values.json) json({ file: name, size, root, ...(hives.length === 0 ? {} : { hives }) });
      else {
        print(root, 0);
        for (const hive of hives) {
          line(`  state: ${hive.state}  version: 1.${hive.minor}${hive.layered ? '  layered keys' : ''}`);
          for (const [key, fact] of Object.entries(hive.facts)) line(`  ${key}: ${shown(fact)}`);
          for (const finding of hive.findings) line(`  ${finding.severity}: ${finding.message}`);
        }
      }
      const all = [...findingsOf(root), ...hives.flatMap((hive) => hive.findings)];
      if (all.some((finding) => finding.severity === 'error')) code = Math.max(code, 1);
      if (mountable(root).length === 0) code = 2;
    }
    return code;
  },
};
