/** `reg --format` and `merge reg --format`: keys as a file, to standard output or to a new file. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { RegistryFormat } from '../engine/api.ts';
import { exportListing } from '../engine/hive-export.ts';
import type { Image } from '../engine/image.ts';
import type { HivePlace } from '../engine/image-hives.ts';
import { createWriter, FORMATS } from '../engine/key-writers.ts';
import { findKey } from '../engine/merged-listing.ts';
import { openRegListing } from '../engine/reg-listing.ts';
import { keyParts, keyPath } from '../engine/workspace/address.ts';
import { pullKeys } from '../engine/workspace/pull.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { UsageError } from './args.ts';
import { atFile } from './host.ts';
import { bytes, tellFindings } from './output.ts';
import { progress } from './progress.ts';

/** Options that ask for a file. */
export const EXPORT_OPTIONS = {
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

export interface ExportRequest {
  readonly format: RegistryFormat;
  /** Null: standard output. */
  readonly output: string | null;
}

/** What is asked for; null for a listing. @throws UsageError for a format that there is not */
export function exportRequest(
  values: { readonly format?: string | undefined; readonly output?: string | undefined },
  others: readonly string[],
): ExportRequest | null {
  const { format, output } = values;
  if (format === undefined) {
    if (output !== undefined) throw new UsageError('-o goes with --format');
    return null;
  }
  const known = FORMATS.find((candidate) => candidate === format);
  if (known === undefined) throw new UsageError(`--format is one of ${FORMATS.join(', ')}, not "${format}"`);
  if (others.length > 0) throw new UsageError(`--format does not go with ${others.join(', ')}`);
  return { format: known, output: output ?? null };
}

/** Takes bytes to where they are asked for. A file must be new: what is there could be an input. */
function sink(output: string | null): { write(part: Uint8Array): void; close(): void } {
  if (output === null) return { write: bytes, close() {} };
  const file = atFile(output, 'a new file', () => openSync(output, 'wx'));
  return {
    write(part) {
      for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
    },
    close: () => closeSync(file),
  };
}

/** Hives of an image or one by itself. @param root where the hive's root is to stand. @returns exit code */
export async function exportHives(
  image: Image,
  hives: readonly HivePlace[],
  { format, output }: ExportRequest,
  root: string | null,
): Promise<number> {
  if (root !== null && hives.length > 1) throw new UsageError('--root goes with one hive');
  if (format === 'hive' && hives.length > 1)
    throw new UsageError(
      `a new hive is made of one hive or key: name one of ${hives.map(({ prefix }) => prefix).join(', ')}`,
    );
  const parts = root === null ? null : keyParts(root);
  if (root !== null && parts === null) throw new UsageError(`--root begins with HKLM\\ or another root, not "${root}"`);
  let code = 0;
  const { write, close } = sink(output);
  try {
    const writer = createWriter(format, write);
    for (const hive of hives) {
      const bar = progress(`Reading ${hive.name}`);
      const listing = await openRegListing(image, hive, hive.prefix, hive.path, true, bar);
      bar.end();
      exportListing(listing, parts === null ? null : keyPath(parts), writer, format === 'hive');
      if (tellFindings(listing.findings, false)) code = 1;
    }
    writer.end();
    return writer.left > 0 ? 1 : code;
  } finally {
    close();
  }
}

/** A part of the merged registry. @returns exit code */
export async function exportMerged(
  workspace: Workspace,
  key: string,
  { format, output }: ExportRequest,
): Promise<number> {
  const start = findKey(workspace, key);
  const { write, close } = sink(output);
  try {
    const writer = createWriter(format, write);
    for await (const keys of pullKeys(workspace, start, { deep: true, security: format === 'hive' }))
      for (const pulled of keys) {
        writer.key(pulled);
        for (const value of pulled.values) writer.value(value);
      }
    writer.end();
    return writer.left > 0 ? 1 : 0;
  } finally {
    close();
  }
}
