/**
 * What the XML data says about the images: `<WIM><IMAGE INDEX="1"><NAME>...`, UTF-16LE with a byte order mark.
 *
 * Nothing in it is needed to read the files, so whatever is wrong with it is a finding: indexes out of order, twice,
 * missing or beyond the header's count. Numbers are decimal text, times two hexadecimal FILETIME halves. Every element is told:
 * those that people ask for under a name, the others by their path.
 *
 * Trap: Microsoft ships ESDs whose data is encrypted; `<ESD><ENCRYPTED>` beside the images is the only mark.
 */
import { filetimeIso } from '../../base/filetime.ts';
import type { Fact, Facts, FindingList, Severity } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { child, parseXml, textAt, type XmlElement } from './xml.ts';

/** The largest real ones have some hundred kilobytes. */
const MAX_XML_BYTES = 16 << 20;

const ARCHITECTURES: Readonly<Record<string, string>> = {
  0: 'x86',
  5: 'arm',
  6: 'ia64',
  9: 'amd64',
  12: 'arm64',
};

/** Other elements told of an image; real ones have a dozen. */
const MAX_OTHER = 200;

/** Paths that have a name of their own among the facts. */
const TOLD: ReadonlySet<string> = new Set([
  'NAME',
  'DISPLAYNAME',
  'DESCRIPTION',
  'DISPLAYDESCRIPTION',
  'FLAGS',
  'DIRCOUNT',
  'FILECOUNT',
  'TOTALBYTES',
  'HARDLINKBYTES',
  'WIMBOOT',
  'CREATIONTIME',
  'LASTMODIFICATIONTIME',
  ...['EDITIONID', 'PRODUCTNAME', 'INSTALLATIONTYPE', 'PRODUCTTYPE', 'PRODUCTSUITE', 'ARCH', 'HAL', 'SYSTEMROOT'].map(
    (name) => `WINDOWS/${name}`,
  ),
  ...['MAJOR', 'MINOR', 'BUILD', 'SPBUILD', 'SPLEVEL', 'BRANCH'].map((name) => `WINDOWS/VERSION/${name}`),
  'WINDOWS/LANGUAGES/LANGUAGE',
  'WINDOWS/LANGUAGES/DEFAULT',
]);

export interface ImageInfo {
  readonly title: string;
  readonly facts: Facts;
  /** Files and directories as the XML counts them, for progress only. */
  readonly entries: number | null;
}

export interface WimXml {
  /** One entry an image, in the order of the header's count. */
  readonly images: readonly ImageInfo[];
  /** What it says about the whole file. */
  readonly facts: Facts;
}

/** `xml` is null when the resource could not be opened. */
export function readImageInfo(xml: ByteSource | null, imageCount: number, findings: FindingList): WimXml {
  const elements = new Map<number, XmlElement>();
  let facts: Facts = {};
  if (xml !== null) {
    const tell = (code: string, severity: Severity, message: string, facts?: Facts) =>
      findings.add({ code, severity, where: place(xml, 0), message, ...(facts && { facts }) });
    const parsed = xml.size > MAX_XML_BYTES ? null : parseXml(decode(readBytes(xml, 0, xml.size)));
    if (parsed === null) tell('wimXmlUnreadable', 'warning', 'The XML data of the WIM cannot be read.');
    else {
      if (!parsed.wellFormed) tell('wimXmlMalformed', 'warning', 'The XML data of the WIM is not well-formed.');
      facts = fileFacts(parsed.root);
      if (facts['encrypted'] === true)
        tell('wimEncrypted', 'error', 'The data of this ESD is encrypted; only its key could open it.');
      for (const element of parsed.root.children.filter((c) => c.name === 'IMAGE')) {
        const index = Number(element.attributes['INDEX']);
        if (!Number.isInteger(index) || index < 1 || index > imageCount || elements.has(index))
          tell('wimXmlImageIndex', 'warning', 'The XML data describes an image that is not there, or one twice.', {
            index: element.attributes['INDEX'] ?? null,
            images: imageCount,
          });
        else elements.set(index, element);
      }
      if (elements.size < imageCount)
        tell('wimXmlImageMissing', 'info', 'The XML data does not describe every image of the WIM.', {
          described: elements.size,
          images: imageCount,
        });
    }
  }
  return { images: Array.from({ length: imageCount }, (_, i) => imageInfo(elements.get(i + 1), i + 1)), facts };
}

function fileFacts(root: XmlElement): Facts {
  const encrypted = child(root, 'ESD', 'ENCRYPTED') !== undefined;
  const other = otherElements(root, new Set(['IMAGE', 'TOTALBYTES', 'ESD/ENCRYPTED']));
  const bytes = numberAt(root, 'TOTALBYTES');
  return {
    ...(bytes !== null && { totalBytes: bytes }),
    ...(encrypted && { encrypted }),
    ...(other !== null && { xml: other }),
  };
}

/** UTF-16LE with or without its mark; UTF-8 by its mark or by a `<` that no zero byte follows. */
function decode(bytes: Uint8Array): string {
  const utf8 = bytes[0] === 0xef || (bytes[0] === 0x3c && bytes[1] !== 0);
  return new TextDecoder(utf8 ? 'utf-8' : 'utf-16le').decode(bytes);
}

function imageInfo(element: XmlElement | undefined, index: number): ImageInfo {
  const windows = child(element, 'WINDOWS');
  const directories = numberAt(element, 'DIRCOUNT');
  const files = numberAt(element, 'FILECOUNT');
  const name = textAt(element, 'NAME');
  const displayName = textAt(element, 'DISPLAYNAME');
  const arch = textAt(windows, 'ARCH');
  const languages = child(windows, 'LANGUAGES')?.children.filter((c) => c.name === 'LANGUAGE') ?? [];
  const facts: Record<string, Fact> = { image: index };
  const set = (key: string, value: Fact) => {
    if (value !== null && !(Array.isArray(value) && value.length === 0)) facts[key] = value;
  };
  set('name', name);
  set('displayName', displayName);
  set('description', textAt(element, 'DESCRIPTION') ?? textAt(element, 'DISPLAYDESCRIPTION'));
  set('displayDescription', textAt(element, 'DISPLAYDESCRIPTION'));
  set('flags', textAt(element, 'FLAGS'));
  set('edition', textAt(windows, 'EDITIONID') ?? textAt(element, 'FLAGS'));
  set('product', textAt(windows, 'PRODUCTNAME'));
  set('installationType', textAt(windows, 'INSTALLATIONTYPE'));
  set('productType', textAt(windows, 'PRODUCTTYPE'));
  set('productSuite', textAt(windows, 'PRODUCTSUITE'));
  set('build', version(windows));
  set('servicePackLevel', numberAt(windows, 'VERSION', 'SPLEVEL'));
  set('branch', textAt(windows, 'VERSION', 'BRANCH'));
  set('arch', arch === null ? null : (ARCHITECTURES[arch] ?? arch));
  set('hal', textAt(windows, 'HAL'));
  set(
    'languages',
    languages.map((c) => c.text.trim()).filter((text) => text !== ''),
  );
  set('defaultLanguage', textAt(windows, 'LANGUAGES', 'DEFAULT'));
  set('systemRoot', textAt(windows, 'SYSTEMROOT'));
  set('directories', directories);
  set('files', files);
  set('bytes', numberAt(element, 'TOTALBYTES'));
  set('hardLinkBytes', numberAt(element, 'HARDLINKBYTES'));
  set('wimBoot', child(element, 'WIMBOOT') === undefined ? null : textAt(element, 'WIMBOOT') === '1');
  set('created', timeAt(element, 'CREATIONTIME'));
  set('modified', timeAt(element, 'LASTMODIFICATIONTIME'));
  set('xml', element === undefined ? null : otherElements(element, TOLD));
  return {
    title: displayName ?? name ?? `Image ${index}`,
    facts,
    entries: directories === null || files === null ? null : directories + files,
  };
}

/** Elements below `element` that have text or attributes and are not in `told`: path -> text; null when there are none. */
function otherElements(element: XmlElement, told: ReadonlySet<string>): Facts | null {
  const found = new Map<string, Fact>();
  let left = MAX_OTHER;
  const queue = element.children.map((c) => ({ element: c, path: c.name }));
  for (const { element: at, path } of queue) {
    if (left <= 0) break;
    if (told.has(path)) continue;
    for (const [name, value] of [['', at.text.trim()], ...Object.entries(at.attributes)] as [string, string][]) {
      if (value === '' || left-- <= 0) continue;
      const key = name === '' ? path : `${path}@${name}`;
      const before = found.get(key);
      found.set(key, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]);
    }
    for (const c of at.children) queue.push({ element: c, path: `${path}/${c.name}` });
  }
  return found.size === 0 ? null : Object.fromEntries(found);
}

/** `10.0.17763.1`, as far as it is told. */
function version(windows: XmlElement | undefined): string | null {
  const parts = ['MAJOR', 'MINOR', 'BUILD', 'SPBUILD'].map((name) => textAt(windows, 'VERSION', name));
  const end = parts.indexOf(null);
  return parts.slice(0, end < 0 ? undefined : end).join('.') || null;
}

function numberAt(element: XmlElement | undefined, ...names: string[]): number | null {
  const text = textAt(element, ...names);
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function timeAt(element: XmlElement | undefined, name: string): string | null {
  const high = Number(textAt(element, name, 'HIGHPART') ?? Number.NaN);
  const low = Number(textAt(element, name, 'LOWPART') ?? Number.NaN);
  return Number.isInteger(high) && Number.isInteger(low) ? filetimeIso(low, high) : null;
}
