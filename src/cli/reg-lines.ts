/** The lines of `reg`, written as bytes: a hive has a hundred thousand values, and their data are most of the output. */

import type { ByteWriter } from '../base/byte-writer.ts';
import { JSON_STYLE, PRINTED_STYLE } from '../base/text-bytes.ts';
import type { RegListing } from '../engine/reg-listing.ts';

/** Most units of a value's text that people are shown. */
const SHOWN_TEXT = 120;

/** One JSON object a key and a value, in the order of the contract. */
export function writeJson(listing: RegListing, out: ByteWriter): void {
  const { table, walk } = listing;
  const { valueStart, values } = table.data;
  const path = listing.path(JSON_STYLE);
  while (walk.next()) {
    path.follow(walk);
    const key = listing.key(walk.row);
    out.ascii('{"key":"');
    out.raw(path.bytes, path.length);
    out.ascii(key.lastWrite === null ? '","lastWrite":null,"class":' : `","lastWrite":"${key.lastWrite}","class":`);
    out.json(key.class);
    out.ascii(`,"values":${key.values},"subkeys":${key.subkeys},"layerKind":${key.layerKind}}\n`);
    const end = valueStart[walk.row + 1]!;
    for (let at = valueStart[walk.row]!; at < end; at++) {
      const type = values.type[at]!;
      const data = listing.data(at);
      out.ascii('{"key":"');
      out.raw(path.bytes, path.length);
      out.ascii('","name":"');
      out.units(values.names, values.nameOffset[at]!, values.nameLength[at]!, JSON_STYLE);
      out.ascii(`","type":"${listing.typeName(at)}","typeCode":${type},"size":${values.size[at]!},"data":`);
      if (data === null) out.ascii('null,"text":null');
      else {
        out.ascii('"');
        out.hex(data);
        out.ascii('","text":');
        out.json(listing.text(at, data));
      }
      out.ascii(listing.isTombstone(at) ? ',"tombstone":true}\n' : '}\n');
    }
  }
}

/** For people: a key in brackets, its values indented below it. */
export function writeText(listing: RegListing, out: ByteWriter): void {
  const { table, walk } = listing;
  const { valueStart, values } = table.data;
  const path = listing.path(PRINTED_STYLE);
  while (walk.next()) {
    path.follow(walk);
    out.ascii('[');
    out.raw(path.bytes, path.length);
    out.ascii(`]  ${listing.key(walk.row).lastWrite?.slice(0, 19) ?? ''}\n`);
    const end = valueStart[walk.row + 1]!;
    for (let at = valueStart[walk.row]!; at < end; at++) {
      const data = listing.data(at);
      out.ascii('  ');
      if (values.nameLength[at] === 0) out.ascii('(Default)');
      else out.units(values.names, values.nameOffset[at]!, values.nameLength[at]!, PRINTED_STYLE);
      out.ascii(`  ${listing.typeName(at)}  `);
      const text = data === null ? '(damaged)' : listing.text(at, data).slice(0, SHOWN_TEXT);
      out.text(listing.isTombstone(at) ? '(deleted)' : text, PRINTED_STYLE);
      out.newline();
    }
  }
}
