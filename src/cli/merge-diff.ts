/** stratascope merge diff: what changes in the merged view without some layers, or with another stack. */
import { parseArgs } from 'node:util';
import type { Change } from '../engine/api-compare.ts';
import {
  compareFileViews,
  compareKeyViews,
  type KeyViewDifference,
  type MergedView,
  mergedView,
  toldValues,
} from '../engine/compare-views.ts';
import type { Host } from '../engine/host.ts';
import { layerNames } from '../engine/merged-listing.ts';
import { type FactsOf, viewReader } from '../engine/view-facts.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { UsageError } from './args.ts';
import { writeTotals } from './diff-reg.ts';
import { type LayerArguments, layerArguments, openLayers } from './layers.ts';
import { grouped, json, line, printable, tellFindings } from './output.ts';

const MARKS: Readonly<Record<Change | 'times', string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  metadata: '.',
  times: '.',
  same: '=',
};
/** Most characters of a value that people are shown. */
const SHOWN = 100;

interface Side {
  readonly workspace: Workspace;
  readonly view: MergedView;
  readonly names: ReadonlyMap<string, string>;
  readonly factsOf: FactsOf;
}

/**
 * `diff --without LAYER...` tells what the layers do: the view without them before, the whole one after. `diff --to LAYERS`
 * compares the stack with another one. @returns exit code: 1 when more than times differs, or something is damaged
 */
export async function mergeDiff(host: Host, given: LayerArguments, args: readonly string[]): Promise<number> {
  const to = args.indexOf('--to');
  const mine = to < 0 ? given : layerArguments(args.slice(0, to));
  const { values, positionals } = parseArgs({
    args: mine.rest,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      files: { type: 'boolean' },
      reg: { type: 'boolean' },
      times: { type: 'boolean' },
      without: { type: 'string', multiple: true },
    },
  });
  if (positionals.length > 1) throw new UsageError('merge diff takes no path');
  const without = values.without ?? [];
  if (to < 0 === (without.length === 0)) throw new UsageError('merge diff takes --without LAYER or --to LAYERS');
  const asJson = values.json === true;
  const workspace = await openLayers(host, mine, asJson);
  const names = layerNames(workspace);
  const view = (of: Workspace, left: readonly string[]) =>
    mergedView(host.modules.overlay, of.merged.layers, of.merged.rules, left);
  const whole = { workspace, view: view(workspace, []), names, factsOf: factsOf(workspace) };
  let [before, after]: [Side, Side] = [whole, whole];
  if (to < 0) {
    const left = without.map((name) => [...names].find(([, text]) => text === name)?.[0]);
    if (left.includes(undefined))
      throw new UsageError(`--without takes one of ${[...names.values()].reverse().join(', ')}`);
    before = { ...whole, view: view(workspace, left as string[]) };
  } else {
    const other = layerArguments(args.slice(to + 1));
    if (other.rest.length > 0) throw new UsageError(`--to takes layers, not "${other.rest[0]}"`);
    const opened = await openLayers(host, other, asJson);
    after = { workspace: opened, view: view(opened, []), names: layerNames(opened), factsOf: factsOf(opened) };
  }
  const both = values.files === values.reg;
  let differ = false;
  if (both || values.files) differ = await diffFiles(before, after, asJson);
  if (both || values.reg) differ = (await diffKeys(before, after, asJson, values.times === true)) || differ;
  const spaces = [...new Set([before.workspace, after.workspace])];
  const damaged = tellFindings(
    spaces.flatMap((space) => space.damage()),
    asJson,
  );
  return damaged || differ ? 1 : 0;
}

const factsOf =
  (workspace: Workspace): FactsOf =>
  (layer, hive) =>
    workspace.keyFacts(layer, hive, async () => undefined);

async function diffFiles(before: Side, after: Side, asJson: boolean): Promise<boolean> {
  const readers = (of: Side) => (layer: string) => of.workspace.readerOf(layer);
  const { totals, entries } = await compareFileViews(before.view, after.view, {
    before: readers(before),
    after: readers(after),
  });
  for (const { layers, ...entry } of entries()) {
    const from = (side: Side, id: string | null) => (id === null ? null : (side.names.get(id) ?? null));
    const [x, y] = [from(before, layers.before), from(after, layers.after)];
    if (asJson) json({ ...entry, layers: { before: x, after: y } });
    else {
      const why = entry.evidence === null ? '' : `  (${entry.evidence})`;
      line(`${MARKS[entry.change]} ${printable(entry.path)}${why}  ${fromTo(x, y)}`);
    }
  }
  const { added, removed, changed, metadata, same } = totals;
  if (asJson) json({ summary: { files: totals } });
  else
    line(
      `files: ${grouped(added.entries)} added, ${grouped(removed.entries)} removed, ${grouped(changed.entries)} changed, ${grouped(metadata.entries)} metadata only, ${grouped(same.entries)} same`,
    );
  return added.entries + removed.entries + changed.entries > 0;
}

const fromTo = (before: string | null, after: string | null): string =>
  before === null || after === null || before === after ? (after ?? before ?? '') : `${before} -> ${after}`;

async function diffKeys(before: Side, after: Side, asJson: boolean, times: boolean): Promise<boolean> {
  const keys = { added: 0, removed: 0, changed: 0, times: 0, same: 0 };
  const values = { added: 0, removed: 0, changed: 0, same: 0 };
  const [a, b] = [before.view.registry, after.view.registry];
  const reader = await viewReader({ view: a, factsOf: before.factsOf }, { view: b, factsOf: after.factsOf });
  for (const found of compareKeyViews(a, b, reader)) {
    keys[found.change]++;
    values.same += found.same;
    for (const { change } of found.values) values[change]++;
    if (found.change === 'same' || (found.change === 'times' && !times)) continue;
    await writeKey(before, after, found, asJson);
  }
  writeTotals({ keys, values }, asJson);
  return keys.added + keys.removed + keys.changed > 0;
}

async function writeKey(before: Side, after: Side, found: KeyViewDifference, asJson: boolean): Promise<void> {
  const { values, same: _, ...key } = found;
  const side = (of: Side, state: KeyViewDifference['before']) =>
    state === null ? null : { ...state, layer: of.names.get(state.layer) ?? null };
  const [x, y] = [side(before, key.before), side(after, key.after)];
  if (asJson) json({ ...key, before: x, after: y });
  else {
    const why =
      key.change === 'times' ? '  (last write)' : key.aspects.length > 0 ? `  (${key.aspects.join(', ')})` : '';
    line(`${MARKS[key.change]} [${printable(key.key)}]${why}  ${fromTo(x?.layer ?? null, y?.layer ?? null)}`);
  }
  const [left, right] = [
    await toldValues(
      before.workspace,
      before.names,
      values.map((v) => v.before),
    ),
    await toldValues(
      after.workspace,
      after.names,
      values.map((v) => v.after),
    ),
  ];
  for (const [i, { change, name }] of values.entries()) {
    const [a, b] = [left[i] ?? null, right[i] ?? null];
    if (asJson) json({ change, key: key.key, name, before: a, after: b });
    else {
      const text = (of: typeof a) => printable((of?.text ?? '(no data)').slice(0, SHOWN));
      const shown = a !== null && b !== null ? `${text(a)} -> ${text(b)}` : text(a ?? b);
      const type = (b ?? a)!.type;
      line(
        `  ${MARKS[change]} ${name === '' ? '(Default)' : printable(name)}  ${type}  ${shown}  ${fromTo(a?.layer ?? null, b?.layer ?? null)}`,
      );
    }
  }
}
