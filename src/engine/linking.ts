/**
 * Sorts what was dropped into images: which files belong together, which stand alone. Pure: names and probe results in,
 * groups out. Transaction logs go to their hive by name (a log does not carry the hive's identity in a usable way:
 * the embedded file name is cut to 31 units); everything else is linked by identity as formats learn to say it.
 */
import type { ImageGroup, Linked, ProbeResult } from './api-image.ts';

const LOG_NAME = /^(.+)\.log([12]?)$/i;

/** Files of other folders may have the same names: the folder (path up to the last slash) is part of the name. */
export function link(files: readonly ProbeResult[]): Linked {
  const hives = new Map<string, number>();
  files.forEach((file, i) => {
    if (file.format === 'regf') hives.set(file.name.toLowerCase(), i);
  });
  const logsOf = new Map<number, number[]>();
  const taken = new Set<number>();
  files.forEach((file, i) => {
    const match = LOG_NAME.exec(file.name);
    const hive = match === null || file.format !== null ? undefined : hives.get(match[1]!.toLowerCase());
    if (hive === undefined) return;
    taken.add(i);
    logsOf.set(hive, [...(logsOf.get(hive) ?? []), i]);
  });
  // LOG1 before LOG2 before LOG
  const rank = (i: number) => [2, 0, 1][Number(LOG_NAME.exec(files[i]!.name)?.[2] || 0)]!;
  const groups: ImageGroup[] = [];
  const plans: number[] = [];
  const refused: number[] = [];
  files.forEach((file, i) => {
    if (taken.has(i)) return;
    if (file.format === 'plan') plans.push(i);
    else if (file.format === null) refused.push(i);
    else groups.push({ main: i, logs: (logsOf.get(i) ?? []).sort((a, b) => rank(a) - rank(b)) });
  });
  return { groups, plans, refused };
}
