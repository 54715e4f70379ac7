/** Reads a whole tree or hive of an image into a sealed table, step by step, with progress and cancel. */
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { KeyTable } from '../index/key-table.ts';
import { KeyTableBuilder } from '../index/key-table-builder.ts';
import type { NodeTable } from '../index/node-table.ts';
import { NodeTableBuilder } from '../index/node-table-builder.ts';
import type { HiveBegun, HiveInfo, ImageApi, TreeInfo } from './api-image.ts';

/** Longest step of a scan: within it the worker answers nobody, so it is below what a person notices. */
const STEP_MS = 40;

export interface ReadControl {
  /** Checked between steps; the read ends with FormatError `Cancelled`. */
  readonly cancelled?: () => boolean;
  readonly progress?: (done: number, total: number | null) => void;
  /** Name under which the image keeps the scan. */
  readonly owner?: string;
  /** Names and the tree only: the other columns stay zeros. */
  readonly namesOnly?: boolean;
}

function checkCancelled(control: ReadControl, source: string): void {
  if (control.cancelled?.())
    throw new FormatError({
      code: 'Cancelled',
      where: { source, offset: null },
      expected: 'the end of the scan',
      actual: 'a request to stop',
    });
}

export interface TreeResult {
  readonly table: NodeTable;
  readonly info: TreeInfo;
  readonly findings: readonly Finding[];
}

export async function readTree(
  image: ImageApi,
  mount: string,
  name: string,
  control: ReadControl = {},
): Promise<TreeResult> {
  const info = await image.treeInfo(mount);
  const builder = new NodeTableBuilder(name, info.rootId, info.rootRef, control.namesOnly);
  for (;;) {
    checkCancelled(control, name);
    const batch = await image.scanNext(mount, STEP_MS, control.owner);
    for (const chunk of batch.chunks) builder.push(chunk);
    for (const finding of batch.findings) builder.finding(finding);
    control.progress?.(batch.done, batch.total);
    if (batch.finished) break;
  }
  return { ...builder.seal(), info };
}

/** Only the root directory's rows, from its own index: what can be shown before a scan is over. */
export async function readRoot(image: ImageApi, mount: string, name: string): Promise<TreeResult> {
  const info = await image.treeInfo(mount);
  const builder = new NodeTableBuilder(name, info.rootId, info.rootRef);
  builder.push(await image.list(mount, info.rootRef));
  return { ...builder.seal(), info };
}

export interface HiveResult {
  readonly table: KeyTable;
  readonly info: HiveInfo;
  readonly findings: readonly Finding[];
}

/**
 * @param hive id under which the image keeps the opened hive
 * @param control early: called when single keys and values can be asked for, before the hive is read
 */
export async function readHive(
  image: ImageApi,
  hive: string,
  mount: string,
  ref: number | null,
  logs: readonly number[] | null,
  name: string,
  control: ReadControl & { readonly early?: (begun: HiveBegun) => Promise<void> } = {},
): Promise<HiveResult> {
  const begun = await image.beginHive(hive, mount, ref, logs);
  await control.early?.(begun);
  for (;;) {
    checkCancelled(control, name);
    const { done, total, finished } = await image.readHive(hive, STEP_MS);
    if (finished) break;
    control.progress?.(done, total);
  }
  const info = await image.openHive(hive, mount, ref, logs);
  const builder = new KeyTableBuilder(name, info.rootRef);
  for (const finding of info.findings) builder.finding(finding);
  for (;;) {
    checkCancelled(control, name);
    const batch = await image.hiveNext(hive, STEP_MS);
    for (const chunk of batch.keys) builder.keys(chunk);
    for (const chunk of batch.values) builder.values(chunk);
    for (const finding of batch.findings) builder.finding(finding);
    control.progress?.(batch.done, batch.total);
    if (batch.finished) break;
  }
  return { ...builder.seal(), info };
}
