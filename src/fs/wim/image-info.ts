/**
 * What the XML data says about the images: `<WIM><IMAGE INDEX="1"><NAME>...`, UTF-16LE with a byte order mark.
 *
 * Nothing in it is needed to read the files, so whatever is wrong with it is a finding: indexes out of order, twice,
 * missing or beyond the header's count. Numbers are decimal text, times two hexadecimal FILETIME halves.
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

export interface ImageInfo {
  readonly title: string;
  readonly facts: Facts;
  /** Files and directories as the XML counts them, for progress only. */
  readonly entries: number | null;
}

/** One entry an image, in the order of the header's count. `xml` is null when the resource could not be opened. */
export function readImageInfo(xml: ByteSource | null, imageCount: number, findings: FindingList): ImageInfo[] {
  const elements = new Map<number, XmlElement>();
  if (xml !== null) {
    const tell = (code: string, severity: Severity, message: string, facts?: Facts) =>
      findings.add({ code, severity, where: place(xml, 0), message, ...(facts && { facts }) });
    const parsed = xml.size > MAX_XML_BYTES ? null : parseXml(decode(readBytes(xml, 0, xml.size)));
    if (parsed === null) tell('wimXmlUnreadable', 'warning', 'The XML data of the WIM cannot be read.');
    else {
      if (!parsed.wellFormed) tell('wimXmlMalformed', 'warning', 'The XML data of the WIM is not well-formed.');
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
  return Array.from({ length: imageCount }, (_, i) => imageInfo(elements.get(i + 1), i + 1));
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
  set('edition', textAt(windows, 'EDITIONID') ?? textAt(element, 'FLAGS'));
  set('product', textAt(windows, 'PRODUCTNAME'));
  set('build', version(windows));
  set('arch', arch === null ? null : (ARCHITECTURES[arch] ?? arch));
  set(
    'languages',
    languages.map((c) => c.text.trim()).filter((text) => text !== ''),
  );
  set('defaultLanguage', textAt(windows, 'LANGUAGES', 'DEFAULT'));
  set('systemRoot', textAt(windows, 'SYSTEMROOT'));
  set('directories', directories);
  set('files', files);
  set('bytes', numberAt(element, 'TOTALBYTES'));
  set('created', timeAt(element, 'CREATIONTIME'));
  set('modified', timeAt(element, 'LASTMODIFICATIONTIME'));
  return {
    title: displayName ?? name ?? `Image ${index}`,
    facts,
    entries: directories === null || files === null ? null : directories + files,
  };
}

/** `10.0.17763.1`, as far as it is told. */
function version(windows: XmlElement | undefined): string | null {
  const parts = ['MAJOR', 'MINOR', 'BUILD', 'SPBUILD'].map((name) => textAt(windows, 'VERSION', name));
  const end = parts.indexOf(null);
  return parts.slice(0, end < 0 ? undefined : end).join('.') || null;
}

function numberAt(element: XmlElement | undefined, name: string): number | null {
  const text = textAt(element, name);
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function timeAt(element: XmlElement | undefined, name: string): string | null {
  const high = Number(textAt(element, name, 'HIGHPART') ?? Number.NaN);
  const low = Number(textAt(element, name, 'LOWPART') ?? Number.NaN);
  return Number.isInteger(high) && Number.isInteger(low) ? filetimeIso(low, high) : null;
}
