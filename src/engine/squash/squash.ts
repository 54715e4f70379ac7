/**
 * Two adjacent layers as one store of our own in a tar archive: it opens again as the one layer that the two were.
 *
 *     .layer/store.json       what it was made of
 *     .layer/markers.ndjson   whiteouts, opaque and renamed directories
 *     files/...               with Windows metadata in pax records
 *     hives/HKLM_SOFTWARE.dat layered hives
 */
import { WasmNames } from '../../codec/names.ts';
import { TAR_END, tarHead, tarPadding } from '../../content/tar-writer.ts';
import { journalLine, STORE_PATHS, storeHeader } from '../../layer/stores/own/write.ts';
import { type FileLayer, fileLayer, NO_FILES } from '../../overlay/files/layer.ts';
import { keepGroups } from '../../overlay/squash/groups.ts';
import { squashedMarks, squashedPath } from '../../overlay/squash/marks.ts';
import { LOWER, NOTHING, squash, UPPER } from '../../overlay/squash/squash.ts';
import type { SquashReport } from '../api-squash.ts';
import { type FileCounts, squashedFiles } from './files.ts';
import { type HiveContext, type Sides, type SquashSide, squashedHives } from './hives.ts';
import { Notes } from './notes.ts';

export interface SquashContext extends HiveContext {
  /** Fold table of the stack: the OS volume's. */
  readonly upcase: Uint16Array;
  /** Files that are valid only together come from one layer. */
  readonly together: boolean;
}

/** The pieces of an archive, and when they have all come what is in it. */
export interface SquashArchive {
  readonly pieces: AsyncGenerator<Uint8Array>;
  report(): SquashReport;
}

/** @param notes may hold what is known before: it is told with the rest */
export function squashStore(sides: Sides, context: SquashContext, notes: Notes = new Notes()): SquashArchive {
  const counts: FileCounts = { files: 0, folders: 0, bytes: 0 };
  let [marks, hives, keys] = [0, 0, 0];
  const names = new WasmNames(context.module, context.upcase);
  const rowsOf = ({ layer }: SquashSide): FileLayer =>
    layer.tree === null ? NO_FILES : fileLayer(layer.name, layer.tree, names, names.fold(layer.tree.table.data));

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const pair = [rowsOf(sides[LOWER]), rowsOf(sides[UPPER])] as const;
    const squashed = squash(names, pair[UPPER], pair[LOWER], { closeAll: false });
    if (context.together) keepGroups(squashed, pair, names);
    const { twins, cutOrigins } = squashed.union;
    // of those in a folder that the upper layer closes nothing is left either way
    for (const { layer, node } of twins)
      if (squashed.kind[node] !== NOTHING && (layer === UPPER || squashed.lower[node] === 1))
        notes.add('namesAlike', 1, () => squashedPath(squashed, pair, node).join('\\'));
    notes.add('originsCut', cutOrigins, sides[UPPER].layer.name);
    const of = sides.map(({ layer }) => layer.name).reverse();
    yield* entry(STORE_PATHS.header, [storeHeader({ squashedFrom: of })]);
    const journal: Uint8Array[] = [];
    for (const marker of squashedMarks(squashed, pair)) journal.push(journalLine(marker, ++marks));
    yield* entry(STORE_PATHS.journal, journal);
    yield tarHead({ path: STORE_PATHS.files, type: 'directory', size: 0 });
    yield* squashedFiles(squashed, pair, sides, STORE_PATHS.files, notes, counts);
    for await (const hive of squashedHives(sides, context, notes)) {
      hives++;
      keys += hive.keys;
      yield* entry(`${STORE_PATHS.hives}/${hive.file}`, hive.parts);
    }
    yield TAR_END;
  }
  const source = `${sides[UPPER].layer.name} over ${sides[LOWER].layer.name}`;
  return {
    pieces: pieces(),
    report: () => ({ ...counts, marks, hives, keys, findings: notes.findings(source) }),
  };
}

function* entry(path: string, parts: readonly Uint8Array[]): Generator<Uint8Array> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  yield tarHead({ path, type: 'file', size });
  yield* parts;
  yield tarPadding(size);
}
