/** The rows of one directory, in the order of its index, with what the files' own records say. */
import { FormatError, fail } from '../../base/errors.ts';
import { ByteState, type NodeChunk, NodeFlag } from '../types.ts';
import { walkIndex } from './index-entries.ts';
import { AttributeType, FILE_NAME_DOS, ROOT_RECORD, referenceNumber, referenceSequence } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, type FileName, fileNames, linksOf, openAttribute, parseFileName } from './node.ts';
import { RowWriter } from './row-writer.ts';
import { rowOf } from './rows.ts';
import { type Summary, shownAttributes, summarize, timesAt } from './summary.ts';

const INDEX_NAME = '$I30';
const FILE_NAME_FLAGS = 56;

/** Names in a directory's index with the record each means, in key order. @throws FormatError */
export function* directoryEntries(mft: Mft, number: number): Generator<{ reference: bigint; name: FileName }> {
  const node = collect(mft, number);
  const { record } = node;
  if (!record.inUse || record.isExtension || !record.directory)
    fail('MissingItem', mft.source.name, null, `a directory in record ${number}`, 'none');
  const root = node.attributes.find((a) => a.type === AttributeType.indexRoot && a.name === INDEX_NAME)?.value;
  if (root === undefined || root === null)
    fail('MissingData', record.bytes.source, record.bytes.base, 'the $INDEX_ROOT of a directory', 'none');
  const allocation = openAttribute(mft, node, AttributeType.indexAllocation, INDEX_NAME, '$INDEX_ALLOCATION');
  for (const { reference, key } of walkIndex(root, allocation, mft.boot.clusterSize))
    yield { reference, name: parseFileName(key) };
}

/** A row from the copy in the index: the record is damaged, reused, or does not know this name. */
function strayRow(id: number, name: FileName, short: string) {
  const raw = name.value.u32(FILE_NAME_FLAGS);
  const directory = (raw & 0x1000_0000) !== 0;
  const summary: Summary = {
    directory,
    times: timesAt(name.value, 8),
    attributes: shownAttributes(raw, directory),
    securityId: 0,
    size: directory ? 0 : Number(name.value.u64(48) & 0x1f_ffff_ffff_ffffn),
    allocated: directory ? 0 : Number(name.value.u64(40) & 0x1f_ffff_ffff_ffffn),
    reparseTag: 0,
    flags: (directory ? NodeFlag.directory : 0) | NodeFlag.orphan,
    byteState: directory ? ByteState.complete : ByteState.damaged,
  };
  return rowOf(id, { name, short }, summary, 1, true);
}

/** All of one file's rows that stand in directory `parent`, by name. */
function rowsIn(mft: Mft, reference: bigint, parent: number) {
  const number = referenceNumber(reference);
  const node = collect(mft, number);
  const { record } = node;
  if (!record.inUse || record.isExtension || record.sequence !== referenceSequence(reference)) return null;
  const links = linksOf(fileNames(node));
  const summary = summarize(mft, node);
  const here = links.filter((l) => l.name.parent === parent);
  return new Map(here.map((l) => [l.name.name, rowOf(number, l, summary, links.length, true)]));
}

/** @throws FormatError MissingItem when `number` is no directory, UnexpectedLoop and others when its index is damaged */
export function listDirectory(mft: Mft, number: number): NodeChunk {
  const writer = new RowWriter();
  const written = new Set<string>();
  const dosNames: { reference: bigint; name: FileName }[] = [];
  const add = (reference: bigint, name: FileName) => {
    const id = referenceNumber(reference);
    const key = `${id}/${name.name}`;
    if (id === ROOT_RECORD || id > 0xffff_ffff || written.has(key)) return;
    written.add(key);
    let row = null;
    try {
      row = rowsIn(mft, reference, number)?.get(name.name) ?? null;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    writer.add(row ?? { ...strayRow(id, name, ''), parent: number });
  };
  const longNames = new Set<bigint>();
  for (const { reference, name } of directoryEntries(mft, number)) {
    if (name.namespace === FILE_NAME_DOS) dosNames.push({ reference, name });
    else {
      longNames.add(reference);
      add(reference, name);
    }
  }
  // A DOS name is folded into its long name's row; one that stands alone is a row, as in the scan.
  for (const { reference, name } of dosNames) if (!longNames.has(reference)) add(reference, name);
  return writer.take();
}
