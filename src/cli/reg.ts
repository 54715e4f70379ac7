/** stratascope reg: keys and values of a hive. */
import { parseArgs } from 'node:util';
import { FormatError } from '../base/errors.ts';
import type { Image } from '../engine/image.ts';
import { type HivePlace, imageHives } from '../engine/image-hives.ts';
import { type KeyEntry, openRegListing, type ValueEntry } from '../engine/reg-listing.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { json, line, printable, tell, tellFindings } from './output.ts';
import { progress } from './progress.ts';

const SHOWN_TEXT = 120;

function printKey({ key, values }: { key: KeyEntry; values: readonly ValueEntry[] }): void {
  line(`[${printable(key.key)}]  ${key.lastWrite?.slice(0, 19) ?? ''}`);
  for (const value of values) {
    const text = value.tombstone ? '(deleted)' : (value.text?.slice(0, SHOWN_TEXT) ?? '(damaged)');
    line(`  ${value.name === '' ? '(Default)' : printable(value.name)}  ${value.type}  ${printable(text)}`);
  }
}

const quote = (text: string | null): string => JSON.stringify(text);

/**
 * The object of a value as a line, in the order of the contract. A hive has a hundred thousand of them: written out it
 * takes half the time of JSON.stringify, and the quoted path of the key is made once.
 */
function valueLine(key: string, { name, type, typeCode, size, data, text, tombstone }: ValueEntry): string {
  const bytes = data === null ? 'null' : `"${data}"`;
  const end = tombstone ? ',"tombstone":true}' : '}';
  return `{"key":${key},"name":${quote(name)},"type":"${type}","typeCode":${typeCode},"size":${size},"data":${bytes},"text":${quote(text)}${end}`;
}

/** @returns true when the hive is damaged */
async function listHive(image: Image, hive: HivePlace, deep: boolean, asJson: boolean): Promise<boolean> {
  const bar = progress(`Reading ${hive.name}`);
  const listing = await openRegListing(image, hive, hive.prefix, hive.path, deep, bar);
  bar.end();
  for (const entry of listing.entries()) {
    if (asJson) {
      json(entry.key);
      if (entry.values.length === 0) continue;
      const key = quote(entry.key.key);
      for (const value of entry.values) line(valueLine(key, value));
    } else printKey(entry);
  }
  return tellFindings(listing.findings, asJson);
}

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
        deleted: { type: 'boolean' },
      },
    });
    const [image, key = ''] = positionals;
    if (image === undefined || positionals.length > 2)
      throw new UsageError('reg takes a hive or an image and at most one key');
    if (values.deleted)
      throw new UsageError('reg --deleted is not there yet: keys that were deleted are not searched for');
    const opened = await openSelected(host, image, values['no-logs'] ? [] : (values.log ?? null));
    const hives = await imageHives(opened.image, opened.node, opened.name, key);
    const asJson = values.json === true;
    let code = 0;
    for (const hive of hives) {
      try {
        if (await listHive(opened.image, hive, values.r === true, asJson)) code = 1;
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
