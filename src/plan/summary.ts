/** What page and command line show of a plan. */
import { joinPath } from './encode.ts';
import type { Plan } from './plan.ts';
import { fileGroups, keyGroups } from './read-segments.ts';
import { joinName } from './segments.ts';
import type { Manifest } from './spec.ts';

export interface PlanSummary {
  readonly planId: string;
  readonly binding: 'pinned';
  readonly records: number;
  readonly fileRecords: number;
  readonly registryRecords: number;
  readonly segments: number;
  readonly bytes: number;
  readonly effectiveViewSha256: string;
  readonly proven: boolean;
  readonly warnings: readonly string[];
  readonly rules: number;
}

/** @param proven what `prove` came to */
export function summarize(plan: Plan, proven: boolean, warnings: readonly string[]): PlanSummary {
  const { manifest } = plan;
  const count = (folder: string) =>
    manifest.segments.filter((s) => s.path.startsWith(folder)).reduce((sum, s) => sum + s.records, 0);
  const fileRecords = count('files/');
  const registryRecords = count('registry/');
  let bytes = plan.manifestBytes.length;
  for (const part of [...plan.segments.values(), ...plan.blobs.values()]) bytes += part.length;
  return {
    planId: manifest.integrity.planId,
    // Portable plans are not made yet; one that is opened is shown with what it says in the manifest.
    binding: manifest.binding as 'pinned',
    records: fileRecords + registryRecords,
    fileRecords,
    registryRecords,
    segments: manifest.segments.length,
    bytes,
    effectiveViewSha256: manifest.integrity.effectiveViewSha256,
    proven,
    warnings,
    rules: manifest.rules.length,
  };
}

export interface OpenLayer {
  readonly role: 'os' | 'app' | 'user';
  readonly name: string;
  readonly fingerprint: readonly { readonly what: string; readonly sha256: string }[];
}

export interface LayerMatch {
  readonly id: string;
  readonly role: 'os' | 'app' | 'user';
  readonly name: string;
  readonly match: 'exact' | 'different' | 'absent';
  readonly differs: readonly string[];
  /** Index of the open layer it was compared with, null when absent. */
  readonly open: number | null;
}

/**
 * The plan's layers against the open ones. An exact match is taken wherever it stands; else the open layer of the same role
 * that shares most parts. `differs` names parts that are other or missing.
 */
export function compareLayers(manifest: Manifest, open: readonly OpenLayer[]): LayerMatch[] {
  const free = new Set(open);
  const parts = manifest.layers.map((layer) => layer.fingerprint.parts);
  const differing = (wanted: (typeof parts)[number], layer: OpenLayer) => {
    // two parts may have one name: a header in a file inside another one of its kind
    const have = new Set(layer.fingerprint.map(({ what, sha256 }) => `${what} ${sha256}`));
    return wanted.filter(({ what, sha256 }) => !have.has(`${what} ${sha256}`)).map(({ what }) => what);
  };
  const chosen = parts.map((wanted) => {
    const exact = [...free].find((layer) => wanted.length > 0 && differing(wanted, layer).length === 0);
    if (exact !== undefined) free.delete(exact);
    return exact ?? null;
  });
  return manifest.layers.map((layer, i) => {
    const wanted = parts[i]!;
    const about = { id: layer.id, role: layer.role };
    const exact = chosen[i];
    if (exact) return { ...about, name: exact.name, match: 'exact', differs: [], open: open.indexOf(exact) };
    const nearest = [...free]
      .filter((other) => other.role === layer.role)
      .sort((a, b) => differing(wanted, a).length - differing(wanted, b).length)[0];
    if (nearest === undefined) return { ...about, name: layer.id, match: 'absent', differs: [], open: null };
    free.delete(nearest);
    const differs = differing(wanted, nearest);
    return { ...about, name: nearest.name, match: 'different', differs, open: open.indexOf(nearest) };
  });
}

export interface RecordSample {
  readonly path: string;
  readonly action: string;
  readonly layer: string | null;
}

/** The first records of files and of the registry, `limit` of each. @throws FormatError */
export function sampleRecords(plan: Plan, limit = 20): RecordSample[] {
  const samples: RecordSample[] = [];
  const take = (path: string, record: { readonly a: string; readonly [field: string]: unknown }) => {
    const layer = record['l'] ?? record['attrs'];
    samples.push({ path, action: record.a, layer: typeof layer === 'string' ? layer : null });
  };
  for (const { path, entries } of fileGroups(plan, null)) {
    for (const { name, record } of entries) if (samples.length < limit) take(joinName(joinPath(path), name), record);
    if (samples.length >= limit) break;
  }
  const end = samples.length + limit;
  for (const { path, entries } of keyGroups(plan, null)) {
    for (const { name, record } of entries)
      if (samples.length < end)
        take(name === null ? joinPath(path) : `${joinPath(path)} : ${name || '(Default)'}`, record);
    if (samples.length >= end) break;
  }
  return samples;
}
