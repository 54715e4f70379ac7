/** stratascope reg: keys and values of a hive. */
import { parseArgs } from 'node:util';
import { FormatError } from '../base/errors.ts';
import type { Image } from '../engine/image.ts';
import { type HivePlace, imageHives } from '../engine/image-hives.ts';
import { writeHiveJson } from '../engine/reg-json.ts';
import { openRegListing } from '../engine/reg-listing.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { EXPORT_OPTIONS, exportHives, exportRequest } from './export.ts';
import { bytes, tell, tellFindings, writer } from './output.ts';
import { progress } from './progress.ts';
import { writeJson, writeText } from './reg-lines.ts';
import { listChanges, listDeleted } from './reg-traces.ts';

/** @returns true when the hive is damaged */
async function listHive(image: Image, hive: HivePlace, deep: boolean, asJson: boolean): Promise<boolean> {
  const bar = progress(`Reading ${hive.name}`);
  let skip = 0;
  if (deep && asJson && hive.path === '') {
    const written = writeHiveJson(image, hive, bytes, bar);
    if (written?.whole) {
      bar.end();
      return tellFindings(written.findings, asJson);
    }
    skip = written?.keys ?? 0;
  }
  const listing = await openRegListing(image, hive, hive.prefix, hive.path, deep, bar);
  bar.end();
  if (asJson) writeJson(listing, writer(), skip);
  else writeText(listing, writer());
  return tellFindings(listing.findings, asJson);
}

export const reg: Command = {
  usage:
    'reg IMAGE[::SEL]|HIVE [KEY] [-r | --deleted | --log-changes | --format reg|json|csv|hive [-o FILE] [--root KEY]] [--log FILE]... [--no-logs] [--json]',
  about:
    'lists a key with its values and sub-keys, with -r everything below it; or what free cells hold of deleted ones; or what the transaction logs changed; --format writes a key with all below it as a file',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        r: { type: 'boolean', short: 'r' },
        json: { type: 'boolean' },
        log: { type: 'string', multiple: true },
        'no-logs': { type: 'boolean' },
        deleted: { type: 'boolean' },
        'log-changes': { type: 'boolean' },
        root: { type: 'string' },
        ...EXPORT_OPTIONS,
      },
    });
    const [image, key = ''] = positionals;
    if (image === undefined || positionals.length > 2)
      throw new UsageError('reg takes a hive or an image and at most one key');
    if (values.deleted && values['log-changes'])
      throw new UsageError('reg lists deleted keys or the changes of logs, not both at once');
    const others = (['deleted', 'log-changes', 'json'] as const).filter((name) => values[name]);
    const wanted = exportRequest(
      values,
      others.map((name) => `--${name}`),
    );
    if (wanted === null && values.root !== undefined) throw new UsageError('--root goes with --format');
    const asJson = values.json === true;
    const opened = await openSelected(host, image, asJson, values['no-logs'] ? [] : (values.log ?? null));
    const hives = await imageHives(opened.image, opened.node, opened.name, key, !values['no-logs']);
    if (wanted !== null) return exportHives(opened.image, hives, wanted, values.root ?? null);
    let code = 0;
    for (const hive of hives) {
      try {
        if (values.deleted) listDeleted(opened.image, hive, asJson);
        else if (values['log-changes']) listChanges(opened.image, hive, asJson);
        else if (await listHive(opened.image, hive, values.r === true, asJson)) code = 1;
      } catch (error) {
        // one hive of an image that cannot be read does not keep the others back
        if (hives.length === 1 || !(error instanceof FormatError)) throw error;
        tell(error, asJson);
        code = 1;
      }
    }
    return code;
  },
};
