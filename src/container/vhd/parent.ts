/**
 * What a differencing VHD says about its parent: enough to find it among other files, and to name it in a sentence.
 *
 * The header names it by unique id, by the time it was last changed and by a file name in UTF-16BE; up to eight locators
 * state paths, one a platform, each as `PlatformDataLength` bytes somewhere in the file:
 *
 *     W2ru  relative path, UTF-16LE          Wi2r  the same, deprecated, in bytes
 *     W2ku  absolute path, UTF-16LE          Wi2k  the same, deprecated, in bytes
 *     MacX  file URL (RFC 2396), UTF-8       Mac   alias record of Mac OS: the file's name at 50
 *
 * - Some writers store the Windows paths in UTF-16BE, and UTF-16 under the deprecated codes: the zero bytes tell.
 * - The parent's time stamp is the time of its file, not the one in its footer, and moving a file may change it: it is told
 *   and never compared.
 */
import type { Facts } from '../../base/findings.ts';
import type { Need } from '../../source/format.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import { parentNeed } from '../parent.ts';
import type { DynamicHeader, ParentLocator } from './structures.ts';

/** Longest path a locator may state: NT paths end at 32,767 UTF-16 units. */
const MAX_LOCATOR = 65_536;
const ALIAS_NAME = 50;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** How each platform writes a path, in the order in which they are believed. */
const DECODERS: readonly (readonly [string, (bytes: Uint8Array) => string])[] = [
  ['W2ru', windowsPath],
  ['W2ku', windowsPath],
  ['Wi2r', windowsPath],
  ['Wi2k', windowsPath],
  ['MacX', fileUrl],
  ['Mac', aliasName],
];

export interface ParentPath {
  readonly platform: string;
  /** Null when the locator leads nowhere or its platform is unknown. */
  readonly path: string | null;
}

/** The locators of the header with what they say; those of the same platform in their order. */
export function parentPaths(source: ByteSource, { parentLocators }: DynamicHeader): ParentPath[] {
  const rank = ({ platformCode }: ParentLocator): number => {
    const at = DECODERS.findIndex(([code]) => code === platformCode);
    return at < 0 ? DECODERS.length : at;
  };
  return [...parentLocators]
    .sort((a, b) => rank(a) - rank(b))
    .map((locator) => ({ platform: locator.platformCode, path: pathOf(source, locator) }));
}

function pathOf(source: ByteSource, locator: ParentLocator): string | null {
  const { platformCode, platformDataLength: length, platformDataOffset: offset } = locator;
  const decode = DECODERS.find(([code]) => code === platformCode)?.[1];
  if (decode === undefined || length === 0 || length > MAX_LOCATOR) return null;
  // a locator that leads nowhere is no loss: the parent is known by its unique id
  const bytes = attempt(() => readBytes(source, offset, length));
  const path = isSound(bytes) ? decode(bytes) : '';
  return path === '' ? null : path;
}

function untilNul(text: string): string {
  return text.replace(/\0.*$/s, '');
}

/** UTF-16 of either order, or bytes. */
function windowsPath(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first !== 0 && second !== 0) return untilNul(new TextDecoder('windows-1252').decode(bytes));
  return untilNul(new TextDecoder(first === 0 ? 'utf-16be' : 'utf-16le').decode(bytes));
}

/** `file://localhost/Volumes/vm/base.vhd`, with escapes. */
function fileUrl(bytes: Uint8Array): string {
  const text = untilNul(new TextDecoder().decode(bytes)).replace(/^file:\/\/[^/]*/, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a per cent sign that begins no escape: the name is still recognisable
  }
}

/** Version 2 of the alias record keeps the name as a Pascal string of at most 63 bytes. */
function aliasName(bytes: Uint8Array): string {
  const length = Math.min(bytes[ALIAS_NAME] ?? 0, 63);
  return untilNul(new TextDecoder('macintosh').decode(bytes.subarray(ALIAS_NAME + 1, ALIAS_NAME + 1 + length)));
}

/** Names under which the parent was stored: the header's, then the locators', without repetition. */
export function needOf(source: ByteSource, header: DynamicHeader): Need {
  const paths = parentPaths(source, header).flatMap(({ path }) => path ?? []);
  const names = [...new Set([header.parentUnicodeName, ...paths])].filter((name) => name !== '');
  const match = header.parentUniqueId === NO_ID ? [] : [{ format: 'vhd', uniqueId: header.parentUniqueId }];
  return parentNeed(match, names);
}

/** What the child says about its parent, as facts. */
export function parentFacts(source: ByteSource, header: DynamicHeader): Facts {
  return {
    name: header.parentUnicodeName,
    uniqueId: header.parentUniqueId,
    timeStamp: header.parentTimeStamp,
    locators: parentPaths(source, header).map(({ platform, path }) => ({ platform, path })),
  };
}
