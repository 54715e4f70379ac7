/** One hive as the simulator sees it: the keys and values a driver could read from it, without its deletion marks. */
import { ticks } from '../base/filetime.ts';
import { KeyFlag, LayerKind, ValueFlag } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import { foldText } from '../index/upcase.ts';
import { hashText } from './value-hash.ts';

export interface SimValue {
  readonly name: string;
  readonly type: number;
  readonly hash: string | null;
}

export interface SimHive {
  readonly root: number;
  children(row: number): Iterable<{ readonly name: string; readonly row: number }>;
  isLink(row: number): boolean;
  lastWrite(row: number): string;
  values(row: number): Iterable<SimValue>;
}

/** Current control set of the hive's own layer, and the number it is shown under. */
export interface ControlSets {
  readonly own: number;
  readonly shown: number;
}

/** @param upcase case table of keys; @param sets only for a SYSTEM hive whose layer is not the base */
export function simHive(table: KeyTable, upcase: Uint16Array, sets: ControlSets | null = null): SimHive {
  const { data } = table;
  const shownName = (row: number): string | null => {
    const name = table.name(row);
    const match = sets !== null && data.parent[row] === 0 ? /^CONTROLSET(\d{3})$/.exec(foldText(name, upcase)) : null;
    if (match === null) return name;
    return Number(match[1]) === sets!.own ? `ControlSet${String(sets!.shown).padStart(3, '0')}` : null;
  };
  return {
    root: 0,
    *children(row) {
      if ((data.flags[row]! & KeyFlag.symlink) !== 0) return;
      for (let child = data.childStart[row]!; child < data.childStart[row + 1]!; child++) {
        if ((data.layerKind[child]! & 3) === LayerKind.tombstone && (data.flags[child]! & KeyFlag.symlink) === 0)
          continue;
        if (child === data.orphanRow) continue;
        const name = shownName(child);
        if (name !== null) yield { name, row: child };
      }
    },
    isLink: (row) => (data.flags[row]! & KeyFlag.symlink) !== 0,
    lastWrite: (row) => ticks(data.lastWriteLo[row]!, data.lastWriteHi[row]!).toString(),
    *values(row) {
      const seen = new Set<string>();
      const { values } = data;
      for (let value = data.valueStart[row]!; value < data.valueStart[row + 1]!; value++) {
        const name = table.valueName(value);
        const folded = foldText(name, upcase);
        if (seen.has(folded)) continue;
        seen.add(folded);
        if ((values.flags[value]! & ValueFlag.tombstone) !== 0) continue;
        const damaged = (values.flags[value]! & ValueFlag.damaged) !== 0;
        yield {
          name,
          type: values.type[value]!,
          hash: damaged ? null : hashText(values.hashHi[value]!, values.hashLo[value]!),
        };
      }
    },
  };
}
