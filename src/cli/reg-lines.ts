/** The lines of `reg`, written as bytes: a hive has a hundred thousand values, and their data are most of the output. */

import type { ByteWriter } from '../base/byte-writer.ts';
import { asciiBytes, JSON_STYLE, PRINTED_STYLE } from '../base/text-bytes.ts';
import type { RegListing } from '../engine/reg-listing.ts';

/** Most units of a value's text that people are shown. */
const SHOWN_TEXT = 120;

const KEY = asciiBytes('{"key":"');
const LAST_WRITE = asciiBytes('","lastWrite":');
const CLASS = asciiBytes(',"class":');
const VALUES = asciiBytes(',"values":');
const SUBKEYS = asciiBytes(',"subkeys":');
const LAYER_KIND = asciiBytes(',"layerKind":');
const NAME = asciiBytes('","name":"');
const DATA = asciiBytes(',"data":');
const TEXT = asciiBytes('","text":"');

const typeTexts = new Map<number, Uint8Array>();

/** From the name to the size of a value: the same for all of a type. */
function typeText(name: string, code: number): Uint8Array {
  let text = typeTexts.get(code);
  if (text === undefined) {
    text = asciiBytes(`","type":"${name}","typeCode":${code},"size":`);
    typeTexts.set(code, text);
  }
  return text;
}

/** One JSON object a key and a value, in the order of the contract. @param skip keys that are not written, from the first on */
export function writeJson(listing: RegListing, out: ByteWriter, skip = 0): void {
  const { table, walk } = listing;
  const { valueStart, values } = table.data;
  const path = listing.path(JSON_STYLE);
  while (walk.next()) {
    path.follow(walk);
    if (skip-- > 0) continue;
    const key = listing.key(walk.row);
    out.raw(KEY);
    out.raw(path.bytes, path.length);
    out.raw(LAST_WRITE);
    out.ascii(key.lastWrite === null ? 'null' : `"${key.lastWrite}"`);
    out.raw(CLASS);
    out.json(key.class);
    out.raw(VALUES);
    out.number(key.values);
    out.raw(SUBKEYS);
    out.number(key.subkeys);
    out.raw(LAYER_KIND);
    out.number(key.layerKind);
    out.ascii('}\n');
    const end = valueStart[walk.row + 1]!;
    for (let at = valueStart[walk.row]!; at < end; at++) {
      const type = values.type[at]!;
      const data = listing.data(at);
      out.raw(KEY);
      out.raw(path.bytes, path.length);
      out.raw(NAME);
      out.units(values.names, values.nameOffset[at]!, values.nameLength[at]!, JSON_STYLE);
      out.raw(typeText(listing.typeName(at), type));
      out.number(values.size[at]!);
      out.raw(DATA);
      if (data === null) out.ascii('null,"text":null');
      else {
        out.ascii('"');
        out.hex(data);
        out.raw(TEXT);
        listing.writeText(at, data, out, JSON_STYLE);
        out.ascii('"');
        const words = listing.words(walk.row, at, data);
        if (words !== null) {
          out.ascii(',"words":{"name":');
          out.json(words.name);
          out.ascii(',"text":');
          out.json(words.text);
          out.ascii('}');
        }
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
      if (listing.isTombstone(at)) out.ascii('(deleted)');
      else if (data === null) out.ascii('(damaged)');
      else {
        const words = listing.words(walk.row, at, data);
        if (words === null) listing.writeText(at, data, out, PRINTED_STYLE, SHOWN_TEXT);
        else out.text(`${words.name}: ${words.text}`, PRINTED_STYLE);
      }
      out.newline();
    }
  }
}
