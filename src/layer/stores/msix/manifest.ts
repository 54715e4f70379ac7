/** AppxManifest.xml: who the package is. Only its identity is asked for. */
import { decodeXmlText } from '../../foreign-rules/redirections.ts';
import { decodeRuleText } from '../../foreign-rules/text.ts';
import { publisherId } from './publisher-id.ts';

export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly resourceId: string;
  readonly publisher: string;
  /** `Name_Version_Architecture_ResourceId_PublisherId`: its folder below WindowsApps. */
  readonly fullName: string;
  /** Names of packages whose files this one changes (a modification package). */
  readonly main: readonly string[];
  readonly displayName: string;
}

const PART = /^[-.A-Za-z0-9]{1,100}$/;

function attributes(tag: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, double, single] of tag.matchAll(/([\w:]{1,60})\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')/g))
    found.set(name!, decodeXmlText(double ?? single ?? ''));
  return found;
}

/** Null when it is no manifest, or names what cannot be a folder. */
export function readManifest(bytes: Uint8Array): PackageIdentity | null {
  const text = decodeRuleText(bytes);
  const tag = /<Identity(?=\s)([^<>]*)>/.exec(text);
  if (tag === null) return null;
  const of = attributes(tag[1]!);
  const name = of.get('Name') ?? '';
  const version = of.get('Version') ?? '';
  const publisher = of.get('Publisher') ?? '';
  const architecture = (of.get('ProcessorArchitecture') ?? 'neutral').toLowerCase();
  const resourceId = of.get('ResourceId') ?? '';
  const parts = [name, version, architecture, ...(resourceId === '' ? [] : [resourceId])];
  if (publisher === '' || publisher.length > 8192 || parts.some((part) => !PART.test(part) || /^\.+$/.test(part)))
    return null;
  const main = [...text.matchAll(/<(?:\w+:)?MainPackageDependency(?=\s)([^<>]*)>/g)].slice(0, 20);
  return {
    name,
    version,
    architecture,
    resourceId,
    publisher,
    fullName: [name, version, architecture, resourceId, publisherId(publisher)].join('_'),
    main: main.map(([, inside]) => attributes(inside!).get('Name') ?? '').filter((one) => one !== ''),
    displayName: decodeXmlText(/<DisplayName>([^<]{0,300})<\/DisplayName>/.exec(text)?.[1] ?? ''),
  };
}
