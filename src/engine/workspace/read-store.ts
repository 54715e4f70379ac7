/** Asks the store of a layer what its files mean: where they stand, what is deleted, which rules come along. */
import { isCancelled } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { ExtendedAttribute } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { arrange } from '../../layer/arrange.ts';
import { metadataRows } from '../../layer/ntfs-metadata.ts';
import { type Policy, readPolicies } from '../../layer/policies.ts';
import { policyNeeds } from '../../layer/policy-files.ts';
import { detectStore, storeOf, storeSigns } from '../../layer/stores/registry.ts';
import type { StoreHive, StoreNeed } from '../../layer/stores/types.ts';
import type { LayerTree } from '../../layer/types.ts';
import type { ImageApi, ReportNode } from '../api-image.ts';
import type { TreeResult } from '../read-tree.ts';
import { mountable } from '../select.ts';

const ATTRIBUTE_ROWS = 4096;

export interface StoreSource {
  readonly image: ImageApi;
  readonly mount: string;
  readonly name: string;
  /** Id of the store that a person chose; null: the one that is recognised. */
  readonly store: string | null;
}

export interface StoreReading {
  readonly tree: LayerTree;
  readonly storeHives: readonly StoreHive[];
  readonly policies: readonly Policy[];
  readonly facts: Facts;
  /** Paths by which the store is known. */
  readonly signs: readonly string[];
  readonly findings: readonly Finding[];
}

/** Label of the volume at a mount. */
function labelAt(root: ReportNode, mount: string): string {
  const label = mountable(root).find((node) => node.mount === mount)?.facts['label'];
  return typeof label === 'string' ? label : '';
}

export async function readStore(source: StoreSource, read: TreeResult, format: string | null): Promise<StoreReading> {
  const { table, info } = read;
  const upcase = info.upcase ?? windowsUpcase();
  const store = source.store === null ? detectStore(table, upcase, format) : storeOf(source.store);
  const bytes = await fetchAll(source, store.needs(table, upcase));
  const attributes = await readAttributes(source, table, store.attributed?.(table) ?? []);
  const label = labelAt((await source.image.report()).root, source.mount);
  const made = store.apply(table, upcase, bytes, source.name, attributes, { label });
  const internal = [...made.internal, ...metadataRows(table, format)];
  const placed =
    made.places === undefined
      ? { table, root: made.root, internal, hives: made.hives, findings: [] }
      : placedBy(table, made.places, internal, made.hives, upcase, source.name);
  const policies = [...(made.policies ?? []), ...(await ownPolicies(source, placed.table, placed.root, upcase))];
  return {
    tree: {
      table: placed.table,
      root: placed.root,
      markers: made.markers,
      internal: placed.internal,
      upcase: info.upcase,
      store: store.id,
    },
    storeHives: placed.hives,
    policies,
    facts: made.facts,
    signs: storeSigns(store, table, upcase),
    findings: [...read.findings, ...made.findings, ...placed.findings],
  };
}

/** The files at the places where the guest sees them. */
export function placedBy(
  table: NodeTable,
  places: Parameters<typeof arrange>[1],
  internal: readonly number[],
  hives: readonly StoreHive[],
  upcase: Uint16Array,
  name: string,
) {
  const made = arrange(table, places, upcase, name);
  const rows = (old: readonly number[]) => old.map((row) => made.rowOf[row]!).filter((row) => row > 0);
  return {
    table: made.table,
    root: 0,
    internal: rows(internal),
    hives: hives.flatMap((hive) => {
      const row = made.rowOf[hive.row]!;
      return row > 0 ? [{ ...hive, row }] : [];
    }),
    findings: made.findings,
  };
}

async function fetchAll({ image, mount }: StoreSource, needs: readonly StoreNeed[]): Promise<(Uint8Array | null)[]> {
  return Promise.all(
    needs.map(async ({ ref, size, limit }) => {
      if (size > limit) return null;
      try {
        return await image.read(mount, ref, '', 0, size);
      } catch (error) {
        if (isCancelled(error)) throw error;
        return null; // the adapter tells what it could not read
      }
    }),
  );
}

/** Rule files that agents in the guest would read. */
async function ownPolicies(
  source: StoreSource,
  table: NodeTable,
  root: number,
  upcase: Uint16Array,
): Promise<Policy[]> {
  const needs = policyNeeds(table, root, upcase);
  const bytes = await fetchAll(source, needs);
  return readPolicies(needs.map(({ path }, i) => ({ source: path, bytes: bytes[i] ?? null })));
}

/** Attributes of rows, in pieces that one answer can carry. */
async function readAttributes({ image, mount }: StoreSource, table: NodeTable, rows: readonly number[]) {
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
