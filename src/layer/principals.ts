/**
 * One person with two SIDs: a profile that was made on another machine keeps the SID it had there. Keys that are named by a
 * SID (ProfileList, Installer\UserData, Appx ...) are merged under the SID that the person has in the base.
 *
 * Only names of keys are mapped. Values that hold a SID, owners of files and what is encrypted for an account stay as they
 * are: they cannot be made anew offline, and findings tell of them.
 */
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { Profile } from './hives.ts';

/** The same person by the SID of a layer and by that of the base. */
export interface SidMapping {
  readonly from: string;
  readonly to: string;
  /** Profile folder below `Users`. */
  readonly name: string;
}

const fold = (text: string) => foldText(text, windowsUpcase());

/**
 * Accounts of a layer that are the base's under another SID: the profile folder says that they are one person, and the base
 * does not know the layer's SID as somebody else's.
 *
 * @param own users of the layer; @param base users of the base
 */
export function sidMappings(own: readonly Profile[], base: readonly Profile[]): SidMapping[] {
  const known = new Set(base.map(({ sid }) => fold(sid)));
  const byFolder = new Map<string, Profile | null>();
  // a folder that two accounts of the base claim is nobody's
  for (const profile of base) byFolder.set(fold(profile.folder), byFolder.has(fold(profile.folder)) ? null : profile);
  const taken = new Set<string>();
  return own.flatMap(({ sid, folder }) => {
    const person = byFolder.get(fold(folder)) ?? null;
    if (person === null || known.has(fold(sid)) || taken.has(fold(person.sid))) return [];
    taken.add(fold(person.sid));
    return [{ from: sid, to: person.sid, name: person.folder }];
  });
}
