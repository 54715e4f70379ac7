/** A whole hive as JSON lines that the hive's own engine writes: what `reg -r --json` lists, several times as fast. */
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { fromUnits } from '../base/utf16.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { Image } from './image.ts';
import type { HivePlace } from './image-hives.ts';
import type { ReadControl } from './read-tree.ts';

export interface WholeJson {
  /** Keys whose lines were written, with those of all their values. */
  readonly keys: number;
  /** False where a path is longer than any of Windows: the keys that are left are for a `RegListing`. */
  readonly whole: boolean;
  readonly findings: readonly Finding[];
}

/** @param write takes bytes that it must not keep. @returns null for a boot store, whose values have words of their own */
export function writeHiveJson(
  image: Image,
  hive: HivePlace,
  write: (bytes: Uint8Array) => void,
  control: ReadControl,
): WholeJson | null {
  const { findings, rootRef } = image.openHive(hive.id, hive.mount, hive.ref, hive.logs);
  if (isBootStore(image, hive.id, rootRef)) return null;
  const lines = image.hives.get(hive.id).jsonLines(hive.prefix, windowsUpcase());
  try {
    for (let part = lines.next(); part !== null; part = lines.next()) {
      write(part);
      control.progress?.(lines.keys, null);
    }
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'UnsupportedSize')) throw error;
    return { keys: lines.keys, whole: false, findings: [] };
  }
  return { keys: lines.keys, whole: true, findings: [...findings, ...lines.findings()] };
}

function isBootStore(image: Image, hive: string, root: number): boolean {
  const { count, names, nameOffset, nameLength } = image.hiveList(hive, root);
  if (count > 100) return false; // a store has two sub-keys; names of very many need not be made
  const found = new Set<string>();
  for (let row = 0; row < count; row++)
    found.add(foldText(fromUnits(names, nameOffset[row]!, nameLength[row]!), windowsUpcase()));
  return found.has('OBJECTS') && found.has('DESCRIPTION');
}
