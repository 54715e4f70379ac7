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

/**
 * The root element, and whether everything was closed in order. Null when there is no element at all.
 * Found by `indexOf` and not by one expression, which hostile text could keep busy for hours.
 */
export function parseXml(text: string): { root: XmlElement; wellFormed: boolean } | null {
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack = [top];
  let wellFormed = true;
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const current = stack[stack.length - 1]!;
    const open = text.indexOf('<', at);
    current.text += decodeEntities(text.slice(at, open < 0 ? text.length : open));
    if (open < 0) break;
    const [close, skip] = text.startsWith('<!--', open)
      ? ['-->', 4]
      : text.startsWith('<![CDATA[', open)
        ? [']]>', 9]
        : ['>', 1];
    const end = text.indexOf(close!, open + skip!);
    if (end < 0) {
      wellFormed = false;
      break;
    }
    const inside = text.slice(open + skip!, end);
    at = end + close!.length;
    if (skip === 9) current.text += inside;
    if (skip !== 1 || inside.startsWith('!') || inside.startsWith('?')) continue;
    if (inside.startsWith('/')) {
      const name = inside.slice(1).trim();
      const depth = stack.findLastIndex((element, i) => i > 0 && element.name === name);
      if (depth !== stack.length - 1) wellFormed = false;
      if (depth > 0) stack.length = depth;
      continue;
    }
    if (++elements > MAX_ELEMENTS || stack.length > MAX_XML_DEPTH) {
      wellFormed = false;
      break;
    }
    const element = startTag(inside);
    current.children.push(element);
    if (!inside.endsWith('/')) stack.push(element);
  }
  const root = top.children[0];
  return root === undefined ? null : { root, wellFormed: wellFormed && stack.length === 1 };
}

/** `NAME a="1" b='2' /`, without the angle brackets. */
function startTag(inside: string): Open {
  const space = inside.search(/[\s/]/);
  const attributes: Record<string, string> = {};
  for (let at = space; at >= 0; ) {
    const equals = inside.indexOf('=', at);
    if (equals < 0) break;
    const quote = inside.slice(equals + 1, equals + 64).search(/\S/);
    const start = equals + 1 + quote;
    const mark = inside[start];
    const end = quote < 0 || (mark !== '"' && mark !== "'") ? -1 : inside.indexOf(mark, start + 1);
    if (end < 0) break;
    attributes[inside.slice(at, equals).trim()] = decodeEntities(inside.slice(start + 1, end));
    at = end + 1;
  }
  return { name: space < 0 ? inside : inside.slice(0, space), attributes, children: [], text: '' };
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
