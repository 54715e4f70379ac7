/** stratascope reg: keys and values of a hive. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { imageHives } from '../engine/image-hives.ts';
import { openRegListing } from '../engine/reg-listing.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { json, line, printable } from './output.ts';
import { progress } from './progress.ts';

const SHOWN_TEXT = 120;

export const reg: Command = {
  usage: 'reg IMAGE[::SEL]|HIVE [KEY] [-r] [--log FILE]... [--no-logs] [--json]',
  about: 'lists a key with its values and sub-keys, with -r everything below it',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        r: { type: 'boolean', short: 'r' },
        json: { type: 'boolean' },
        log: { type: 'string', multiple: true },
        'no-logs': { type: 'boolean' },
      },
    });
    const [image, key = ''] = positionals;
    if (image === undefined || positionals.length > 2)
      throw new UsageError('reg takes a hive or an image and at most one key');
    const opened = await openSelected(host, image, values['no-logs'] ? [] : (values.log ?? null));
    const hives = await imageHives(opened.image, opened.node, opened.name, key);
    const deep = values.r === true;
    let code = 0;
    for (const hive of hives) {
      const bar = progress(`Reading ${hive.name}`);
      const listing = await openRegListing(opened.image, hive, hive.prefix, hive.path, deep, bar);
      bar.end();
      for await (const entry of listing.entries()) {
        if (values.json) {
          json(entry.key);
          for (const value of entry.values) json(value);
          continue;
        }
        line(`[${printable(entry.key.key)}]  ${entry.key.lastWrite?.slice(0, 19) ?? ''}`);
        for (const value of entry.values) {
          const text = value.tombstone
            ? '(deleted)'
            : value.text === null
              ? '(damaged)'
              : value.text.slice(0, SHOWN_TEXT);
          line(`  ${value.name === '' ? '(Default)' : printable(value.name)}  ${value.type}  ${printable(text)}`);
        }
      }
      for (const finding of listing.findings) {
        process.stderr.write(`${finding.severity}: ${finding.message}\n`);
        if (finding.severity === 'error') code = 1;
      }
    }
    return code;
  },
};
