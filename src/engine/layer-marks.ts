/** What a layer's store says of the layers below: marks on files, and how many keys of its hives are marks. */
import { LayerKind } from '../hive/types.ts';
import type { Layer, MountedHive } from '../layer/types.ts';

export interface FileMark {
  readonly mark: 'whiteout' | 'opaque' | 'origin';
  readonly path: string;
  /** Where a renamed folder was before; null for other marks. */
  readonly from: string | null;
}

export interface HiveMarks {
  readonly mount: string;
  readonly path: string | null;
  /** Keys of a layered hive that say something about the keys below them. */
  readonly marks: number;
}

const pathOf = (parts: readonly string[]): string => parts.join('\\');

const markedKeys = ({ table }: MountedHive): number =>
  table.data.layerKind.reduce((sum, kind) => sum + (kind === LayerKind.merge ? 0 : 1), 0);

/** In the order in which the store has them. */
export function layerMarks({ tree, hives }: Layer): { files: readonly FileMark[]; hives: readonly HiveMarks[] } {
  return {
    files: (tree?.markers ?? []).map((mark) => ({
      mark: mark.kind,
      path: pathOf(mark.path),
      from: mark.kind === 'origin' ? pathOf(mark.from) : null,
    })),
    hives: hives.map((hive) => ({ mount: hive.mount, path: hive.path, marks: markedKeys(hive) })),
  };
}
