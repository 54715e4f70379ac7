/**
 * One person with two SIDs: a profile that was made on another machine keeps the SID it had there. Keys that are named by a
 * SID (ProfileList, Installer\UserData, Appx ...) are merged under the SID that the person has in the base.
 *
 * The other way round, one SID with two folders: a profile that lies at `Users\\ann.CONTOSO` in a layer is merged into the
 * base's `Users\\ann`, where the base's ProfileList sends the person to.
 *
 * Of SIDs only names of keys are mapped. Values that hold a SID, owners of files and what is encrypted for an account stay as they
 * are: they cannot be made anew offline, and findings tell of them.
 */
import { foldText, windowsUpcase } from '../index/upcase.ts';
import type { Profile } from './hives.ts';
import type { FolderMapping, LayerTree, Rule } from './types.ts';

/** The same person by the SID of a layer and by that of the base. */
export interface SidMapping {
  readonly from: string;
  readonly to: string;
  /** Profile folder below `Users`. */
  readonly name: string;
}

/** Accounts that rules map; what they are called is known where the base has their profile. @param base users of the base */
export function ruledMappings(rules: readonly Rule[], base: readonly Profile[]): SidMapping[] {
  return rules.flatMap(({ action, enabled, match, sid }) => {
    if (action !== 'mapSid' || !enabled || sid === undefined) return [];
    const name = base.find((profile) => fold(profile.sid) === fold(sid))?.folder ?? sid;
    return [{ from: match.p.slice('HKU/'.length), to: sid, name }];
  });
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

/**
 * Profile folders of a layer that lie elsewhere in the base, for the same SID. A folder name that the layer uses for
 * somebody else as well, or that is not right below `Users`, is left alone.
 */
export function folderMappings(own: readonly Profile[], base: readonly Profile[]): FolderMapping[] {
  const atUsers = ({ path, folder }: Profile) => fold(path).endsWith(fold(`\\Users\\${folder}`));
  const taken = new Set(own.map(({ folder }) => fold(folder)));
  return own.flatMap((profile) => {
    const there = base.find(({ sid }) => fold(sid) === fold(profile.sid));
    if (there === undefined || !atUsers(profile) || !atUsers(there) || taken.has(fold(there.folder))) return [];
    taken.add(fold(there.folder));
    return [{ path: ['Users', profile.folder], name: there.folder }];
  });
}

const mapped = new WeakMap<LayerTree, Map<string, LayerTree>>();

/** The tree with folders under other names; the same tree for the same mappings, so that nothing is joined anew. */
export function withFolders(tree: LayerTree, folders: readonly FolderMapping[]): LayerTree {
  if (folders.length === 0) return tree;
  const key = JSON.stringify(folders);
  const known = mapped.get(tree) ?? new Map<string, LayerTree>();
  mapped.set(tree, known);
  const made = known.get(key) ?? { ...tree, folders };
  known.set(key, made);
  return made;
}
