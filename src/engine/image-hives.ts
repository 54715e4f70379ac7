/** The hives that `reg` lists: the one that was named, or those of a whole image at their places in its registry. */
import { fail } from '../base/errors.ts';
import { splitPath } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import { findHives } from '../layer/hives.ts';
import { detectStore } from '../layer/stores/registry.ts';
import type { ImageApi, ReportNode } from './api-image.ts';
import { readTree } from './read-tree.ts';
import { placedBy } from './workspace/read-store.ts';

export interface HivePlace {
  readonly id: string;
  readonly mount: string;
  readonly ref: number | null;
  /** Null: as it is, without its logs. */
  readonly logs: readonly number[] | null;
  readonly name: string;
  /** Where the hive stands, `HKLM\SOFTWARE`; empty for a hive by itself. */
  readonly prefix: string;
  /** Key inside the hive that was asked for. */
  readonly path: string;
}

const ROOTS: Readonly<Record<string, string>> = { HKEY_LOCAL_MACHINE: 'HKLM', HKEY_USERS: 'HKU' };

/** `HKEY_LOCAL_MACHINE\x` and `HKLM\x` -> components beginning with the short root. */
function keyParts(key: string): string[] {
  const [root = '', ...rest] = splitPath(key);
  return root === '' ? [] : [ROOTS[root.toUpperCase()] ?? root, ...rest];
}

/**
 * @param key empty for everything; in an image it begins with `HKLM\` or `HKU\`
 * @param withLogs false: hives as they are, without the logs beside them
 */
export async function imageHives(
  image: ImageApi,
  node: ReportNode,
  name: string,
  key: string,
  withLogs = true,
): Promise<HivePlace[]> {
  if (node.kind === 'hive')
    return [
      {
        id: `reg:${node.mount}`,
        mount: node.mount,
        ref: null,
        logs: withLogs ? [] : null,
        name,
        prefix: '',
        path: key,
      },
    ];
  const { table, info } = await readTree(image, node.mount, name);
  const upcase = info.upcase ?? windowsUpcase();
  const store = detectStore(table, upcase, node.format);
  const needs = store.needs(table, upcase).map(() => null);
  const label = typeof node.facts['label'] === 'string' ? node.facts['label'] : '';
  const made = store.apply(table, upcase, needs, name, undefined, { label });
  const placed =
    made.places === undefined
      ? { table, root: made.root, hives: made.hives }
      : placedBy(table, made.places, [], made.hives, upcase, name);
  const wanted = keyParts(key);
  const fold = (text: string) => foldText(text, windowsUpcase());
  const whole = new Set<string>();
  const places = findHives(placed.table, placed.root, upcase, placed.hives).flatMap((hive): HivePlace[] => {
    const prefix = hive.mount.split('/');
    const common = Math.min(prefix.length, wanted.length);
    if (!prefix.slice(0, common).every((part, i) => fold(part) === fold(wanted[i]!))) return [];
    // a file with several hives is shown as it is, and once
    const several = hive.inside.length > 0;
    const inside = several && wanted.length >= prefix.length ? hive.inside : [];
    if (several && inside.length === 0) {
      if (whole.has(hive.path)) return [];
      whole.add(hive.path);
    }
    return [
      {
        id: `reg:${node.mount}:${hive.path}`,
        mount: node.mount,
        ref: hive.ref,
        logs: withLogs ? hive.logs.map((log) => log.ref) : null,
        name: `${name} ${hive.path}`,
        prefix: several ? '' : prefix.join('\\'),
        path: [...inside, ...wanted.slice(prefix.length)].join('\\'),
      },
    ];
  });
  if (places.length === 0)
    fail('MissingItem', name, null, key === '' ? 'a registry hive' : `a hive for ${key}`, 'none');
  return places;
}
