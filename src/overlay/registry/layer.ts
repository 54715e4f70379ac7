/**
 * The hives of a layer -> rows of one tree for the core: a root, `HKLM` and `HKU`, one row a mount, and below it the keys.
 *
 *     row 0            root
 *     1 ..             HKLM, HKU
 *     then             mounts: they stand for the root keys of their hives
 *     then             a block for each hive, row r of its table at `base + r` (its root key's own row is not used)
 *
 * Mapping happens here, because it is a matter of names: the current control set of an upper layer takes the name of
 * the base layer's (its other control sets are left out and counted). Keys that a store knows as renamed have an origin, as
 * directories have.
 */
import type { Finding } from '../../base/findings.ts';
import { type NameSpace, SKIP } from '../../codec/names.ts';
import { KeyFlag, LayerKind } from '../../hive/types.ts';
import type { KeyTable } from '../../index/key-table.ts';
import { foldText } from '../../index/upcase.ts';
import { hiveRule } from '../../layer/defaults.ts';
import type { HiveRule, Layer, MountedHive } from '../../layer/types.ts';
import type { OldPath } from '../join.ts';
import type { NamedLayer } from '../nodes.ts';
import { ABSENT, EntryKind } from '../types.ts';

/** A key's place in its hive. */
export interface HiveRow {
  readonly hive: MountedHive;
  /** Row in the hive's table. */
  readonly row: number;
}

interface Block {
  readonly hive: MountedHive;
  readonly mountRow: number;
  readonly base: number;
  /** Name ids of the hive's values. */
  readonly valueIds: Uint32Array;
}

export interface RegistryLayer extends NamedLayer {
  readonly findings: readonly Finding[];
  /** True while one of its hives is being read. */
  readonly partial: boolean;
  /** Hive and row of a key; null for the root and for HKLM and HKU. */
  at(row: number): HiveRow | null;
  /** Name ids of the values of the hive that `row` belongs to, by value row. */
  valueIds(row: number): Uint32Array;
}

/** Name ids of a hive, folded once. */
export interface FoldedHive {
  readonly keys: Uint32Array;
  readonly values: Uint32Array;
}

const KINDS: Readonly<Record<number, number>> = {
  [LayerKind.merge]: EntryKind.folder,
  [LayerKind.tombstone]: EntryKind.whiteout,
  [LayerKind.supersedeLocal]: EntryKind.own,
  [LayerKind.supersedeTree]: EntryKind.closed,
};

export interface RegistryInput {
  readonly names: NameSpace;
  readonly rules: readonly HiveRule[];
  /** Control set of the base layer, null when it has none. */
  readonly controlSet: number | null;
  /** True for the base layer, whose control sets keep their names. */
  readonly isBase: boolean;
  folded(table: KeyTable): FoldedHive;
}

export function registryLayer(layer: Layer, input: RegistryInput): RegistryLayer {
  const { names } = input;
  const findings: Finding[] = [];
  const mounted = new Map<string, MountedHive>();
  for (const hive of layer.hives) {
    if (hiveRule(hive.mount, input.rules)?.mode === 'never') continue;
    const key = foldText(hive.mount, names.upcase);
    if (mounted.has(key))
      findings.push({
        code: 'hiveMountTwice',
        severity: 'warning',
        where: { source: layer.name, offset: null },
        message: 'Two hives of one layer claim the same place in the registry; the first one is used.',
        facts: { mount: hive.mount, used: mounted.get(key)!.path, left: hive.path },
      });
    else mounted.set(key, hive);
  }
  const groups = new Map<string, MountedHive[]>();
  for (const hive of mounted.values()) {
    const name = groupOf(hive.mount);
    groups.set(name, [...(groups.get(name) ?? []), hive]);
  }
  const head = 1 + groups.size + mounted.size;
  let total = head;
  for (const hive of mounted.values()) total += hive.table.count;
  const nameId = new Uint32Array(total).fill(SKIP);
  const kind = new Uint8Array(total).fill(EntryKind.folder);
  const childStart = new Uint32Array(total);
  const childEnd = new Uint32Array(total);
  const spelled = new Map<number, string>();
  const blocks: Block[] = [];
  const origins = new Map<number, OldPath>();
  childStart[0] = 1;
  childEnd[0] = 1 + groups.size;
  let mapped = 0;
  /** Name id of a SID of this layer -> how the base names that person. */
  const sids = new Map(
    (layer.sids ?? []).flatMap(({ from, to }) =>
      ['', '.bak', '_Classes'].map((end) => [names.id(from + end), to + end] as const),
    ),
  );
  let groupRow = 1;
  let mountRow = 1 + groups.size;
  let base = head;
  for (const [name, hives] of groups) {
    nameId[groupRow] = names.id(name);
    spelled.set(groupRow, name);
    childStart[groupRow] = mountRow;
    childEnd[groupRow++] = mountRow + hives.length;
    for (const hive of hives) {
      const folded = input.folded(hive.table);
      const leaf = hive.mount.slice(name.length + 1);
      nameId[mountRow] = names.id(leaf);
      spelled.set(mountRow, leaf);
      fillBlock(hive, folded, base, mountRow);
      if (hiveRule(hive.mount, input.rules)?.mode === 'replace') kind[mountRow] = EntryKind.closed;
      if (foldText(hive.mount, names.upcase) === 'HKLM/SYSTEM' && !input.isBase) mapControlSets(hive.table, base);
      mapSids(hive.table, base);
      for (const [row, from] of hive.table.data.origins ?? []) {
        const path = [name, leaf, ...from];
        origins.set(base + row, { ids: path.map((part) => names.id(part)), names: path });
      }
      blocks.push({ hive, mountRow, base, valueIds: folded.values });
      base += hive.table.count;
      mountRow++;
    }
  }

  function fillBlock({ table }: MountedHive, folded: FoldedHive, from: number, mount: number): void {
    const { count, layerKind, flags, orphanRow } = table.data;
    nameId.set(folded.keys, from);
    for (let row = 0; row < count; row++) {
      kind[from + row] = (flags[row]! & KeyFlag.symlink) !== 0 ? EntryKind.leaf : KINDS[layerKind[row]! & 3]!;
      childStart[from + row] = from + table.data.childStart[row]!;
      childEnd[from + row] = from + table.data.childStart[row + 1]!;
    }
    kind[mount] = kind[from]! === EntryKind.whiteout ? EntryKind.folder : kind[from]!;
    childStart[mount] = childStart[from]!;
    childEnd[mount] = childEnd[from]!;
    if (orphanRow > 0) nameId[from + orphanRow] = SKIP;
  }

  function mapControlSets(table: KeyTable, from: number): void {
    const { controlSet: own } = layer;
    if (own === null || input.controlSet === null) return;
    let left = 0;
    for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) {
      const match = /^CONTROLSET(\d{3})$/.exec(foldText(table.name(row), names.upcase));
      if (match === null) continue;
      if (Number(match[1]) === own) {
        const name = `ControlSet${String(input.controlSet).padStart(3, '0')}`;
        nameId[from + row] = names.id(name);
        spelled.set(from + row, name);
      } else {
        nameId[from + row] = SKIP;
        left++;
      }
    }
    if (left > 0)
      findings.push({
        code: 'controlSetIgnored',
        severity: 'info',
        where: { source: layer.name, offset: null },
        message: 'Control sets of this layer that are not its current one take no part in the merge.',
        facts: { current: own, base: input.controlSet, ignored: left },
      });
  }

  /** Keys named by a SID of this layer take the name that the base has for the same person. */
  function mapSids({ count }: KeyTable, from: number): void {
    if (sids.size === 0) return;
    for (let row = 1; row < count; row++) {
      const name = sids.get(nameId[from + row]!);
      if (name === undefined) continue;
      nameId[from + row] = names.id(name);
      spelled.set(from + row, name);
      mapped++;
    }
  }
  if (mapped > 0)
    findings.push({
      code: 'sidMapped',
      severity: 'info',
      where: { source: layer.name, offset: null },
      message:
        'A profile has another SID here than in the base: keys named by it are merged under the one of the base.',
      facts: {
        keys: mapped,
        accounts: (layer.sids ?? []).map(({ from, to, name }) => `${name}: ${from} -> ${to}`).join(', '),
      },
    });

  const block = (row: number): Block | null => {
    if (row < head) return blocks.find((b) => b.mountRow === row) ?? null;
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (blocks[middle]!.base <= row) low = middle;
      else high = middle - 1;
    }
    return blocks[low] ?? null;
  };
  const at = (row: number): HiveRow | null => {
    const found = block(row);
    return found === null ? null : { hive: found.hive, row: row < head ? 0 : row - found.base };
  };
  const name = (row: number): string => {
    const written = spelled.get(row);
    if (written !== undefined) return written;
    const place = at(row);
    return place === null ? '' : place.hive.table.name(place.row);
  };
  return {
    root: mounted.size > 0 ? 0 : ABSENT,
    nameId,
    kind,
    childStart,
    childEnd,
    extra: null,
    origins: origins.size > 0 ? origins : null,
    caseSensitive: null,
    exact: name,
    name,
    findings,
    partial: layer.hives.some(({ table }) => table.data.unread !== undefined),
    at,
    valueIds: (row) => block(row)?.valueIds ?? new Uint32Array(0),
  };
}

/** `HKLM/SOFTWARE` -> `HKLM`. */
function groupOf(mount: string): string {
  const slash = mount.indexOf('/');
  return slash < 0 ? mount : mount.slice(0, slash);
}
