/**
 * Pain 7: Store apps vanish or do not start. Packages are registered by full name (`Name_1.2.3.4_x64__publisher`): when the
 * registration is one layer's and the folder another's, the versions part.
 */
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import { NO_LAYER } from '../../types.ts';
import type { Detector, Evidence } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView } from '../view.ts';

const APPS = 'Program Files\\WindowsApps';
const MACHINE = 'Microsoft\\Windows\\CurrentVersion\\Appx\\AppxAllUserStore\\Applications';
const USER = 'Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';
const REPOSITORY = 'ProgramData\\Microsoft\\Windows\\AppRepository';
const STATE = `${REPOSITORY}\\StateRepository-Machine.srd`;

interface PackageName {
  readonly family: string;
  readonly version: string;
}

/** `Name_1.2.3.4_x64_resource_publisher` -> its family and version; null for other names. */
export function packageName(full: string): PackageName | null {
  const match = /^([^_]+)_(\d+(?:\.\d+){3})_([^_]*)_([^_]*)_([a-z0-9]{13})$/i.exec(full);
  if (match === null) return null;
  const [, name, version, architecture, resource, publisher] = match;
  return { family: foldText([name, architecture, resource, publisher].join('_'), windowsUpcase()), version: version! };
}

export const storeApps: Detector = {
  id: 'storeApps',
  pain: 7,
  detect(view, _known, sink) {
    const { files, registry } = view;
    const folders = new Map<string, { node: number; version: string }[]>();
    const apps = view.find(files, APPS.split('\\'));
    for (const node of view.children(files, apps)) {
      const name = packageName(files.name(node));
      if (name === null) continue;
      const known = folders.get(name.family) ?? [];
      known.push({ node, version: name.version });
      folders.set(name.family, known);
    }
    const lists = [
      view.key('HKLM/SOFTWARE', MACHINE),
      ...view.userKeys(true).map((mount) => view.find(registry, USER.split('\\'), mount)),
    ];
    for (const list of lists)
      for (const node of view.children(registry, list)) {
        const full = registry.name(node);
        const name = packageName(full);
        if (name === null || !registry.visible(node)) continue;
        const same = folders.get(name.family) ?? [];
        if (same.length === 0 || same.some((one) => one.version === name.version && files.visible(one.node))) continue;
        const won = registry.resolution.winner[node]!;
        const user = won !== NO_LAYER && view.role(registry, won) === 'user';
        const place = view.keyPlace(node);
        const there = same.filter((one) => files.visible(one.node));
        sink.add({
          code: 'storeAppSkew',
          severity: 'warning',
          message: 'A Store app is registered in another version than its folder has: it does not start, or vanishes.',
          path: view.keyPath(node),
          place,
          note: `${name.version} \u2260 ${there.map(({ version }) => version).join(', ') || '\u2013'}`,
          evidence: [
            ...view.keySides(node).map((side) => ({ ...side, facts: { version: name.version } })),
            ...same.flatMap((one) =>
              view.sides(one.node).map((side) => ({ ...side, facts: { version: one.version } })),
            ),
          ],
          proposal: adding(keyRule('subtree', place, user ? 'keepLower' : 'hide')),
        });
      }
    repository(view, apps, (evidence, path, owner) =>
      sink.add({
        code: 'storeAppSkew',
        severity: 'warning',
        message: 'The package database and the package folders come from different layers: Store apps do not start.',
        path,
        place: STATE,
        note: 'StateRepository-Machine.srd',
        evidence,
        // database and folders are one thing: the layer that has the folders gives both
        proposal: adding(
          view.isBase(files, owner)
            ? fileRule('subtree', REPOSITORY, 'passthrough')
            : fileRule('subtree', REPOSITORY, 'redirect', files.layerIds[owner]),
        ),
      }),
    );
  },
};

/** The database of all packages is the base's by default; with that rule off, an upper one may come in front. */
function repository(
  view: MergeView,
  apps: number,
  report: (evidence: Evidence[], path: string, owner: number) => void,
): void {
  const { files } = view;
  const state = view.find(files, STATE.split('\\'));
  if (state < 0 || apps < 0 || !files.visible(state)) return;
  const { winner, union } = files.resolution;
  const owners = new Map<number, number>();
  for (const node of view.children(files, apps))
    if (files.visible(node) && packageName(files.name(node)) !== null) owners.set(winner[node]!, node);
  const won = winner[state]!;
  if (owners.size === 0 || owners.has(won)) return;
  const [layer, node] = [...owners][0]!;
  report(
    [
      view.fileEvidence(state, { layer: won, row: union.slots[won]![state]! }, 'wins'),
      view.fileEvidence(node, { layer, row: union.slots[layer]![node]! }, 'wins'),
    ],
    view.filePath(state),
    layer,
  );
}
