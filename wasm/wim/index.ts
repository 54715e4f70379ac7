/**
 * The metadata of one WIM image to rows: an instance an image. The host calls `reserve`, writes the metadata and the columns
 * of the blob table, `index`es these, and calls `walk` until it says OK; then `fill` as often as it wants rows.
 *
 * `memory.ts` has the map, `walk.ts` the lists, `names.ts` and `links.ts` what a list may hold and what is one file,
 * `rows.ts` the columns. Faults of the image are events (WIM_* in abi.ts).
 */
import { ERR_ARGUMENT, OK } from '../abi';
import {
  BASE, EVENTS, METADATA, NAMES, ROWS, blobHashes as hashes, blobSizes as sizes, blobStates as states,
  blobStored as stored, childEnd as ends, clearEvents, events, firstChild as children, layOut, linkFirst as firsts,
  links as linkCounts, offsets as places, parents as directories,
} from './memory';
import { indexOn, seedBlobs } from './blobs';
import { seedLinks } from './links';
import { seedNames } from './names';
import { fill as fillRows, rows, units } from './rows';
import { count, walkOn } from './walk';

/** Rows can be filled. */
let walked: bool = false;

export function reserve(metadataBytes: u32, blobCount: u32): i32 {
  return layOut(metadataBytes, blobCount);
}
/** Five numbers that no file can know, one a call: what meets in a slot depends on them. */
export function seed(which: u32, low: u32, high: u32): void {
  const value = (<u64>high << 32) | low;
  if (which == 0) seedNames(value);
  else if (which == 1) seedLinks(value);
  else seedBlobs(which - 2, value);
}
export function metadata(): usize {
  return METADATA;
}
export function blobHashes(): usize {
  return hashes;
}
export function blobSizes(): usize {
  return sizes;
}
export function blobStored(): usize {
  return stored;
}
export function blobStates(): usize {
  return states;
}
/** Puts blobs `from` to `to` (exclusive) into the index: some ten thousand a call. */
export function index(from: u32, to: u32): void {
  indexOn(from, to);
}

/** Looks at about `work` entries more. @returns OK at the end, MORE when it is to be called again; then take the events */
export function walk(work: i32): i32 {
  if (walked) return OK;
  clearEvents();
  const status = walkOn(work);
  walked = status == OK;
  return status;
}
export function eventList(): usize {
  return EVENTS;
}
export function eventCount(): u32 {
  return events;
}
export function rowTotal(): u32 {
  return count;
}
export function offsets(): usize {
  return places;
}
export function parents(): usize {
  return directories;
}
export function firstChild(): usize {
  return children;
}
export function childEnd(): usize {
  return ends;
}
export function linkFirst(): usize {
  return firsts;
}
export function links(): usize {
  return linkCounts;
}

/**
 * Fills the windows with rows `first` to `end` (exclusive), or with as many as there is room for: `rowCount` says how many.
 * @returns OK, or ERR_ARGUMENT when there are no such rows
 */
export function fill(first: u32, end: u32): i32 {
  if (!walked || first > end || end > count) return ERR_ARGUMENT;
  fillRows(first, end);
  return OK;
}
/** The columns of NODE_COLUMNS in src/fs/types.ts in that order, `rowLimit` entries each, back to back. */
export function columns(): usize {
  return BASE;
}
export function rowLimit(): u32 {
  return ROWS;
}
export function rowCount(): u32 {
  return rows;
}
export function names(): usize {
  return NAMES;
}
export function nameUnits(): u32 {
  return units;
}
