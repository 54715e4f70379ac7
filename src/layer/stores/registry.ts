/** The known stores in the order they are asked. A new one: a folder here and a line below. */
import { fail } from '../../base/errors.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { appVolumesStore } from './appvolumes/index.ts';
import { containerStore } from './container/index.ts';
import { fslogixStore } from './fslogix/index.ts';
import { msixStore } from './msix/index.ts';
import { ociStore } from './oci/index.ts';
import { overlayfsStore } from './overlayfs/index.ts';
import { ownStore } from './own/index.ts';
import { plainStore } from './plain/index.ts';
import { sandboxieStore } from './sandboxie/index.ts';
import type { StoreAdapter } from './types.ts';

export const STORES: readonly StoreAdapter[] = [
  ownStore,
  containerStore,
  overlayfsStore,
  ociStore,
  sandboxieStore,
  fslogixStore,
  msixStore,
  appVolumesStore,
  plainStore,
];

/** @throws FormatError InvalidArgument with the ids when there is no such store */
export function storeOf(id: string): StoreAdapter {
  const found = STORES.find((store) => store.id === id);
  const ids = STORES.map((store) => store.id).join(', ');
  return found ?? fail('InvalidArgument', 'layer store', null, `one of ${ids}`, id);
}

/** Some are enough to show that there are more. */
const MAX_SIGNS = 4;

/** Paths by which the store of a tree is known: its marks, else the files that it keeps for itself. */
export function storeSigns(store: StoreAdapter, table: NodeTable, upcase: Uint16Array): string[] {
  const signs = store.signs?.(table, upcase) ?? store.needs(table, upcase).map(({ path }) => path);
  return signs.slice(0, MAX_SIGNS);
}

/** The store a tree is kept in; `plain` when no other has left its signs. */
export function detectStore(table: NodeTable, upcase: Uint16Array, format: string | null = null): StoreAdapter {
  return STORES.find((store) => store.detect(table, upcase, format)) ?? plainStore;
}
