/** Rows of one file, from all its records. */
import { NodeFlag } from '../types.ts';
import { ROOT_RECORD } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, fileNames, type Link, linksOf } from './node.ts';
import type { Row } from './row-writer.ts';
import { type Summary, shownAttributes, summarize, timesAt } from './summary.ts';

/** Parent id of a row whose directory is known not to exist any more: the id of no record. */
export const NO_PARENT = 0xffff_ffff;

/** True when the record a name points to is still the directory it meant. Sequence 0 in a reference says: any. */
export type ParentCheck = (parent: number, sequence: number) => boolean;

export function rowOf(id: number, link: Link, summary: Summary, links: number, parentExists: boolean): Row {
  const { name, short } = link;
  const { times, attributes, directory, size, allocated, reparseTag, securityId, flags, byteState } = summary;
  return {
    id,
    parent: parentExists ? name.parent : NO_PARENT,
    name: name.name,
    short,
    size,
    allocated,
    times: times ?? timesAt(name.value, 8),
    attributes: times === null ? shownAttributes(name.value.u32(56), directory) : attributes,
    reparseTag,
    securityId,
    links,
    flags: parentExists ? flags : flags | NodeFlag.orphan,
    byteState,
  };
}

/** All rows of the file whose base record is `number`. @throws FormatError when the base record cannot be read */
export function rowsOf(mft: Mft, number: number, parentExists: ParentCheck): Row[] {
  if (number === ROOT_RECORD) return [];
  const node = collect(mft, number);
  const links = linksOf(fileNames(node));
  const summary = summarize(mft, node);
  return links.map((link) =>
    rowOf(number, link, summary, links.length, parentExists(link.name.parent, link.name.parentSequence)),
  );
}
