/** Opens a hive with the checked engine and walks everything: what the tests of regf share. */
import type { Finding } from '../base/findings.ts';
import { fromUnits } from '../base/utf16.ts';
import { regfFormat } from '../hive/regf/index.ts';
import type { KeyChunk, OpenedHive, ValueChunk } from '../hive/types.ts';
import { MemorySource } from '../source/memory.ts';
import { loadModule } from './modules.ts';

export function openHive(bytes: Uint8Array): OpenedHive {
  return regfFormat.open(new MemorySource('test.hive', bytes), { module: loadModule('hivex', true), logs: [] });
}

export interface Walked {
  readonly keys: readonly KeyChunk[];
  readonly values: readonly ValueChunk[];
  readonly findings: readonly Finding[];
}

/** Runs a scan in small steps. */
export function scanAll(hive: OpenedHive): Walked {
  const keys: KeyChunk[] = [];
  const values: ValueChunk[] = [];
  const findings: Finding[] = [];
  const scan = hive.scan({
    keys: (chunk) => void keys.push(chunk),
    values: (chunk) => void values.push(chunk),
    finding: (finding) => void findings.push(finding),
  });
  while (!scan.step(1)) if (scan.total !== null) throw new Error('a total before the end');
  if (scan.total !== scan.done) throw new Error(`${scan.done} of ${scan.total} keys at the end`);
  return { keys, values, findings };
}

export function rowName(chunk: KeyChunk | ValueChunk, row: number): string {
  return fromUnits(chunk.names, chunk.nameOffset[row]!, chunk.nameLength[row]!);
}

/** Names of all keys, sorted. */
export function keyNames({ keys }: Walked): string[] {
  return keys.flatMap((chunk) => Array.from({ length: chunk.count }, (_, i) => rowName(chunk, i))).sort();
}

export function countRows(chunks: readonly { readonly count: number }[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.count, 0);
}
