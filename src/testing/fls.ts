/** The Sleuth Kit as an oracle: every allocated name of a volume with size and times. */
import { runTool } from './tools.ts';

export interface FlsEntry {
  readonly record: number;
  readonly directory: boolean;
  /** Null for an entry that stands only for a named stream or index. */
  readonly size: number | null;
  /** Seconds since 1970: accessed, modified, changed, created. */
  readonly times: readonly number[];
}

/** `fls -r -p -u -m`: path -> entry, without TSK's own virtual directories. @param offset bytes before the volume */
export function flsEntries(file: string, offset = 0): Map<string, FlsEntry> {
  const args = ['-r', '-p', '-u', '-m', '', ...(offset > 0 ? ['-o', String(offset / 512)] : []), file];
  const entries = new Map<string, FlsEntry>();
  for (const line of runTool('fls', args).toString('utf8').split('\n')) {
    const fields = line.split('|');
    if (fields.length < 11 || line.includes('$OrphanFiles')) continue;
    const tail = fields.slice(-9);
    const name = fields
      .slice(1, -9)
      .join('|')
      .replace(/^\//, '')
      .replace(/ -> .*$/, '');
    if (name.endsWith(' ($FILE_NAME)')) continue;
    const [record, type] = tail[0]!.split('-').map(Number);
    const colon = name.lastIndexOf(':');
    // A stream shows as `file:stream` or `directory/.:stream`; a colon may also stand in a name that Linux wrote.
    const owner = colon < 0 ? name : name.slice(0, colon).replace(/\/\.$/, '');
    if (colon >= 0 && entries.get(owner)?.record === record) continue; // the same file, seen before
    const stream = colon >= 0 && (type === 144 || name[colon + 1] === '$');
    // Of the name, which TSK leaves open where clusters exceed 4 KiB, then of the record.
    const directory = /^(?:d|-\/d)/.test(tail[1]!);
    const base = stream ? owner : name;
    const size = stream || directory || type !== 128 ? null : Number(tail[4]);
    entries.set(base, { record: record!, directory, size, times: tail.slice(5).map(Number) });
  }
  // Some streams of directories come before the directory itself.
  for (const [name, { record }] of entries)
    if (name.includes(':') && entries.get(name.slice(0, name.lastIndexOf(':')))?.record === record)
      entries.delete(name);
  return entries;
}
