/**
 * A small tolerant reader for the XML data of a WIM: elements, attributes and text. Comments, declarations and unknown
 * entities are passed over; a missing end tag ends where its parent does. It never throws.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Real files nest six deep; more is somebody's joke. */
const MAX_XML_DEPTH = 64;
const MAX_ELEMENTS = 200_000;

interface Open {
  name: string;
  attributes: Record<string, string>;
  children: Open[];
  text: string;
}

/** Either a comment, CDATA, a declaration or instruction, an end tag, or a start tag with its attributes. */
const TOKEN =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)|<[!?][^>]*>|<\/([^\s>]+)[^>]*>|<([^\s/>]+)([^>]*)>/g;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The root element, and whether everything was closed in order. Null when there is no element at all. */
export function parseXml(text: string): { root: XmlElement; wellFormed: boolean } | null {
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack = [top];
  let wellFormed = true;
  let elements = 0;
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    const current = stack[stack.length - 1]!;
    current.text += decodeEntities(text.slice(last, match.index));
    last = match.index + match[0].length;
    const [, cdata, end, start, rest] = match;
    if (cdata !== undefined) current.text += cdata;
    else if (end !== undefined) {
      const depth = stack.findLastIndex((open, i) => i > 0 && open.name === end);
      if (depth !== stack.length - 1) wellFormed = false;
      if (depth > 0) stack.length = depth;
    } else if (start !== undefined) {
      if (++elements > MAX_ELEMENTS || stack.length > MAX_XML_DEPTH) {
        wellFormed = false;
        break;
      }
      const element: Open = { name: start, attributes: attributesOf(rest!), children: [], text: '' };
      current.children.push(element);
      if (!rest!.endsWith('/')) stack.push(element);
    }
  }
  stack[stack.length - 1]!.text += decodeEntities(text.slice(last));
  const root = top.children[0];
  return root === undefined ? null : { root, wellFormed: wellFormed && stack.length === 1 };
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE))
    attributes[name!] = decodeEntities(double ?? single ?? '');
  return attributes;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The element at a path of names below `element`, the first of each name. */
export function child(element: XmlElement | undefined, ...names: string[]): XmlElement | undefined {
  let at = element;
  for (const name of names) at = at?.children.find((c) => c.name === name);
  return at;
}

/** Trimmed text at a path; null when there is none or it is empty. */
export function textAt(element: XmlElement | undefined, ...names: string[]): string | null {
  return child(element, ...names)?.text.trim() || null;
}
