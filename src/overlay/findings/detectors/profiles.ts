/**
 * Pain 4: duplicate, temporary or unusable profiles. ProfileList, the folders below Users and the mounted user hives are
 * held against one another before the first boot does it.
 */
import { stringOf } from '../../../content/registry-value.ts';
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import { EntryKind, type MergedValue, NodeState } from '../../types.ts';
import { volumePath } from '../command-paths.ts';
import type { Detector, Known, Want } from '../types.ts';
import { adding, keyRule, type MergeView, want } from '../view.ts';
import { withoutFiles } from '../ways-out.ts';

const LIST = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
const PERSON = /^S-1-(?:5-21|12-1)-/i;
/** Folders of Users that are nobody's profile. */
const SHARED = new Set(['PUBLIC', 'DEFAULT', 'DEFAULT USER', 'ALL USERS']);
const MESSAGE =
  'Sign-in would not find this profile and make a second or a temporary one, without the user\u2019s data.';

export interface ProfileKey {
  readonly node: number;
  readonly name: string;
  readonly visible: boolean;
  readonly value: MergedValue | null;
}

export function profileKeys(view: MergeView): ProfileKey[] {
  const list = view.key('HKLM/SOFTWARE', LIST);
  const found: ProfileKey[] = [];
  for (const node of view.children(view.registry, list)) {
    const name = view.registry.name(node);
    if (!PERSON.test(name)) continue;
    const value = view.registry.values(node).find((one) => /^ProfileImagePath$/i.test(one.name)) ?? null;
    const visible = view.registry.visible(node) && value !== null && value.state !== NodeState.hidden;
    found.push({ node, name, visible, value });
  }
  return found;
}

const fold = (text: string) => foldText(text, windowsUpcase());
const bare = (sid: string) => sid.replace(/\.bak$/i, '');

export const profiles: Detector = {
  id: 'profiles',
  pain: 4,
  needs: (view) => profileKeys(view).flatMap(({ value }): Want[] => (value === null ? [] : [want(value)])),
  detect(view, known: Known, sink) {
    const keys = profileKeys(view).map((key) => {
      const data = key.value === null ? null : known.value(key.value);
      return {
        ...key,
        data,
        folder: data === null ? null : volumePath(stringOf(data), { profile: null, wow64: false }),
      };
    });
    const report = (
      key: (typeof keys)[number] | null,
      node: number,
      note: string,
      severity: 'error' | 'warning',
      proposal: ReturnType<typeof adding> | null,
    ) =>
      sink.add({
        code: 'profileDuplicate',
        severity,
        message: MESSAGE,
        path: key === null ? view.filePath(node) : view.keyPath(key.node),
        place: key === null ? view.filePlace(node) : view.keyPlace(key.node),
        note,
        evidence: [
          ...(key === null ? [] : view.keySides(key.node).map((side) => ({ ...side, facts: folderFact(key.folder) }))),
          ...(node < 0 ? [] : view.sides(node)),
        ],
        proposal,
      });
    const hideKey = (node: number) => adding(keyRule('subtree', view.keyPlace(node), 'hide'));
    const shown = keys.filter(({ visible }) => visible);
    /** A key whose folder could not be read may be that of any folder: then no folder is said to have none. */
    const unread = keys.some(({ value, data }) => value !== null && data === null);
    const byFolder = new Map<string, (typeof keys)[number]>();
    for (const key of shown) {
      const place = key.folder;
      const node = place === null ? -1 : view.find(view.files, place.split('\\'));
      if (/\.bak$/i.test(key.name)) {
        const twin = shown.find(({ name }) => name !== key.name && bare(name) === bare(key.name));
        // Windows sets the good profile aside as .bak when it signs in with a temporary one
        report(key, node, twin === undefined ? key.name : `${key.name}, ${twin.name}`, 'error', hideKey(key.node));
        continue;
      }
      if (place === null) continue;
      const other = byFolder.get(fold(place));
      if (other !== undefined) {
        const mounted = (name: string) => view.find(view.registry, ['HKU', name]) >= 0;
        const loser = mounted(other.name) && !mounted(key.name) ? key : other;
        report(loser, node, `${other.name}, ${key.name}: ${place}`, 'error', hideKey(loser.node));
        continue;
      }
      byFolder.set(fold(place), key);
      const missing = node < 0 || !view.files.visible(node);
      if (missing && view.files.layers.some(({ table }) => table !== null) && hasUsers(view))
        report(key, node, place, 'warning', hideKey(key.node));
    }
    for (const node of view.children(view.files, view.find(view.files, ['Users']))) {
      const name = view.files.name(node);
      const hive = view.find(view.files, ['NTUSER.DAT'], node);
      const folder = view.filePlace(node);
      if (!view.isFolder(node) || SHARED.has(fold(name))) continue;
      if (/^TEMP(\.|$)/i.test(name)) report(null, node, name, 'warning', withoutFiles(view, node));
      else if (!unread && !byFolder.has(fold(folder)) && isProfile(view, node, hive, name)) {
        const hidden = keys.find((key) => !key.visible && key.folder !== null && fold(key.folder) === fold(folder));
        const merge = hidden === undefined ? null : adding(keyRule('subtree', view.keyPlace(hidden.node), 'merge'));
        if (shown.length > 0 || hidden !== undefined) report(hidden ?? null, node, folder, 'warning', merge);
      }
    }
  },
};

const folderFact = (folder: string | null): Readonly<Record<string, string>> =>
  folder === null ? {} : { folder: `C:\\${folder}` };

function hasUsers(view: MergeView): boolean {
  const users = view.find(view.files, ['Users']);
  return users >= 0 && view.files.visible(users);
}

/** A hive of its own in the folder, or one mounted under the folder's name because no SID is known for it. */
function isProfile(view: MergeView, node: number, hive: number, name: string): boolean {
  if (hive >= 0 && view.files.visible(hive)) return true;
  const mount = view.find(view.registry, ['HKU', name]);
  if (mount < 0) return false;
  const versions = view.stack(view.files, node);
  return versions.some(({ seen, kind }) => seen && kind !== EntryKind.whiteout);
}
