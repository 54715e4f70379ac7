/**
 * Reads one layer: first the root directory for the first rows, then the whole tree, then its store's marks, then its
 * hives. Each stage is handed on as soon as it is there, so that the view fills while the rest is read.
 */
import type { NodeTable } from '../../index/node-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { findHives } from '../../layer/hives.ts';
import { metadataRows } from '../../layer/ntfs-metadata.ts';
import type { LayerTree } from '../../layer/types.ts';
import type { Role } from '../api.ts';
import { readRoot, readTree, type TreeResult } from '../read-tree.ts';
import { formatAt } from '../select.ts';
import { control, EMPTY, type LayerSource, type LoadedLayer, type ReadHooks } from './loaded.ts';
import { readHives, readLooseHive } from './read-hives.ts';
import { readStore } from './read-store.ts';

export async function readLayer(source: LayerSource, hooks: ReadHooks): Promise<LoadedLayer> {
  if (source.kind === 'hive') return readLooseHive(source, hooks);
  const first = await readRoot(source.image, source.mount, source.name);
  const format = formatAt((await source.image.report()).root, source.mount);
  hooks.stage({ ...EMPTY, tree: plainTree(first, format), partial: true });
  const read = await readTree(source.image, source.mount, source.name, control(source, hooks, 'scan'));
  const { tree, findings, storeHives, policies, facts, signs } = await readStore(source, read, format);
  const withTree: LoadedLayer = { ...EMPTY, tree, storeFacts: facts, storeSigns: signs, policies, findings };
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
  // what these stores are made for
  if (store === 'own' || store === 'fslogix') return { role: 'user', certain: true };
  if (store === 'msix' || store === 'appvolumes') return { role: 'app', certain: true };
  if (table === null) return { role: base.any ? 'user' : 'os', certain: false };
  const upcase = windowsUpcase();
  const names = new Set<string>();
  for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++)
    names.add(foldText(table.name(row), upcase));
  if (names.has('WINDOWS')) return { role: base.known ? 'app' : 'os', certain: !base.known };
  if (names.has('USERS')) return { role: 'user', certain: true };
  return { role: base.any ? 'app' : 'os', certain: false };
}
