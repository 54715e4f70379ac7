/** Facts of one version of a file as lines of text: what the Compare tab sets side by side. Pure. */
import { attributeLetters, attributeNames, formatCount, formatTime } from '../../base/format.ts';
import type { VersionDetail, VersionInfo } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';

export interface FactLine {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly mono?: boolean;
  /** Exact form for the tooltip and the clipboard. */
  readonly exact?: string;
}

function time(key: string, label: string, iso: string | null | undefined, utc: boolean): FactLine[] {
  if (iso === null || iso === undefined) return [];
  return [{ key, label, value: formatTime(Date.parse(iso), utc, true), exact: iso }];
}

export function byteStateWord(state: string, t: Dictionary): string {
  const words: Record<string, string> = t.byteStates;
  return words[state] ?? state;
}

/** `metadataOffset` as words: facts that only one format has keep the name its vendor gave them. */
export function spoken(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Lines in the order they are shown; only what is known. `detail` is null until it has been read. */
export function factLines(
  version: VersionInfo,
  detail: VersionDetail | null,
  directory: boolean,
  utc: boolean,
  t: Dictionary,
): FactLine[] {
  const f = t.detail.facts;
  const lines: FactLine[] = [];
  const add = (key: string, label: string, value: string | null | undefined, mono = false) => {
    if (value !== null && value !== undefined && value !== '') lines.push({ key, label, value, mono });
  };
  const pe = detail?.pe;
  add('fileVersion', f.fileVersion, pe?.fileVersion);
  add('productVersion', f.productVersion, pe?.productVersion);
  add('product', f.product, pe?.product);
  add('company', f.company, pe?.company);
  add('description', f.description, pe?.description);
  add('machine', f.machine, pe?.machine);
  lines.push(...time('linked', f.linked, pe?.linkTime, true));
  if (!directory) {
    add('size', f.size, t.detail.bytes(version.size));
    const unnamed = detail?.detail.streams.find((s) => s.name === '');
    if (unnamed !== undefined && unnamed.allocated !== version.size)
      add('allocated', f.allocated, `${formatCount(unnamed.allocated, t.locale)}`);
  }
  lines.push(...time('created', f.created, detail?.created, utc));
  if (detail?.modified != null) lines.push(...time('modified', f.modified, detail.modified, utc));
  else add('modified', f.modified, formatTime(version.modified, utc, true));
  lines.push(
    ...time('changed', f.changed, detail?.changed, utc),
    ...time('accessed', f.accessed, detail?.accessed, utc),
  );
  const names = attributeNames(version.attributes).map((name) => t.attributes[name]);
  const letters = attributeLetters(version.attributes);
  add('attributes', f.attributes, names.length === 0 ? t.noAttributes : `${letters}: ${names.join(', ')}`);
  if (!directory) add('bytes', f.bytes, byteStateWord(detail?.detail.byteState ?? version.byteState, t));
  add('target', f.target, detail?.detail.reparseTarget, true);
  add('objectId', f.objectId, detail?.detail.objectId, true);
  for (const [key, value] of Object.entries(detail?.detail.facts ?? {}))
    if (value !== null && typeof value !== 'object')
      add(`fact:${key}`, spoken(key), typeof value === 'number' ? formatCount(value, t.locale) : String(value));
  add('sha1', f.sha1, detail?.detail.sha1, true);
  return lines;
}

export interface ComparedLine {
  readonly key: string;
  readonly label: string;
  readonly left: FactLine | null;
  readonly right: FactLine | null;
  readonly differs: boolean;
}

/** What some formats keep and others do not: where it is absent, nobody knows whether it differs. */
const unknownWhenAbsent = (key: string): boolean =>
  key.startsWith('fact:') || ['allocated', 'created', 'changed', 'accessed', 'sha1'].includes(key);

/** Both lists in the order of the left one, then what only the right one has. */
export function compareFacts(left: readonly FactLine[], right: readonly FactLine[]): ComparedLine[] {
  const keys = [...new Set([...left, ...right].map((line) => line.key))];
  return keys.map((key) => {
    const a = left.find((line) => line.key === key) ?? null;
    const b = right.find((line) => line.key === key) ?? null;
    const known = (a !== null && b !== null) || !unknownWhenAbsent(key);
    const differs = known && (a?.exact ?? a?.value) !== (b?.exact ?? b?.value);
    return { key, label: (a ?? b)!.label, left: a, right: b, differs };
  });
}
