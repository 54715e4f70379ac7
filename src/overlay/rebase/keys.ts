/** Rebase, registry: values that another base changed and that the layers above hide. The shape of the report is files.ts'. */
import { valueText, valueTypeName } from '../../content/registry-value.ts';
import { ValueFlag } from '../../hive/types.ts';
import type { Detector, Evidence, Sink, ValueWant, Want } from '../findings/types.ts';
import { adding, keyRule, type MergeView } from '../findings/view.ts';
import type { HiveRow } from '../registry/layer.ts';
import { EntryKind, type MergedValue, NO_LAYER, NodeState, StateFlag } from '../types.ts';
import { REBASE_MESSAGES, type RebaseCode } from './messages.ts';

/** A key of one base: where its values stand. */
interface Own {
  readonly place: HiveRow;
  /** Value row by name id. */
  readonly values: ReadonlyMap<number, number>;
}

export interface KeyChanges {
  /** Values that the new base has otherwise or has not had before, and those it no longer has. */
  changed: number;
  removed: number;
}

interface ClosedKey {
  readonly node: number;
  readonly mark: boolean;
  readonly by: number;
  count: number;
  readonly first: number[];
}
const SAMPLES = 5;
/** Values whose data are read, and characters of their text that are told. */
const MAX_VALUES = 10_000;
const MAX_TEXT = 200;

const counts = new WeakMap<MergeView, KeyChanges>();
/** What the detector has counted on its way. */
export const keyChangesOf = (view: MergeView): KeyChanges => counts.get(view) ?? { changed: 0, removed: 0 };

export function rebaseKeys(oldId: string): Detector {
  return {
    id: 'rebaseKeys',
    pain: 9,
    needs(view) {
      const wants: Want[] = [];
      const note: ReadData = (value) => {
        if (wants.length < MAX_VALUES) wants.push({ kind: 'value', ...value });
        return null;
      };
      new KeyRebase(view, view.registry.layerIds.indexOf(oldId), { add() {} }, note).run();
      return wants;
    },
    detect: (view, known, sink) =>
      new KeyRebase(view, view.registry.layerIds.indexOf(oldId), sink, (value) => known.value(value)).run(),
  };
}

/** Data of a value, null when they are not known. */
type ReadData = (value: Omit<ValueWant, 'kind'>) => Uint8Array | null;

class KeyRebase {
  readonly #view: MergeView;
  readonly #old: number;
  readonly #base: number;
  readonly #sink: Sink;
  readonly #closed = new Map<number, ClosedKey>();
  readonly #data: ReadData;
  readonly #totals: KeyChanges = { changed: 0, removed: 0 };

  constructor(view: MergeView, old: number, sink: Sink, data: ReadData) {
    this.#view = view;
    this.#old = old;
    this.#base = view.registry.resolution.order[0] ?? NO_LAYER;
    this.#sink = sink;
    this.#data = data;
    counts.set(view, this.#totals);
  }

  run(): void {
    if (this.#base === NO_LAYER) return;
    const { union, winner, flags, floor, order } = this.#view.registry.resolution;
    // the node on the way from which on the base is not seen
    const blocker = new Int32Array(union.count).fill(-1);
    const uppers = order.slice(1);
    for (let node = 1; node < union.count; node++) {
      const up = union.parent[node]!;
      const hidden = winner[node] === NO_LAYER;
      if (hidden && (flags[node]! & StateFlag.whiteout) !== 0) blocker[node] = node;
      else if (blocker[up]! >= 0) blocker[node] = blocker[up]!;
      else if (!hidden && this.#closes(node, floor[node]!)) blocker[node] = node;
      const [now, before] = [this.#own(this.#base, node), this.#own(this.#old, node)];
      if (now === null && before === null) continue;
      const changed = this.#changed(now, before);
      if (hidden) {
        if (changed.size > 0 && blocker[node]! >= 0) this.#below(blocker[node]!, node, changed.size);
      } else if (uppers.some((layer) => union.slots[layer]![node]! >= 0))
        this.#look(node, { now, before, changed, place: blocker[node]! < 0 ? node : blocker[node]! });
    }
    for (const closed of this.#closed.values()) this.#tellClosed(closed);
  }

  /** True for a key that is shown without what the base has below it. @param floor of the key */
  #closes(node: number, floor: number): boolean {
    const { registry } = this.#view;
    const { union, winner } = registry.resolution;
    const won = winner[node]!;
    return floor > 0 || (won !== this.#base && registry.layers[won]!.kind[union.slots[won]![node]!] === EntryKind.leaf);
  }

  #own(layer: number, node: number): Own | null {
    const { registry } = this.#view;
    const row = registry.union.slots[layer]?.[node] ?? -1;
    if (row < 0 || registry.layers[layer]!.kind[row] === EntryKind.whiteout) return null;
    const place = registry.at(layer, row);
    if (place === null) return null;
    const ids = registry.layers[layer]!.valueIds(row);
    const { valueStart, values } = place.hive.table.data;
    const own = new Map<number, number>();
    for (let value = valueStart[place.row]!; value < valueStart[place.row + 1]!; value++)
      if ((values.flags[value]! & ValueFlag.tombstone) === 0) own.set(ids[value]!, value);
    return { place, values: own };
  }

  /** Name ids of the values that the new base has otherwise or anew. */
  #changed(now: Own | null, before: Own | null): Set<number> {
    const changed = new Set<number>();
    for (const [id, row] of now?.values ?? []) {
      const other = before?.values.get(id);
      if (other !== undefined && sameData(now!.place, row, before!.place, other)) continue;
      changed.add(id);
    }
    for (const id of before?.values.keys() ?? []) if (now?.values.has(id) !== true) this.#totals.removed++;
    this.#totals.changed += changed.size;
    return changed;
  }

  /** A key that is seen and that layers above have as well. @param place where the base's values are closed, if they are */
  #look(
    node: number,
    {
      now,
      before,
      changed,
      place,
    }: { now: Own | null; before: Own | null; changed: ReadonlySet<number>; place: number },
  ): void {
    const { registry } = this.#view;
    const closed: number[] = [];
    for (const value of registry.values(node)) {
      const id = registry.names.id(value.name);
      const mark = value.state === NodeState.hidden && (value.flags & StateFlag.whiteout) !== 0;
      const shown = value.state !== NodeState.hidden && value.layer !== this.#base;
      if (changed.has(id)) {
        if (shown && !this.#asNew(node, value, now!, id)) this.#tell(node, value, now!, before, id);
        else if (mark) this.#tellMark(node, value, now!, id);
        else if (value.state === NodeState.hidden) closed.push(id);
      } else if (shown && now?.values.has(id) !== true && before?.values.has(id) === true)
        this.#add(node, value, 'rebaseKeepsValue', 'info', [
          this.#side(node, value.name, 'wins', value),
          this.#ownSide(node, value.name, 'before', this.#old, before, id),
        ]);
    }
    // the key's own content is closed by what supersedes it
    if (closed.length > 0) this.#below(place, node, closed.length);
  }

  /** Whether a value above is what the new base has; its state is about the one right below, which may be another layer's. */
  #asNew(node: number, { layer, row }: MergedValue, now: Own, id: number): boolean {
    const { registry } = this.#view;
    const place = registry.at(layer, registry.union.slots[layer]![node]!);
    return place !== null && sameData(place, row, now.place, now.values.get(id)!);
  }

  #tell(node: number, value: MergedValue, now: Own, before: Own | null, id: number): void {
    const type = now.place.hive.table.data.values.type[now.values.get(id)!]!;
    const note =
      type === value.type ? value.name : `${value.name}: ${valueTypeName(value.type)} ≠ ${valueTypeName(type)}`;
    this.#add(
      node,
      value,
      'rebaseHidesValue',
      'warning',
      [
        this.#side(node, value.name, 'wins', value),
        this.#ownSide(node, value.name, 'hidden', this.#base, now, id),
        ...(before?.values.has(id) ? [this.#ownSide(node, value.name, 'before', this.#old, before, id)] : []),
      ],
      note,
    );
  }

  #tellMark(node: number, value: MergedValue, now: Own, id: number): void {
    const marks = value.shadowed.find(({ tombstone }) => tombstone);
    this.#add(node, { ...value, layer: marks?.layer ?? value.layer }, 'rebaseDeletesChange', 'warning', [
      { layer: this.#id(marks?.layer), role: 'mark', path: this.#path(node, value.name), facts: {} },
      this.#ownSide(node, value.name, 'hidden', this.#base, now, id),
    ]);
  }

  #add(
    node: number,
    { name, layer }: Pick<MergedValue, 'name' | 'layer'>,
    code: RebaseCode,
    severity: 'warning' | 'info',
    evidence: readonly Evidence[],
    note = name,
  ): void {
    const place = this.#view.keyPlace(node);
    this.#sink.add({
      code,
      severity,
      message: REBASE_MESSAGES[code],
      path: this.#path(node, name),
      place,
      note,
      evidence,
      // rules decide keys, not single values: sub-keys are left alone
      proposal: this.#settle(node, layer, 'exact'),
    });
  }

  #settle(node: number, layer: number, kind: 'exact' | 'subtree') {
    const user = this.#view.role(this.#view.registry, layer) === 'user';
    return adding(keyRule(kind, this.#view.keyPlace(node), user ? 'keepLower' : 'passthrough'));
  }

  #below(place: number, node: number, count: number): void {
    let closed = this.#closed.get(place);
    if (closed === undefined) {
      const { order, union, winner, floor } = this.#view.registry.resolution;
      const mark = winner[place] === NO_LAYER;
      const kinds: readonly number[] = mark ? [EntryKind.whiteout] : [EntryKind.own, EntryKind.leaf];
      const of = order.slice(1).findLast((layer) => {
        const row = union.slots[layer]![place]!;
        return row >= 0 && kinds.includes(this.#view.registry.layers[layer]!.kind[row]!);
      });
      const by = !mark && floor[place]! > 0 ? order[floor[place]!] : of;
      closed = { node: place, mark, by: by ?? winner[place]!, count: 0, first: [] };
      this.#closed.set(place, closed);
    }
    closed.count += count;
    if (closed.first.length < SAMPLES) closed.first.push(node);
  }

  #tellClosed({ node, mark, by, count, first }: ClosedKey): void {
    const view = this.#view;
    // a hive that is taken whole hides the base's as a matter of course
    const mount = view.registry.path(node).length <= 2;
    const code = mark ? 'rebaseDeletesChange' : 'rebaseHidesFolder';
    this.#sink.add({
      code,
      severity: mount ? 'info' : 'warning',
      message: REBASE_MESSAGES[code],
      path: view.keyPath(node),
      place: view.keyPlace(node),
      note: String(count),
      evidence: [
        {
          layer: this.#id(by),
          role: mark ? 'mark' : 'wins',
          path: view.keyPath(node),
          facts: { items: String(count) },
        },
        ...first.map((at): Evidence => {
          return { layer: this.#id(this.#base), role: 'hidden', path: view.keyPath(at), facts: {} };
        }),
      ],
      proposal: mount ? null : this.#settle(node, by, 'subtree'),
    });
  }

  #id(layer: number | undefined): string | null {
    return this.#view.registry.layerIds[layer ?? -1] ?? null;
  }
  #path(node: number, name: string): string {
    return `${this.#view.keyPath(node)}\\${name}`;
  }
  #side(node: number, name: string, role: Evidence['role'], { layer, hive, row, type, size }: Stored): Evidence {
    const data = this.#data({ layer, hive, row });
    const text = data === null ? null : valueText(type, data).slice(0, MAX_TEXT);
    const facts = { type: valueTypeName(type), size: String(size), ...(text === null ? {} : { data: text }) };
    return { layer: this.#id(layer), role, path: this.#path(node, name), facts };
  }
  #ownSide(node: number, name: string, role: Evidence['role'], layer: number, { place, values }: Own, id: number) {
    const { type, size } = place.hive.table.data.values;
    const row = values.get(id)!;
    return this.#side(node, name, role, { layer, hive: place.hive.key, row, type: type[row]!, size: size[row]! });
  }
}

type Stored = Pick<MergedValue, 'layer' | 'hive' | 'row' | 'type' | 'size'>;

function sameData(a: HiveRow, rowA: number, b: HiveRow, rowB: number): boolean {
  const [x, y] = [a.hive.table.data.values, b.hive.table.data.values];
  return (
    x.type[rowA] === y.type[rowB] &&
    x.size[rowA] === y.size[rowB] &&
    x.hashHi[rowA] === y.hashHi[rowB] &&
    x.hashLo[rowA] === y.hashLo[rowB]
  );
}
