/**
 * Discs that boot from sticks as well ("isohybrid"): an ISO 9660 or UDF volume whose first sectors, which it has no use for,
 * hold a partition table. The disc is what one opens it for, whatever the table names beside it.
 *
 * A table that was written over the head of a stick that once held a disc leaves the disc's descriptors where they were;
 * but no partition of it begins before them and ends behind them, or one that holds something else.
 */
import { fsFormats } from '../fs/registry.ts';
import type { FsFormat } from '../fs/types.ts';
import type { ProbeWindow } from '../source/format.ts';
import type { ReportNode } from './api-image.ts';

/** Where the descriptors of discs begin. */
const DESCRIPTORS = 32_768;
const SECTOR = 512;
const ENTRIES = 0x1be;
/** Type of the one entry of a GPT disk's MBR, which covers everything. */
const PROTECTIVE = 0xee;
/** What is to be expected of a table that names the disc itself. */
const BY_DESIGN: ReadonlySet<string> = new Set(['partitionAtZero', 'partitionOverlap']);

/** The formats of discs that the source may be beside its partition table, those first that prevail. */
export function discFormats(window: ProbeWindow): FsFormat[] {
  return fsFormats.filter(({ onDiscs, probe }) => onDiscs === true && probe(window));
}

const DISCS: ReadonlySet<string | null> = new Set(
  fsFormats.filter(({ onDiscs }) => onDiscs === true).map(({ id }) => id),
);

/** A reserved partition, as Windows makes one from LBA 34 on, and a volume of another kind have no disc in them. */
function coversDisc({ facts, format }: ReportNode): boolean {
  if (facts['reserved'] === true || (format !== null && !DISCS.has(format))) return false;
  const [start, size] = [Number(facts['start']), Number(facts['size'])];
  return start <= DESCRIPTORS && DESCRIPTORS < start + size;
}

/** Entries of the MBR, also those of type 0, by which isohybrid marks the disc, which is no partition of any system. */
function entryCoversDisc(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, Math.min(head.length, SECTOR));
  if (view.byteLength < SECTOR) return false;
  for (let at = ENTRIES; at < ENTRIES + 64; at += 16) {
    const [start, sectors] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
    const covers = start * SECTOR <= DESCRIPTORS && DESCRIPTORS < (start + sectors) * SECTOR;
    if (covers && view.getUint8(at + 4) !== PROTECTIVE) return true;
  }
  return false;
}

/** True when the table names the disc as one of its partitions. */
export function namesDisc(table: ReportNode, { head }: ProbeWindow): boolean {
  return table.parts.some(coversDisc) || entryCoversDisc(head);
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
