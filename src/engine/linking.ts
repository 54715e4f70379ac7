/**
 * Sorts what was dropped into images: which files belong together, which stand alone. Pure: probe results in, groups out.
 * Parents, extents and parts go to the file that needs them (needs.ts), by identity. Transaction logs go to their hive by
 * name: a log does not carry the hive's identity in a usable way, the embedded file name is cut to 31 units.
 */
import type { ImageGroup, Linked, ProbeResult } from './api-image.ts';
import { type Holders, type LinkedNeed, linkNeeds } from './needs.ts';

const LOG_NAME = /^(.+)\.log([12]?)$/i;

/** Files of other folders may have the same names: the folder (path up to the last slash) is part of the name. */
function linkLogs(files: readonly ProbeResult[]): Map<number, number[]> {
  const hives = new Map<string, number>();
  files.forEach((file, i) => {
    if (file.format === 'regf') hives.set(file.name.toLowerCase(), i);
  });
  const logsOf = new Map<number, number[]>();
  files.forEach((file, i) => {
    const match = LOG_NAME.exec(file.name);
    const hive = match === null || file.format !== null ? undefined : hives.get(match[1]!.toLowerCase());
    if (hive !== undefined) logsOf.set(hive, [...(logsOf.get(hive) ?? []), i]);
  });
  // LOG1 before LOG2 before LOG
  const rank = (i: number) => [2, 0, 1][Number(LOG_NAME.exec(files[i]!.name)?.[2] || 0)]!;
  for (const logs of logsOf.values()) logs.sort((a, b) => rank(a) - rank(b));
  return logsOf;
}

/** Parts of a set beside the lowest one that is there: that one opens the image. */
function laterParts(files: readonly ProbeResult[]): Set<number> {
  const lowest = new Map<string, number>();
  const later = new Set<number>();
  files.forEach(({ setPart }, i) => {
    if (setPart === null) return;
    const key = `${setPart.set}\n${setPart.total}`;
    const held = lowest.get(key);
    const lower = held === undefined || setPart.part < files[held]!.setPart!.part;
    if (lower) lowest.set(key, i);
    if (held !== undefined) later.add(lower ? held : i);
  });
  return later;
}

/** Files of a chain: those that are used, then those that might be. */
function filesOf(main: number, links: readonly LinkedNeed[]): number[] {
  const used = links.flatMap(({ files }) => files);
  const others = links.flatMap(({ candidates }) => candidates.map(({ file }) => file));
  return [...new Set([...used, ...others])].filter((file) => file !== main);
}

/** @param holders answers to the needs that only bytes can answer (holders.ts) */
export function link(files: readonly ProbeResult[], holders?: Holders): Linked {
  const logsOf = linkLogs(files);
  const chains = files.map((_, i) => linkNeeds(files, i, holders === undefined ? {} : { holders }));
  const used = chains.map((links) => new Set(links.flatMap((found) => found.files)));
  const taken = new Set([...[...logsOf.values()].flat(), ...laterParts(files)]);
  const parents = new Set<number>();
  chains.forEach((links, i) => {
    for (const { need, files: found } of links)
      for (const file of found) {
        if (used[file]!.has(i)) continue; // two that name each other: both are shown, with the fault
        if (need.kind === 'extent' || need.kind === 'part') taken.add(file);
        else parents.add(file);
      }
  });
  const groups: ImageGroup[] = [];
  const plans: number[] = [];
  const rules: number[] = [];
  const refused: number[] = [];
  files.forEach((file, i) => {
    if (taken.has(i)) return;
    if (file.format === 'plan') plans.push(i);
    else if (file.format === 'rules') rules.push(i);
    else if (file.format !== null)
      groups.push({ main: i, others: filesOf(i, chains[i]!), logs: logsOf.get(i) ?? [], inner: parents.has(i) });
    else if (!parents.has(i)) refused.push(i);
  });
  return { groups, plans, rules, refused };
}
