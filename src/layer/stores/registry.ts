/** The known stores in the order they are asked. A new one: a folder here and a line below. */
import type { NodeTable } from '../../index/node-table.ts';
import { ownStore } from './own/index.ts';
import { plainStore } from './plain/index.ts';
import type { StoreAdapter } from './types.ts';

export const STORES: readonly StoreAdapter[] = [ownStore, plainStore];

/** The store a tree is kept in; `plain` when no other has left its signs. */
export function detectStore(table: NodeTable, upcase: Uint16Array): StoreAdapter {
  return STORES.find((store) => store.detect(table, upcase)) ?? plainStore;
}
