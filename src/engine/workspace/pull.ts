/**
 * The merged registry (or a derived view of it) key by key with the data of its values, for writers of files. Values are asked
 * for in batches: one message for the values of many keys.
 */
import { fail } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import type { ExportValue } from '../../content/registry-export.ts';
import { KeyFlag } from '../../hive/types.ts';
import type { MergedValue } from '../../overlay/types.ts';
import type { WholeKey } from '../key-writers.ts';
import { keysFrom, valuesOf } from '../merged-listing.ts';
import { keyPath } from './address.ts';
import type { Reading } from './reading.ts';

/** A batch ends when it has this many values, or values of this many bytes. */
const BATCH_VALUES = 4096;
const BATCH_BYTES = 4 << 20;

export interface PulledKey extends WholeKey {
  readonly values: readonly ExportValue[];
}

export interface PullOptions {
  /** Everything below the key as well. */
  readonly deep: boolean;
  /** With security descriptors, for new hives. */
  readonly security: boolean;
}

/** Keys from `start` on (0: all hives), parents first, in key order. @throws FormatError when the registry changes meanwhile */
export async function* pullKeys(
  view: Reading,
  start: number,
  { deep, security }: PullOptions,
): AsyncGenerator<PulledKey[]> {
  const { derived } = view;
  const { registry } = view.merged;
  const { generation } = registry;
  const securities = new Map<string, Uint8Array | null>();
  const base = derived.path(start).length;
  const same = () => {
    if (registry.generation !== generation)
      fail('UnexpectedChange', 'merged view', null, 'layers that stay as they are', 'a change');
  };

  async function finish(batch: readonly Pulled[]): Promise<PulledKey[]> {
    const merged = batch.map(({ node, values }) => ({ key: registry.key(derived.main(node)), values }));
    const nodes = batch.map(({ node }) => node);
    const paths = nodes.map((node) => derived.path(node));
    const links = nodes.map((node) => (registry.row(derived.main(node)).attributes & KeyFlag.symlink) !== 0);
    const asked = merged.flatMap(({ values }) => values);
    const pulled = await view.valueData(asked);
    same();
    let next = 0;
    const keys: PulledKey[] = [];
    for (const [i, { key, values }] of merged.entries()) {
      const { classFrom, securityFrom, lastWriteLo, lastWriteHi } = key;
      const hasClass = classFrom !== null && (classFrom.hive.table.data.flags[classFrom.row]! & KeyFlag.hasClass) !== 0;
      let descriptor: Uint8Array | null = null;
      if (security && securityFrom !== null) {
        // keys share their descriptors: each cell is asked for once
        const cell = `${securityFrom.hive.key} ${securityFrom.hive.table.data.security[securityFrom.row]}`;
        descriptor = securities.get(cell) ?? null;
        if (!securities.has(cell)) {
          descriptor = await view.securityBytes(securityFrom.layer, securityFrom);
          same();
          securities.set(cell, descriptor);
        }
      }
      const className = hasClass ? await view.className(classFrom.layer, classFrom) : null;
      same();
      const path = paths[i]!;
      keys.push({
        path: keyPath(path),
        depth: path.length - base,
        name: path.at(-1) ?? '',
        lastWrite: filetimeIso(lastWriteLo, lastWriteHi),
        lastWriteTime: (BigInt(lastWriteHi) << 32n) | BigInt(lastWriteLo),
        className,
        security: descriptor,
        link: links[i]!,
        deleted: false,
        layerKind: 0,
        inheritClass: false,
        values: values.map(({ name, type }) => ({ name, type, data: pulled[next++] ?? null, deleted: false })),
      });
    }
    return keys;
  }

  let batch: Pulled[] = [];
  let values = 0;
  let bytes = 0;
  for (const node of keysFrom(view, start, deep, false)) {
    if (!deep && node !== start) break;
    const pulled = { node, values: valuesOf(view, node, false) };
    batch.push(pulled);
    values += pulled.values.length + 1;
    for (const { size } of pulled.values) bytes += size;
    if (values < BATCH_VALUES && bytes < BATCH_BYTES) continue;
    yield await finish(batch);
    batch = [];
    values = 0;
    bytes = 0;
  }
  if (batch.length > 0) yield await finish(batch);
}

interface Pulled {
  readonly node: number;
  readonly values: readonly MergedValue[];
}
