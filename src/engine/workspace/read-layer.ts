/**
 * Reads one layer: first the root directory for the first rows, then the whole tree, then its store's marks, then its
 * hives. Each stage is handed on as soon as it is there, so that the view fills while the rest is read.
 */
import { isCancelled } from '../../base/errors.ts';
import type { ExtendedAttribute } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { findHives } from '../../layer/hives.ts';
import { metadataRows } from '../../layer/ntfs-metadata.ts';
import { detectStore } from '../../layer/stores/registry.ts';
import type { LayerTree } from '../../layer/types.ts';
import type { Role } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import { readRoot, readTree, type TreeResult } from '../read-tree.ts';
import { formatAt } from '../select.ts';
import { control, EMPTY, type LayerSource, type LoadedLayer, type ReadHooks } from './loaded.ts';
import { readHives, readLooseHive } from './read-hives.ts';

const ATTRIBUTE_ROWS = 4096;

export async function readLayer(source: LayerSource, hooks: ReadHooks): Promise<LoadedLayer> {
  if (source.kind === 'hive') return readLooseHive(source, hooks);
  const first = await readRoot(source.image, source.mount, source.name);
  const format = formatAt((await source.image.report()).root, source.mount);
  hooks.stage({ ...EMPTY, tree: plainTree(first, format), partial: true });
  const read = await readTree(source.image, source.mount, source.name, control(source, hooks, 'scan'));
  const { tree, findings, storeHives, facts } = await readStore(source, read, format);
  const withTree: LoadedLayer = { ...EMPTY, tree, storeFacts: facts, findings };
  hooks.stage(withTree);
  const upcase = read.info.upcase ?? windowsUpcase();
  const candidates = findHives(tree.table, tree.root, upcase, storeHives).filter(
    ({ kind }) => kind !== 'template' && kind !== 'service',
  );
  return readHives(source, hooks, withTree, candidates);
}

function plainTree({ table, info }: TreeResult, format: string | null): LayerTree {
  const internal = metadataRows(table, format);
  return { table, root: 0, markers: [], internal, upcase: info.upcase, store: 'plain' };
}

async function readStore({ image, mount, name }: LayerSource, read: TreeResult, format: string | null) {
  const { table, info } = read;
  const upcase = info.upcase ?? windowsUpcase();
  const store = detectStore(table, upcase, format);
  const bytes = await Promise.all(
    store.needs(table, upcase).map(async ({ ref, size, limit }) => {
      if (size > limit) return null;
      try {
        return await image.read(mount, ref, '', 0, size);
      } catch (error) {
        if (isCancelled(error)) throw error;
        return null; // the adapter tells what it could not read
      }
    }),
  );
  const attributes = await readAttributes(image, mount, table, store.attributed?.(table) ?? []);
  const { root, internal, markers, hives, facts, findings } = store.apply(table, upcase, bytes, name, attributes);
  const tree: LayerTree = {
    table,
    root,
    markers,
    internal: [...internal, ...metadataRows(table, format)],
    upcase: info.upcase,
    store: store.id,
  };
  return { tree, storeHives: hives, facts, findings: [...read.findings, ...findings] };
}

/** Attributes of rows, in pieces that one answer can carry. */
async function readAttributes(image: ImageApi, mount: string, table: NodeTable, rows: readonly number[]) {
  const found = new Map<number, readonly ExtendedAttribute[]>();
  for (let from = 0; from < rows.length; from += ATTRIBUTE_ROWS) {
    const piece = rows.slice(from, from + ATTRIBUTE_ROWS);
    const answers = await image.attributes(
      mount,
      piece.map((row) => table.ref(row)),
    );
    answers.forEach((attributes, i) => {
      if (attributes !== null) found.set(piece[i]!, attributes);
    });
  }
  return found;
}

/**
 * What role a tree seems to have, and whether its content says so or it merely fits.
 *
 * @param base `known`: another layer is the base for certain; `any`: another one is taken for it
 */
export function guessRole(
  table: NodeTable | null,
  store: string,
  base: { readonly known: boolean; readonly any: boolean },
): { readonly role: Role; readonly certain: boolean } {
  if (store === 'own') return { role: 'user', certain: true };
  if (table === null) return { role: base.any ? 'user' : 'os', certain: false };
  const upcase = windowsUpcase();
  const names = new Set<string>();
  for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++)
    names.add(foldText(table.name(row), upcase));
  if (names.has('WINDOWS')) return { role: base.known ? 'app' : 'os', certain: !base.known };
  if (names.has('USERS')) return { role: 'user', certain: true };
  return { role: base.any ? 'app' : 'os', certain: false };
}
