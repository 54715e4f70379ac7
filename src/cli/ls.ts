/** stratascope ls: the rows of a directory or of everything below it. */
import { parseArgs } from 'node:util';
import {
  attributeLetters,
  type ListEntry,
  listEntry,
  listedRows,
  needsDetail,
  openListing,
  writePaths,
} from '../engine/listing.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { listDeleted } from './ls-deleted.ts';
import { grouped, line, printable, table, tellFindings, writer } from './output.ts';
import { progress } from './progress.ts';

function columns(entry: ListEntry): string[] {
  const size = entry.type === 'file' ? grouped(entry.size) : `<${entry.type.toUpperCase()}>`;
  const name = printable(entry.path) + (entry.target === undefined ? '' : ` -> ${printable(entry.target)}`);
  return [entry.modified?.slice(0, 19).replace('T', ' ') ?? '', attributeLetters(entry.attributes), size, name];
}

const quote = (text: string): string => JSON.stringify(text);
const time = (iso: string | null): string => (iso === null ? 'null' : `"${iso}"`);

/**
 * The entry as JSON, its keys in the order of the contract. A disk has hundreds of thousands: written out they take half
 * the time of JSON.stringify.
 */
function entryLine(e: ListEntry): string {
  let text =
    `{"path":${quote(e.path)},"type":"${e.type}","size":${e.size},"created":${time(e.created)},` +
    `"modified":${time(e.modified)},"changed":${time(e.changed)},"accessed":${time(e.accessed)},"attributes":${e.attributes}`;
  if (e.shortName !== undefined) text += `,"shortName":${quote(e.shortName)}`;
  text += `,"links":${e.links}`;
  if (e.sha1 !== undefined) text += `,"sha1":"${e.sha1}"`;
  if (e.reparseTag !== undefined) text += `,"reparseTag":"${e.reparseTag}"`;
  if (e.target !== undefined) text += `,"target":${quote(e.target)}`;
  if (e.streams !== undefined) text += `,"streams":${JSON.stringify(e.streams)}`;
  return `${text},"bytes":"${e.bytes}"}`;
}

export const ls: Command = {
  usage: 'ls IMAGE[::SEL] [PATH] [-r] [--names] [--deleted] [--json]',
  about: 'lists a directory, with -r everything below it; --names prints paths only, --deleted what was deleted',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        r: { type: 'boolean', short: 'r' },
        names: { type: 'boolean' },
        deleted: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const [image, path = ''] = positionals;
    if (image === undefined || positionals.length > 2) throw new UsageError('ls takes an image and at most one path');
    if (values.deleted && (positionals.length > 1 || values.r || values.names))
      throw new UsageError('ls --deleted lists the whole volume: no path, -r or --names');
    const opened = await openSelected(host, image, values.json === true);
    if (opened.node.kind !== 'tree') throw new UsageError(`${image} is a hive: use reg`);
    const bar = progress('Reading');
    const { mount } = opened.node;
    if (values.deleted) return listDeleted(opened.image, mount, opened.name, values.json === true, bar);
    const control = { ...bar, namesOnly: values.names === true };
    const listing = await openListing(opened.image, mount, opened.name, path, values.r === true, control);
    bar.end();
    if (values.names) writePaths(host.modules, listing, writer());
    else {
      const rows: string[][] = [];
      for (const { row, path: at } of listedRows(listing)) {
        const more = needsDetail(listing.table, row) ? opened.image.describe(mount, listing.table.ref(row)) : null;
        const entry = listEntry(listing.table, row, at, more);
        if (values.json) line(entryLine(entry));
        else rows.push(columns(entry));
      }
      table(rows, [2]);
    }
    return tellFindings(listing.findings, values.json === true) ? 1 : 0;
  },
};
