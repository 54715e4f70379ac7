/**
 * Pain 1: an old copy in an upper layer hides a patched file. Programs are compared by version resource, then by link time;
 * equal contents have been told apart by their hashes before (state `same`).
 */
import { numberOf, stringOf } from '../../../content/registry-value.ts';
import type { Version } from '../../stack.ts';
import { type MergedValue, NO_LAYER, NodeState } from '../../types.ts';
import type { Detector, Evidence, Known, PeKnown, Want } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView, want } from '../view.ts';

/** Names of programs and what they load. */
export const PROGRAM = /\.(?:exe|dll|sys|ocx|cpl|drv|scr|efi|mui|ax|node|pyd)$/i;
/** Pairs whose headers are read. */
const MAX_PAIRS = 5000;

interface Pair {
  readonly node: number;
  readonly upper: Version;
  readonly lower: Version;
}

/** Programs of an upper layer over another copy. */
function pairs(view: MergeView): Pair[] {
  const { files } = view;
  const { winner, state } = files.resolution;
  const found: Pair[] = [];
  for (let node = 1; node < files.union.count && found.length < MAX_PAIRS; node++) {
    if (state[node] !== NodeState.overrides || winner[node] === NO_LAYER) continue;
    if (!PROGRAM.test(files.name(node))) continue;
    const [upper, lower] = view.stack(files, node);
    if (upper?.seen && lower?.hiddenBy === 'upper' && hasBytes(files, upper) && hasBytes(files, lower))
      found.push({ node, upper, lower });
  }
  return found;
}

function hasBytes(files: MergeView['files'], { layer, row }: Version): boolean {
  const table = files.layers[layer]!.table;
  return table !== null && row >= 0 && row < table.count && !table.isDirectory(row) && table.data.size[row]! > 0;
}

/** Negative when `a` is the older one; null when one of them is no version. */
export function compareVersions(a: string | null, b: string | null): number | null {
  if (a === null || b === null || !/^\d+(\.\d+)*$/.test(a) || !/^\d+(\.\d+)*$/.test(b)) return null;
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What makes the upper one old, null when nothing does. */
export function stale(upper: PeKnown, lower: PeKnown): string | null {
  const byVersion = compareVersions(upper.fileVersion, lower.fileVersion);
  if (byVersion !== null && byVersion < 0) return `${upper.fileVersion} < ${lower.fileVersion}`;
  if (byVersion !== null && byVersion > 0) return null;
  const [a, b] = [upper.linkTime, lower.linkTime];
  return a !== null && b !== null && a < b ? `${a.slice(0, 10)} < ${b.slice(0, 10)}` : null;
}

/** What a program says of itself. */
export function programFacts(view: MergeView, version: Pick<Version, 'layer' | 'row'>, pe: PeKnown): Evidence['facts'] {
  const facts: Record<string, string> = {};
  if (pe.fileVersion !== null) facts['version'] = pe.fileVersion;
  if (pe.linkTime !== null) facts['linked'] = pe.linkTime;
  if (pe.product !== null) facts['product'] = pe.product;
  return { ...facts, ...hashFacts(view, version) };
}

/** The image states SHA-1; the columns keep its first half. */
export function hashFacts(view: MergeView, { layer, row }: Pick<Version, 'layer' | 'row'>): Evidence['facts'] {
  const { hashHi, hashLo } = view.files.layers[layer]!.table!.data;
  const [hi, lo] = [hashHi[row]!, hashLo[row]!];
  return (hi | lo) === 0 ? {} : { sha1: `${hex8(hi)}${hex8(lo)}\u2026` };
}
const hex8 = (value: number) => value.toString(16).padStart(8, '0');

export const staleBinary: Detector = {
  id: 'staleBinary',
  pain: 1,
  needs: (view) =>
    pairs(view).flatMap(({ upper, lower }): Want[] => [
      { kind: 'pe', layer: upper.layer, row: upper.row },
      { kind: 'pe', layer: lower.layer, row: lower.row },
    ]),
  detect(view, known, sink) {
    for (const { node, upper, lower } of pairs(view)) {
      const [mine, other] = [known.pe(upper.layer, upper.row), known.pe(lower.layer, lower.row)];
      if (mine === null || other === null) continue;
      const note = stale(mine, other);
      if (note === null) continue;
      const place = view.filePlace(node);
      const folder = place.slice(0, place.lastIndexOf('\\'));
      const user = view.role(view.files, upper.layer) === 'user';
      const settle = (kind: 'exact' | 'subtree', p: string) =>
        user ? fileRule(kind, p, 'keepLower') : fileRule(kind, p, 'redirect', view.files.layerIds[lower.layer]);
      sink.add({
        code: 'staleUpperBinary',
        severity: 'warning',
        message: 'An old copy in an upper layer hides the newer file below it, so the update never takes effect.',
        path: view.filePath(node),
        place,
        note,
        evidence: [
          view.fileEvidence(node, upper, 'wins', programFacts(view, upper, mine)),
          view.fileEvidence(node, lower, 'hidden', programFacts(view, lower, other)),
        ],
        proposal: adding(settle('exact', place)),
        // whole folders of Windows hold more than one program's files
        wider: folder === '' || /^Windows(\\|$)/i.test(folder) ? null : adding(settle('subtree', folder)),
      });
    }
  },
};

const VERSION_KEY = 'Microsoft\\Windows NT\\CurrentVersion';
const BUILD_VALUES = ['CurrentBuild', 'CurrentBuildNumber', 'UBR'];

interface BuildValue {
  readonly node: number;
  readonly value: MergedValue;
  readonly below: MergedValue['shadowed'][number];
}

function buildValues(view: MergeView): BuildValue[] {
  const node = view.key('HKLM/SOFTWARE', VERSION_KEY);
  if (node < 0) return [];
  return BUILD_VALUES.flatMap((name) => {
    const value = view.value(node, name);
    const below = value?.state === NodeState.overrides ? value.shadowed.find((other) => !other.tombstone) : undefined;
    return value === null || below === undefined ? [] : [{ node, value, below }];
  });
}

function buildNumber(data: Uint8Array | null, type: number): number | null {
  if (data === null) return null;
  const number = numberOf(type, data);
  const text = number === null ? stringOf(data) : String(number);
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The registry of an upper layer says an older build than the OS below: updates and installers believe the registry. */
export const staleBuild: Detector = {
  id: 'staleBuild',
  pain: 1,
  needs: (view) => buildValues(view).flatMap(({ value, below }) => [want(value), want(below)]),
  detect(view, known: Known, sink) {
    for (const { node, value, below } of buildValues(view)) {
      const [mine, other] = [buildNumber(known.value(value), value.type), buildNumber(known.value(below), value.type)];
      if (mine === null || other === null || mine >= other) continue;
      const place = view.keyPlace(node);
      const side = (layer: number, role: Evidence['role'], build: number): Evidence => ({
        layer: view.registry.layerIds[layer] ?? null,
        role,
        path: `${view.keyPath(node)}\\${value.name}`,
        facts: { data: String(build) },
      });
      const lower = view.registry.layerIds[below.layer]!;
      const user = view.role(view.registry, value.layer) === 'user';
      sink.add({
        code: 'upperHidesNewer',
        severity: 'error',
        message: 'The registry reports an older build than the files are: updates and installers act on the wrong one.',
        path: `${view.keyPath(node)}\\${value.name}`,
        place,
        note: `${value.name} ${mine} < ${other}`,
        evidence: [side(value.layer, 'wins', mine), side(below.layer, 'hidden', other)],
        proposal: adding(user ? keyRule('exact', place, 'keepLower') : keyRule('exact', place, 'redirect', lower)),
      });
    }
  },
};
