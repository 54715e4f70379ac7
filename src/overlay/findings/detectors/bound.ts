/**
 * Pain 5: activation, licences and secrets that are bound to one machine or one account. They cannot be read offline and
 * need not be: the known places say who wins now, and what wins on the wrong machine is lost.
 */
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import { EntryKind, NO_LAYER } from '../../types.ts';
import type { Detector, Sink } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView } from '../view.ts';
import { withoutFiles } from '../ways-out.ts';

type Place = readonly [target: 'file' | 'key', path: string];

/** Bound to the machine: an upper layer's copy undoes the base's activation. `*` stands for one name. */
const LICENCES: readonly Place[] = [
  ['file', 'Windows\\System32\\spp\\store'],
  ['file', 'Windows\\ServiceProfiles\\NetworkService\\AppData\\Roaming\\Microsoft\\SoftwareProtectionPlatform'],
  ['file', 'ProgramData\\Microsoft\\OfficeSoftwareProtectionPlatform'],
  ['file', 'ProgramData\\Microsoft\\Windows\\ClipSVC'],
  ['file', 'ProgramData\\Microsoft\\DeviceSync'],
  ['file', 'Users\\*\\AppData\\Local\\Microsoft\\Office\\Licenses'],
  ['file', 'Users\\*\\AppData\\Local\\Microsoft\\Office\\16.0\\Licensing'],
  ['key', 'HKLM/SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform'],
  ['key', 'HKLM/SOFTWARE\\Microsoft\\OfficeSoftwareProtectionPlatform'],
  ['key', 'HKLM/SOFTWARE\\Microsoft\\MSLicensing'],
];

/** Keys of the machine: what they protect can be opened with them only. */
const MACHINE_SECRETS: readonly Place[] = [
  ['file', 'Windows\\System32\\Microsoft\\Protect'],
  ['file', 'ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys'],
  ['file', 'ProgramData\\Microsoft\\Crypto\\Keys'],
  ['file', 'ProgramData\\Microsoft\\Crypto\\PCPKSP'],
  ['file', 'ProgramData\\Microsoft\\Protect\\Recovery'],
  ['key', 'HKLM/SECURITY\\Policy\\Secrets'],
  ['key', 'HKLM/SOFTWARE\\Microsoft\\Cryptography'],
];

/** Secrets of a user that are bound to the application or the machine beside the account. */
const APP_SECRETS: readonly Place[] = [
  ['file', 'Users\\*\\AppData\\Local\\Google\\Chrome\\User Data\\Local State'],
  ['file', 'Users\\*\\AppData\\Local\\Microsoft\\Edge\\User Data\\Local State'],
  ['file', 'Users\\*\\AppData\\Roaming\\Microsoft\\Crypto\\PCPKSP'],
];

const LICENCE =
  'Licence state is bound to one machine: with another layer\u2019s copy in front the activation is lost.';
const SECRET =
  'Secrets are bound to the machine or account that made them: in front of another one they cannot be opened.';

/** Nodes of a place; a `*` goes through all children. */
function nodesOf(view: MergeView, [target, path]: Place): number[] {
  const tree = target === 'file' ? view.files : view.registry;
  const parts = path.replace('/', '\\').split('\\');
  let nodes = [0];
  for (const part of parts)
    nodes = nodes.flatMap((node) =>
      part === '*' ? [...view.children(tree, node)] : [view.find(tree, [part], node)].filter((found) => found >= 0),
    );
  return nodes;
}

/** Layers above the base that hold entries at or below a node. */
function uppersBelow(view: MergeView, target: Place[0], root: number): number[] {
  const tree = target === 'file' ? view.files : view.registry;
  const { union, order, winner } = tree.resolution;
  const found = new Set<number>();
  const open = [root];
  const uppers = order.slice(1).filter((layer) => union.slots[layer]![root]! >= 0);
  while (open.length > 0 && found.size < uppers.length) {
    const node = open.pop()!;
    for (const layer of uppers) {
      const row = found.has(layer) ? -1 : union.slots[layer]![node]!;
      if (row < 0) continue;
      const kind = tree.layers[layer]!.kind[row]!;
      const leaf = target === 'key' || kind === EntryKind.leaf;
      if (leaf && winner[node] !== NO_LAYER && view.stack(tree, node).some((v) => v.layer === layer && v.seen))
        found.add(layer);
    }
    open.push(...view.children(tree, node));
  }
  return [...found];
}

function check(view: MergeView, sink: Sink, places: readonly Place[], code: string, message: string): void {
  for (const place of places)
    for (const node of nodesOf(view, place)) {
      const [target] = place;
      const uppers = uppersBelow(view, target, node);
      if (uppers.length === 0) continue;
      const tree = target === 'file' ? view.files : view.registry;
      const text = target === 'file' ? view.filePlace(node) : view.keyPlace(node);
      const user = uppers.every((layer) => view.role(tree, layer) === 'user');
      const rule = target === 'file' ? fileRule : keyRule;
      sink.add({
        code,
        severity: 'warning',
        message,
        path: target === 'file' ? view.filePath(node) : view.keyPath(node),
        place: text,
        note: text.slice(text.lastIndexOf('\\') + 1),
        evidence: target === 'file' ? view.sides(node) : view.keySides(node),
        proposal: adding(rule('subtree', text, user ? 'keepLower' : 'passthrough')),
      });
    }
}

export const licences: Detector = {
  id: 'licences',
  pain: 5,
  detect: (view, _known, sink) => check(view, sink, LICENCES, 'licenseState', LICENCE),
};

export const secrets: Detector = {
  id: 'secrets',
  pain: 5,
  detect(view, _known, sink) {
    check(view, sink, MACHINE_SECRETS, 'dpapiBound', SECRET);
    check(view, sink, APP_SECRETS, 'dpapiBound', SECRET);
    protect(view, sink);
  },
};

/** Master keys of an account that this Windows does not know: nothing can open what they protect. */
function protect(view: MergeView, sink: Sink): void {
  const known = new Set<string>();
  const list = view.key('HKLM/SOFTWARE', 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList');
  for (const node of view.children(view.registry, list))
    if (view.registry.visible(node)) known.add(foldText(view.registry.name(node), windowsUpcase()));
  if (known.size === 0) return;
  for (const folder of nodesOf(view, ['file', 'Users\\*\\AppData\\Roaming\\Microsoft\\Protect']))
    for (const node of view.children(view.files, folder)) {
      const sid = view.files.name(node);
      if (!/^S-1-5-21-/i.test(sid) || !view.files.visible(node)) continue;
      if (known.has(foldText(sid, windowsUpcase()))) continue;
      sink.add({
        code: 'dpapiBound',
        severity: 'warning',
        message: SECRET,
        path: view.filePath(node),
        place: view.filePlace(node),
        note: sid,
        evidence: [
          ...view.sides(node),
          { layer: null, role: 'missing', path: `${view.keyPath(list)}\\${sid}`, facts: {} },
        ],
        // keys cannot be made anew offline: what cannot be opened here is left out, and Windows makes new ones
        proposal: withoutFiles(view, node),
      });
    }
}
