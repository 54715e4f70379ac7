/**
 * Reads the hives of a layer. A hive by itself shows its first keys before it is read: they are fetched cell by cell, and so
 * is what a key holds that is opened meanwhile.
 */
import { FormatError, isCancelled } from '../../base/errors.ts';
import { keySubtree } from '../../index/key-subtree.ts';
import { childOf, lookup } from '../../index/path.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { controlSetOf, factValues, guessMount, hivesInside, profiles, SIGN_PARENTS } from '../../layer/hive-facts.ts';
import type { HiveCandidate, Profile } from '../../layer/hives.ts';
import type { HiveBegun, ImageApi } from '../api-image.ts';
import { FirstKeys } from '../first-keys.ts';
import { type HiveResult, readHive } from '../read-tree.ts';
import { errorData } from '../unwrap.ts';
import { control, EMPTY, type LayerSource, type LoadedHive, type LoadedLayer, type ReadHooks } from './loaded.ts';
import { baseName } from './marks.ts';

const FACT_BYTES = 1024;
/** Hives of an image that take longer are shown one after the other. */
const STAGE_MS = 300;

/** A hive that cannot be read is a finding; the rest of the layer stays. */
export async function readHives(
  source: LayerSource,
  hooks: ReadHooks,
  layer: LoadedLayer,
  candidates: readonly HiveCandidate[],
): Promise<LoadedLayer> {
  const hives: LoadedHive[] = [];
  const findings = [...layer.findings];
  let users: readonly Profile[] = [];
  let controlSet: number | null = null;
  const soFar = (): LoadedLayer => ({
    ...layer,
    hives: [...hives],
    profiles: users,
    controlSet,
    findings: [...findings],
  });
  let staged = hooks.now();
  for (const candidate of candidates) {
    // a file with several hives is opened once for each: what a key is asked of is one table
    const key = [`${source.owner}${candidate.path}`, ...candidate.inside].join('|');
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
      const row = lookup(read.table, candidate.inside, windowsUpcase());
      if (row < 0) {
        // a package need not have every part of a registry
        await source.image.release(key);
        continue;
      }
      const part = keySubtree(read.table, row);
      const table = candidate.restate?.(part) ?? part;
      hives.push({ key, candidate, path: candidate.path, table, state: read.info.state });
      findings.push(...read.findings);
      const facts = await hiveFacts(source.image, key, candidate.mount, read);
      if (facts.profiles.length > 0) users = facts.profiles;
      controlSet ??= facts.controlSet;
      if (hooks.now() - staged > STAGE_MS && candidate !== candidates.at(-1)) {
        hooks.stage({ ...soFar(), partial: true });
        staged = hooks.now();
      }
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
  return soFar();
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

/** A layer that is one hive, at the place that its content or its name says. */
export async function readLooseHive(source: LayerSource, hooks: ReadHooks): Promise<LoadedLayer> {
  const key = `${source.owner}hive`;
  const layer = (table: HiveResult['table'], fileName: string, state: LoadedHive['state']): LoadedLayer => {
    const mount = guessMount(baseName(source.name), fileName, table);
    const user = /^HKU\/(?!S-1-|\.)(.+?)(_Classes)?$/.exec(mount)?.[1] ?? null;
    return { ...EMPTY, tree: null, hives: [{ key, candidate: { mount, user }, path: null, table, state }] };
  };
  const early = async ({ root, state, fileName }: HiveBegun) => {
    if (root === null) return;
    const first = new FirstKeys(source.image, key, source.name, root);
    const stage = (): LoadedLayer => ({ ...layer(first.table(), fileName, state), partial: true, more });
    const more = async (wanted: number) => ((await orNothing(first.load(wanted))) ? stage() : null);
    await orNothing(first.load(first.root));
    for (const name of SIGN_PARENTS) {
      const table = first.table();
      const row = childOf(table, 0, name, windowsUpcase());
      if (row > 0) await orNothing(first.load(table.ref(row)));
    }
    hooks.stage(stage());
  };
  const steps = { ...control(source, hooks, 'hives'), early };
  const read = await readHive(source.image, key, source.mount, null, [], source.name, steps);
  const stated = read.info.facts['fileName'];
  const whole = layer(read.table, typeof stated === 'string' ? stated : '', read.info.state);
  const inside = await readInside(source, hooks, read);
  if (inside.length > 0) return { ...whole, hives: inside, findings: read.findings };
  const { mount } = whole.hives[0]!.candidate;
  return { ...whole, ...(await hiveFacts(source.image, key, mount, read)), findings: read.findings };
}

/** The hives of a package that lie in one file; each is opened for itself, as what a key is asked of is one table. */
async function readInside(source: LayerSource, hooks: ReadHooks, { table, info }: HiveResult): Promise<LoadedHive[]> {
  const hives: LoadedHive[] = [];
  for (const { mount, inside } of hivesInside(table)) {
    const key = `${source.owner}hive|${mount}`;
    await readHive(source.image, key, source.mount, null, [], source.name, control(source, hooks, 'hives'));
    const part = keySubtree(table, lookup(table, inside, windowsUpcase()));
    hives.push({ key, candidate: { mount, user: null }, path: null, table: part, state: info.state });
  }
  return hives;
}

/** What cannot be had early is told when the hive has been read. */
async function orNothing(loaded: Promise<boolean>): Promise<boolean> {
  try {
    return await loaded;
  } catch (error) {
    if (error instanceof FormatError && !isCancelled(error)) return false;
    throw error;
  }
}
