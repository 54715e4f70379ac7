/** What linking does for a format's needs, among the files at hand: by stated identity, by blobs, by name. */
import type { Codecs } from '../codec/types.ts';
import type { Identity, Need, Resolve } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';

interface Identifies {
  identify(source: ByteSource, codecs: Codecs): Identity;
  holds?(source: ByteSource, hashes: readonly string[]): boolean;
}

/**
 * Answers by the id of a need, as an engine does that asked each file once what it needs.
 * @param files all files, the one that is opened included
 */
export function resolveAmong(format: Identifies, files: readonly ByteSource[], codecs: Codecs): Resolve {
  const identities = files.map((file) => format.identify(file, codecs));
  const hashes = new Set(identities.flatMap(({ needs }) => needs.flatMap((need) => need.hashes)));
  return (need: Need) =>
    files.filter((file, i) => {
      const { self } = identities[i]!;
      if (need.match.length > 0)
        return need.match.some((facts) => Object.entries(facts).every(([key, value]) => self[key] === value));
      if (need.kind === 'blobs') return hashes.size > 0 && format.holds?.(file, [...hashes]) === true;
      return need.names.some((name) => name.split(/[\\/]/).at(-1) === file.name);
    });
}
