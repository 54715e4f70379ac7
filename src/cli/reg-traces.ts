/** The lines of `reg --deleted` and `reg --log-changes`. */
import type { Image } from '../engine/image.ts';
import type { HivePlace } from '../engine/image-hives.ts';
import { deletedEntries, logChanges, type TraceData } from '../engine/reg-traces.ts';
import { json, line, printable } from './output.ts';

const shown = ({ name, type, text }: TraceData): string =>
  `${name === '' ? '(Default)' : printable(name)}  ${type}  ${text === null ? '(overwritten)' : printable(text)}`;

const shownTime = (time: string | null): string => time?.slice(0, 19) ?? '';

/** What free cells hold of deleted keys and values. */
export function listDeleted(image: Image, hive: HivePlace, asJson: boolean): void {
  let last: string | null = null;
  for (const entry of deletedEntries(image, hive)) {
    if (asJson) json(entry);
    else if (entry.deleted === 'key') line(`[${printable(entry.key)}]  ${shownTime(entry.lastWrite)}  (deleted)`);
    else {
      // a value of a key that is still there, or of none
      if (entry.key !== last || entry.key === null) line(`[${printable(entry.key ?? '?')}]`);
      line(`  ${shown(entry)}  (deleted)`);
    }
    last = entry.key;
  }
}

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

/** Keys and values before and after the transaction logs were applied. */
export function listChanges(image: Image, hive: HivePlace, asJson: boolean): void {
  const { state, entries, ranges, bytes } = logChanges(image, hive);
  if (asJson) {
    json({ hive: hive.name, state, ranges, bytes });
    for (const entry of entries ?? []) json(entry);
    return;
  }
  const what = entries === null ? 'no transaction log was applied' : `logs wrote ${bytes} bytes in ${ranges} places`;
  line(`${printable(hive.name)}: ${what} (${state})`);
  for (const { change, key, before, after, values } of entries ?? []) {
    line(`${MARKS[change]} [${printable(key)}]  ${shownTime((after ?? before)!.lastWrite)}`);
    for (const value of values) {
      if (value.before !== null) line(`  - ${shown(value.before)}`);
      if (value.after !== null) line(`  + ${shown(value.after)}`);
    }
  }
}
