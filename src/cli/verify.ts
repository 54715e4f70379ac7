/** stratascope verify: every hash and checksum there is. */
import { parseArgs } from 'node:util';
import { mountable } from '../engine/select.ts';
import { type Command, imageArgument, UsageError } from './args.ts';
import { openFile } from './host.ts';
import { json, line, printable } from './output.ts';
import { progress } from './progress.ts';

const STEP_MS = 50;

export const verify: Command = {
  usage: 'verify IMAGE... [--json]',
  about: 'checks every hash and checksum an image carries; exit 1 when one does not hold',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    if (positionals.length === 0) throw new UsageError('verify takes at least one image');
    let code = 0;
    for (const argument of positionals) {
      const { file } = imageArgument(argument);
      const { image, name } = openFile(host, file);
      const trees = mountable(image.report().root).filter((node) => node.kind === 'tree');
      if (trees.length === 0) code = 2;
      const seen = new Set<string>();
      for (const { mount, title } of trees) {
        const bar = progress(`Verifying ${name}`);
        let bad = 0;
        let supported = true;
        for (;;) {
          const step = image.verifyNext(mount, STEP_MS);
          supported &&= step.supported;
          bar.progress?.(step.done, step.total);
          for (const finding of step.findings) {
            const key = JSON.stringify([finding.code, finding.where]);
            if (seen.has(key)) continue; // images of one WIM share blobs
            seen.add(key);
            if (finding.severity === 'error') bad++;
            if (values.json) json({ file: name, mount, finding });
            else line(`${name}: ${finding.severity}: ${printable(finding.message)}`);
          }
          if (step.finished) break;
        }
        bar.end();
        if (bad > 0) code = Math.max(code, 1);
        const verdict = !supported ? 'carries no checksums' : bad === 0 ? 'holds' : `${bad} damaged`;
        if (values.json) json({ file: name, mount, verified: supported, damaged: bad });
        else line(`${name}${mount === '' ? '' : `::${mount}`} (${title}): ${verdict}`);
      }
    }
    return code;
  },
};
