/** The known stores in the order they are asked. A new one: a folder here and a line below. */
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

/** The store a tree is kept in; `plain` when no other has left its signs. */
export function detectStore(table: NodeTable, upcase: Uint16Array, format: string | null = null): StoreAdapter {
  return STORES.find((store) => store.detect(table, upcase, format)) ?? plainStore;
}
