/**
 * Reads one layer: first the root directory for the first rows, then the whole tree, then its store's marks, then its
 * hives. Each stage is handed on as soon as it is there, so that the view fills while the rest is read.
 */
import { isCancelled } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { ExtendedAttribute } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { controlSetOf, factValues, guessMount, profiles } from '../../layer/hive-facts.ts';
import { findHives, type HiveCandidate, type Profile } from '../../layer/hives.ts';
import { metadataRows } from '../../layer/ntfs-metadata.ts';
import { detectStore } from '../../layer/stores/registry.ts';
import type { LayerTree, MountedHive } from '../../layer/types.ts';
import type { ProgressInfo, Role } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import { type HiveResult, type ReadControl, readHive, readRoot, readTree, type TreeResult } from '../read-tree.ts';
import { formatAt } from '../select.ts';
import { errorData } from '../unwrap.ts';
import { baseName } from './marks.ts';
import { Meter } from './rate.ts';

export interface LayerSource {
  readonly image: ImageApi;
  readonly mount: string;
  /** Name of the image file, for findings and mounts. */
  readonly name: string;
  readonly kind: 'tree' | 'hive';
  /** Begins the ids under which the image keeps this layer's scan and hives. */
  readonly owner: string;
}

/** A hive as it was read, before users are known by SID. */
export interface LoadedHive extends Omit<MountedHive, 'mount'> {
  readonly candidate: Pick<HiveCandidate, 'mount' | 'user'>;
}

export interface LoadedLayer {
  readonly tree: LayerTree | null;
  readonly storeFacts: Readonly<Record<string, unknown>>;
  readonly hives: readonly LoadedHive[];
  readonly profiles: readonly Profile[];
  readonly controlSet: number | null;
  readonly findings: readonly Finding[];
  /** True while only the root directory is known. */
  readonly partial: boolean;
}

export interface ReadHooks {
  /** A more complete state of the layer. */
  readonly stage: (layer: LoadedLayer) => void;
  readonly progress: (info: ProgressInfo) => void;
  readonly cancelled: () => boolean;
  readonly now: () => number;
}

const EMPTY = { storeFacts: {}, hives: [], profiles: [], controlSet: null, findings: [], partial: false } as const;
const FACT_BYTES = 1024;
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

function control({ image, owner }: LayerSource, hooks: ReadHooks, what: ProgressInfo['what']): ReadControl {
  const meter = new Meter(what, hooks.now);
  let bytes = 0;
  return {
    cancelled: hooks.cancelled,
    owner,
    progress(done, total) {
      hooks.progress(meter.progress(done, total, bytes));
      Promise.resolve(image.bytesRead()).then(
        (read) => {
          bytes = read;
        },
        () => {}, // the scan itself tells when the image has gone
      );
    },
  };
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

/** A hive that cannot be read is a finding; the rest of the layer stays. */
async function readHives(
  source: LayerSource,
  hooks: ReadHooks,
  layer: LoadedLayer,
  candidates: readonly HiveCandidate[],
): Promise<LoadedLayer> {
  const hives: LoadedHive[] = [];
  const findings = [...layer.findings];
  let users: readonly Profile[] = [];
  let controlSet: number | null = null;
  for (const candidate of candidates) {
    const key = `${source.owner}${candidate.path}`;
    try {
      const read = await readHive(
        source.image,
        key,
        source.mount,
        candidate.ref,
        candidate.logs.map((log) => log.ref),
        `${source.name} ${candidate.path}`,
        control(source, hooks, 'hives'),
      );
      hives.push({ key, candidate, path: candidate.path, table: read.table, state: read.info.state });
      findings.push(...read.findings);
      const facts = await hiveFacts(source.image, key, candidate.mount, read);
      if (facts.profiles.length > 0) users = facts.profiles;
      controlSet ??= facts.controlSet;
    } catch (error) {
      // an image that was closed or has died fails every call: that is no fault of its hives
      if (isCancelled(error) || hooks.cancelled()) throw error;
      const data = errorData(error, `${source.name} ${candidate.path}`);
      findings.push({
        code: 'hiveUnreadable',
        severity: 'error',
        where: data.where,
        message: `The hive ${candidate.path} cannot be read: expected ${data.expected}, found ${data.actual}.`,
        facts: { path: candidate.path, code: data.code },
      });
    }
  }
  return { ...layer, hives, profiles: users, controlSet, findings };
}

/** Users and the control set, from the few values that say so. */
async function hiveFacts(image: ImageApi, key: string, mount: string, { table }: HiveResult) {
  const rows = factValues(mount, table);
  const data =
    rows.length === 0
      ? []
      : await image.hiveData(
          key,
          rows.map((row) => table.data.values.ref[row]!),
          FACT_BYTES,
        );
  const read = (row: number) => data[rows.indexOf(row)] ?? null;
  return {
    profiles: mount === 'HKLM/SOFTWARE' ? profiles(table, read) : [],
    controlSet: mount === 'HKLM/SYSTEM' ? controlSetOf(table, read) : null,
  };
}

async function readLooseHive(source: LayerSource, hooks: ReadHooks): Promise<LoadedLayer> {
  const key = `${source.owner}hive`;
  const read = await readHive(source.image, key, source.mount, null, [], source.name, control(source, hooks, 'hives'));
  const stated = read.info.facts['fileName'];
  const mount = guessMount(baseName(source.name), typeof stated === 'string' ? stated : '', read.table);
  const user = /^HKU\/(?!S-1-|\.)(.+?)(_Classes)?$/.exec(mount)?.[1] ?? null;
  const facts = await hiveFacts(source.image, key, mount, read);
  const hive: LoadedHive = { key, candidate: { mount, user }, path: null, table: read.table, state: read.info.state };
  return { ...EMPTY, tree: null, hives: [hive], ...facts, findings: read.findings };
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
