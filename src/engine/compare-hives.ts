/** Two hives, or all hives of two images, compared: what `diff` tells of registries. */
import { FormatError, fail } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { hex } from '../base/guid.ts';
import { valueText } from '../content/registry-value.ts';
import {
  type CompareReader,
  compareKeys,
  type KeyAspect,
  type KeyChange,
  type KeyDifference,
  type ValueChange,
  type ValueDifference,
} from '../index/key-compare.ts';
import { lookup, splitPath } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { ReportNode } from './api-image.ts';
import type { Image } from './image.ts';
import { type HivePlace, imageHives } from './image-hives.ts';
import type { ReadControl } from './read-tree.ts';
import { openRegListing, type RegListing } from './reg-listing.ts';

export interface RegistrySide {
  readonly image: Image;
  readonly node: ReportNode;
  readonly name: string;
}

export interface KeyState {
  readonly lastWrite: string | null;
  readonly class: string | null;
}
export interface ValueState {
  readonly type: string;
  readonly typeCode: number;
  readonly size: number;
  /** Hexadecimal; null when the data cannot be read. */
  readonly data: string | null;
  readonly text: string | null;
}

export interface ComparedKey {
  readonly change: KeyChange;
  readonly key: string;
  /** What differs beside values and times. */
  readonly aspects: readonly KeyAspect[];
  readonly before: KeyState | null;
  readonly after: KeyState | null;
  readonly values: readonly ComparedValue[];
  /** Values that are the same on both sides. */
  readonly same: number;
}
export interface ComparedValue {
  readonly change: ValueChange;
  readonly name: string;
  readonly before: ValueState | null;
  readonly after: ValueState | null;
}

/** Hives of both sides that stand at one place of the registry; of one side only when the other has none. */
interface PlacePair {
  readonly a: HivePlace | null;
  readonly b: HivePlace | null;
}

const fold = (text: string) => foldText(text, windowsUpcase());

async function places({ image, node, name }: RegistrySide, key: string): Promise<HivePlace[]> {
  try {
    return await imageHives(image, node, name, key);
  } catch (error) {
    // a side without any hive there is compared with one that has some
    if (error instanceof FormatError && error.code === 'MissingItem') return [];
    throw error;
  }
}

/**
 * Every key of either side with what changed in it, hive after hive, parents first.
 * @param key where to begin; in an image it begins with `HKLM\` or `HKU\`
 * @throws FormatError MissingItem when neither side has the key
 */
export async function* compareRegistries(
  a: RegistrySide,
  b: RegistrySide,
  key: string,
  found: (findings: readonly Finding[]) => void,
  control: ReadControl = {},
): AsyncGenerator<ComparedKey> {
  const [left, right] = [await places(a, key), await places(b, key)];
  const pairs: PlacePair[] = right.map((place) => ({
    a: left.find((other) => fold(other.prefix) === fold(place.prefix)) ?? null,
    b: place,
  }));
  for (const place of left) if (pairs.every((pair) => pair.a !== place)) pairs.push({ a: place, b: null });
  if (pairs.length === 0) fail('MissingItem', a.name, null, 'hives to compare', 'none');
  let any = false;
  for (const pair of pairs) {
    const x = pair.a === null ? null : await open(a.image, pair.a, control, found);
    const y = pair.b === null ? null : await open(b.image, pair.b, control, found);
    for (const compared of compareListings(x, y, (pair.b ?? pair.a)!)) {
      any = true;
      yield compared;
    }
  }
  if (!any) fail('MissingItem', a.name, null, `the key ${key} on one of both sides`, 'no such key');
}

async function open(
  image: Image,
  place: HivePlace,
  control: ReadControl,
  found: (findings: readonly Finding[]) => void,
): Promise<RegListing> {
  const listing = await openRegListing(image, place, place.prefix, '', true, control);
  found(listing.findings);
  return listing;
}

function* compareListings(a: RegListing | null, b: RegListing | null, place: HivePlace): Generator<ComparedKey> {
  const upcase = windowsUpcase();
  const one = (b ?? a)!;
  const inside = splitPath(place.path);
  const side = (listing: RegListing | null) => ({
    table: (listing ?? one).table,
    row: listing === null ? -1 : lookup(listing.table, inside, upcase),
  });
  const reader = a === null || b === null ? null : readerOf(a, b);
  const base = [place.prefix, place.path].filter((part) => part !== '');
  for (const found of compareKeys(side(a), side(b), upcase, reader)) yield told(a, b, base, found);
}

function told(a: RegListing | null, b: RegListing | null, base: readonly string[], found: KeyDifference): ComparedKey {
  return {
    change: found.change,
    key: [...base, ...found.path].join('\\'),
    aspects: found.aspects,
    before: found.a < 0 ? null : keyState(a!, found.a),
    after: found.b < 0 ? null : keyState(b!, found.b),
    values: found.values.map((value) => toldValue(a, b, value)),
    same: found.same,
  };
}

function keyState(listing: RegListing, row: number): KeyState {
  const { lastWrite, class: className } = listing.key(row);
  return { lastWrite, class: className };
}

function toldValue(a: RegListing | null, b: RegListing | null, found: ValueDifference): ComparedValue {
  const name = found.b >= 0 ? b!.table.valueName(found.b) : a!.table.valueName(found.a);
  return {
    change: found.change,
    name,
    before: found.a < 0 ? null : valueState(a!, found.a),
    after: found.b < 0 ? null : valueState(b!, found.b),
  };
}

function valueState(listing: RegListing, value: number): ValueState {
  const { type, size } = listing.table.data.values;
  const data = listing.isTombstone(value) ? null : listing.data(value);
  return {
    type: listing.typeName(value),
    typeCode: type[value]!,
    size: size[value]!,
    data: data === null ? null : hex(data),
    text: data === null ? null : valueText(type[value]!, data),
  };
}

/** Reads what decides where the columns do not. Keys share their descriptors: each pair of cells is compared once. */
function readerOf(a: RegListing, b: RegListing): CompareReader {
  const securities = new Map<string, boolean>();
  return {
    sameData(left, right) {
      const data = a.data(left);
      return sameBytes(data === null ? null : data.slice(), b.data(right));
    },
    sameClass: (left, right) => a.key(left).class === b.key(right).class,
    sameSecurity(left, right) {
      const cells = `${a.table.data.security[left]} ${b.table.data.security[right]}`;
      let same = securities.get(cells);
      if (same === undefined) {
        same = sameBytes(a.security(left), b.security(right));
        securities.set(cells, same);
      }
      return same;
    },
  };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
