/** stratascope ls: the rows of a directory or of everything below it. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { attributeLetters, listEntry, openListing } from '../engine/listing.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { json, line, printable, table } from './output.ts';
import { progress } from './progress.ts';

export const ls: Command = {
  usage: 'ls IMAGE[::SEL] [PATH] [-r] [--names] [--json]',
  about: 'lists a directory, with -r everything below it; --names prints paths only',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { r: { type: 'boolean', short: 'r' }, names: { type: 'boolean' }, json: { type: 'boolean' } },
    });
    const [image, path = ''] = positionals;
    if (image === undefined || positionals.length > 2) throw new UsageError('ls takes an image and at most one path');
    const opened = await openSelected(host, image);
    if (opened.node.kind !== 'tree') throw new UsageError(`${image} is a hive: use reg`);
    const bar = progress('Reading');
    const { mount } = opened.node;
    const listing = await openListing(opened.image, mount, opened.name, path, values.r === true, bar);
    bar.end();
    const rows: string[][] = [];
    for (const { row, path: at } of listing.rows()) {
      if (values.names) {
        line(printable(at));
        continue;
      }
      const entry = await listEntry(opened.image, mount, listing.table, row, at);
      if (values.json) json(entry);
      else {
        const size = entry.type === 'file' ? entry.size.toLocaleString('en') : `<${entry.type.toUpperCase()}>`;
        const name = printable(at) + (entry.target === undefined ? '' : ` -> ${printable(entry.target)}`);
        rows.push([
          entry.modified?.slice(0, 19).replace('T', ' ') ?? '',
          attributeLetters(entry.attributes),
          size,
          name,
        ]);
      }
    }
    if (!values.json && !values.names) table(rows, [2]);
    for (const finding of listing.findings) process.stderr.write(`${finding.severity}: ${finding.message}\n`);
    return listing.findings.some((finding) => finding.severity === 'error') ? 1 : 0;
  },
};
