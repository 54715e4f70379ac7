/** A layer of a workspace and the one below it, squashed. */
import { fail } from '../../base/errors.ts';
import { upcaseOf } from '../../overlay/files/overlay.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { casedElsewhere } from '../../overlay/squash/case.ts';
import type { Reading } from '../workspace/reading.ts';
import type { LayerRecord } from '../workspace/record.ts';
import type { SquashSide } from './hives.ts';
import { Notes } from './notes.ts';
import { type SquashArchive, squashStore } from './squash.ts';

/**
 * @param upper id of the upper layer of the two
 * @throws InvalidArgument for the base layer, for a layer right above it, for one that is switched off or not read yet
 */
export function squashLayers(view: Reading, upper: string, module: WebAssembly.Module): SquashArchive {
  const records = view.layerRecords;
  const at = records.findIndex(({ id }) => id === upper);
  const refuse = (expected: string, actual: string) => fail('InvalidArgument', 'squash', null, expected, actual);
  if (at < 0) fail('MissingItem', 'squash', null, `a layer ${upper}`, 'none');
  const [above, below] = [records[at]!, records[at - 1]];
  if (below === undefined) return refuse('a layer with another one below it', `${above.name} is the base`);
  // what lies over nothing is no layer but a disk
  if (at === 1) return refuse('two layers above the base', `${below.name} is the base: the merged files can be saved`);
  for (const record of [above, below]) {
    if (!record.enabled) return refuse('layers that are switched on', `${record.name} is switched off`);
    if (record.loaded === null || record.loaded.partial) return refuse('layers that have been read', record.name);
  }
  const notes = new Notes();
  const { files, layers, registry, rules } = view.merged;
  // members of groups are taken care of
  tellRules(files, below.id, above.id, notes, new Set(files.moved.map(({ node }) => node)));
  tellRules(registry, below.id, above.id, notes);
  const [lowerNumber, upperNumber] = [files.layerIds.indexOf(below.id), files.layerIds.indexOf(above.id)];
  for (const node of casedElsewhere(files.resolution, files.layers, [lowerNumber, upperNumber]))
    notes.add('caseElsewhere', 1, () => files.path(node).join('\\'));
  const side = (record: LayerRecord): SquashSide => ({
    layer: layers.find(({ id }) => id === record.id)!,
    api: record.api,
    mount: record.mount,
    mountName(hive) {
      const candidate = record.loaded?.hives.find(({ key }) => key === hive.key)?.candidate;
      return candidate?.user == null ? hive.mount : candidate.mount;
    },
  });
  const context = {
    module,
    rules: rules.hives,
    controlSet: layers[0]?.controlSet ?? null,
    upcase: upcaseOf(layers),
    together: rules.rules.some(({ action, enabled }) => action === 'together' && enabled),
  };
  return squashStore([side(below), side(above)], context, notes);
}

/** Places where a rule lets one of the two be seen and not the other. */
function tellRules(
  merged: Merged<NamedLayer>,
  lower: string,
  upper: string,
  notes: Notes,
  but: ReadonlySet<number> = new Set(),
): void {
  const { order, rule, sight, union } = merged.resolution;
  const [l, u] = [merged.layerIds.indexOf(lower), merged.layerIds.indexOf(upper)];
  const [below, above] = [order.indexOf(l), order.indexOf(u)];
  const apart = sight.map(({ allowed }) => allowed[below] !== allowed[above]);
  if (!apart.includes(true)) return;
  for (let node = 1; node < union.count; node++)
    if (
      !but.has(node) &&
      rule[node] !== 0 &&
      apart[rule[node]! - 1] &&
      (union.slots[l]![node]! >= 0 || union.slots[u]![node]! >= 0)
    )
      notes.add('ruleTellsApart', 1, () => merged.path(node).join('\\'));
}
