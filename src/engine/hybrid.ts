/**
 * Discs that boot from sticks as well ("isohybrid"): an ISO 9660 or UDF volume whose first sectors, which it has no use for,
 * hold a partition table. The disc is what one opens it for, whatever the table names beside it.
 *
 * A table that was written over the head of a stick that once held a disc leaves the disc's descriptors where they were;
 * but no partition of it begins before them and ends behind them.
 */
import { fsFormats } from '../fs/registry.ts';
import type { FsFormat } from '../fs/types.ts';
import type { ProbeWindow } from '../source/format.ts';
import type { ReportNode } from './api-image.ts';

/** Where the descriptors of discs begin. */
const DESCRIPTORS = 32_768;
/** What is to be expected of a table that names the disc itself. */
const BY_DESIGN: ReadonlySet<string> = new Set(['partitionAtZero', 'partitionOverlap']);

/** The formats of discs that the source may be beside its partition table, those first that prevail. */
export function discFormats(window: ProbeWindow): FsFormat[] {
  return fsFormats.filter(({ onDiscs, probe }) => onDiscs === true && probe(window));
}

function coversDisc({ facts }: ReportNode): boolean {
  const [start, size] = [Number(facts['start']), Number(facts['size'])];
  return start <= DESCRIPTORS && DESCRIPTORS < start + size;
}

/** True when the table names the disc as one of its partitions. */
export function namesDisc(table: ReportNode): boolean {
  return table.parts.some(coversDisc) || table.findings.some(({ code }) => code === 'partitionAtZero');
}

/** The disc with what else its partition table names: other states of the same bytes, which only a selector leads to. */
export function withTable(disc: ReportNode, table: ReportNode): ReportNode {
  const parts = table.parts.filter((part) => !(coversDisc(part) && part.refusal !== null));
  return {
    ...disc,
    facts: { ...disc.facts, partitionTable: table.title },
    findings: [...disc.findings, ...table.findings.filter(({ code }) => !BY_DESIGN.has(code))],
    parts: [...disc.parts, ...parts.map((part) => ({ ...part, alternate: true as const }))],
  };
}
