/**
 * Pain 2: half-uninstalled applications. Uninstall keys, App Paths, services, COM servers and Run values that name a file
 * which the merged disk does not show. What already dangles in the base alone is no work of the merge and is not told.
 */
import type { Severity } from '../../../base/findings.ts';
import { RegType, stringOf } from '../../../content/registry-value.ts';
import { EntryKind, type MergedValue } from '../../types.ts';
import { commandPaths } from '../command-paths.ts';
import type { Detector, Evidence, Known, Proposal, Sink, Want } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView, want } from '../view.ts';
import { withoutKey, withoutValue } from '../ways-out.ts';

/** References of one kind that are looked at. */
const MAX_REFERENCES = 20_000;

interface Reference {
  readonly code: string;
  readonly node: number;
  readonly value: MergedValue;
  readonly wow64: boolean;
  readonly profile: string | null;
  /** The whole key stands for the thing, so that hiding it hides no more. */
  readonly whole: boolean;
  readonly severity: Severity;
}

const MESSAGES: Readonly<Record<string, string>> = {
  serviceImageMissing: 'A service is registered whose program the merged disk does not have: it fails at every start.',
  danglingUninstall:
    'An application is listed as installed but its files are gone: it can neither be run nor uninstalled.',
  danglingAppPath: 'A program is registered by name but its file is gone: starting it by name fails.',
  danglingComServer: 'A COM class is registered whose server file is gone: every program that uses it fails.',
  danglingShortPath:
    'The registry names a file by its 8.3 name, and no entry that is seen has it: what uses the name fails.',
  volumeBoundData: 'The registry names another drive or volume: on another machine it may be another one, or none.',
  danglingRun: 'A program is started at sign-in whose file is gone: the user meets an error or nothing at all.',
};

/** User hives with the profile folder they belong to, and the machine's SOFTWARE. */
function softwareRoots(view: MergeView): { node: number; profile: string | null }[] {
  const machine = view.key('HKLM/SOFTWARE', '');
  const users = view.userKeys().map((mount) => ({
    node: view.find(view.registry, ['Software'], mount),
    profile: profileOf(view, view.registry.name(mount)),
  }));
  return [{ node: machine, profile: null }, ...users].filter(({ node }) => node >= 0);
}

/** Folder of the user whose hive is mounted there, by the path of any layer's hive. */
function profileOf(view: MergeView, name: string): string | null {
  for (const layer of view.layers)
    for (const hive of layer.hives) {
      const folder = hive.mount === `HKU/${name}` ? /^(?:files\\)?(Users\\[^\\]+)\\/i.exec(hive.path ?? '') : null;
      if (folder !== null) return folder[1]!;
    }
  return null;
}

function* references(view: MergeView): Generator<Reference> {
  const { registry } = view;
  const set = view.controlSet === null ? null : `ControlSet${String(view.controlSet).padStart(3, '0')}`;
  if (set !== null)
    for (const node of visible(view, view.key('HKLM/SYSTEM', `${set}\\Services`))) {
      const value = view.value(node, 'ImagePath');
      if (value !== null) yield make('serviceImageMissing', node, value, { whole: true });
    }
  for (const { node: root, profile } of softwareRoots(view))
    for (const wow64 of [false, true]) {
      const software = wow64 ? view.find(registry, ['Wow6432Node'], root) : root;
      if (software < 0) continue;
      const at = (path: string) => view.find(registry, path.split('\\'), software);
      const about = { wow64, profile };
      const current = 'Microsoft\\Windows\\CurrentVersion';
      for (const node of visible(view, at(`${current}\\Uninstall`))) {
        const value = view.value(node, 'InstallLocation') ?? view.value(node, 'UninstallString');
        if (value !== null) yield make('danglingUninstall', node, value, { ...about, whole: true });
      }
      for (const node of visible(view, at(`${current}\\App Paths`))) {
        const value = view.value(node, '');
        if (value !== null) yield make('danglingAppPath', node, value, { ...about, whole: true });
      }
      for (const name of ['Run', 'RunOnce']) {
        const node = at(`${current}\\${name}`);
        if (node < 0 || !registry.visible(node)) continue;
        for (const value of registry.values(node))
          if (view.value(node, value.name) !== null) yield make('danglingRun', node, value, about);
      }
    }
  const classes = [view.key('HKLM/SOFTWARE', 'Classes'), ...view.userKeys(true)];
  for (const root of classes)
    for (const wow64 of [false, true]) {
      const list = root < 0 ? -1 : view.find(registry, wow64 ? ['Wow6432Node', 'CLSID'] : ['CLSID'], root);
      for (const node of visible(view, list)) {
        const server = view.find(registry, ['InprocServer32'], node);
        const value = server < 0 || !registry.visible(server) ? null : view.value(server, '');
        if (value !== null) yield make('danglingComServer', server, value, { wow64, whole: true });
      }
    }
}

function make(code: string, node: number, value: MergedValue, more: Partial<Reference>): Reference {
  return { code, node, value, wow64: false, profile: null, whole: false, severity: 'warning', ...more };
}

function* visible(view: MergeView, node: number): Generator<number> {
  for (const child of view.children(view.registry, node)) if (view.registry.visible(child)) yield child;
}

function isText({ type, size }: MergedValue): boolean {
  return (type === RegType.sz || type === RegType.expandSz) && size > 2 && size < 65_536;
}

function all(view: MergeView): Reference[] {
  const found: Reference[] = [];
  // hives without their disk say nothing about files
  const windows = view.find(view.files, ['Windows']);
  if (windows < 0 || !view.files.visible(windows)) return found;
  for (const reference of references(view)) {
    if (isText(reference.value)) found.push(reference);
    if (found.length === MAX_REFERENCES) break;
  }
  return found;
}

export const dangling: Detector = {
  id: 'dangling',
  pain: 2,
  needs: (view) => all(view).map(({ value }): Want => want(value)),
  detect(view, known, sink) {
    for (const reference of all(view)) judge(view, known, sink, reference);
  },
};

function judge(view: MergeView, known: Known, sink: Sink, reference: Reference): void {
  const { code, node, value, severity } = reference;
  const data = known.value(value);
  if (data === null) return;
  const text = stringOf(data);
  const places = commandPaths(text, reference);
  const nodes = places.map((place) => view.find(view.files, place.split('\\')));
  const [first] = places;
  if (first === undefined) bound(view, sink, reference, text);
  if (first === undefined || nodes.some((found) => found >= 0 && view.files.visible(found))) return;
  // 8.3 names are looked up as Windows does: among what is seen
  const short = /~\d/.test(first);
  if (short) {
    const found = places.map((place) => view.findShort(place.split('\\'))).find((at) => at >= 0);
    if (strayed(view, sink, reference, text, first, found ?? -1) || found !== undefined) return;
  }
  const hidden = nodes.find((found) => found >= 0) ?? -1;
  // the base has named a missing file all along, and nobody above took it away
  if (hidden < 0 && view.isBase(view.registry, value.layer)) return;
  const place = hidden < 0 ? first : view.filePlace(hidden);
  const name = value.name;
  const where = view.keyPath(node);
  const reading: Evidence = {
    layer: view.registry.layerIds[value.layer] ?? null,
    role: 'wins',
    path: name === '' ? where : `${where}\\${name}`,
    facts: { data: text },
  };
  const gone: Evidence[] =
    hidden < 0 ? [{ layer: null, role: 'missing', path: `C:\\${place}`, facts: {} }] : view.sides(hidden);
  const kind = short && hidden < 0 ? 'danglingShortPath' : code;
  sink.add({
    code: kind,
    severity,
    message: MESSAGES[kind]!,
    path: reading.path,
    place: view.keyPlace(node),
    note: place.slice(place.lastIndexOf('\\') + 1),
    evidence: [reading, ...gone],
    proposal: wayOut(view, reference, hidden, place),
  });
}

/**
 * F-35: the layer's own registry means its own entry by an 8.3 name that another entry has in the merged disk.
 * @param found where the path leads in the merged disk, -1 for nowhere
 */
function strayed(
  view: MergeView,
  sink: Sink,
  { node, value, whole }: Reference,
  text: string,
  path: string,
  found: number,
): boolean {
  const id = view.registry.layerIds[value.layer] ?? '';
  const layer = view.files.layerIds.indexOf(id);
  const meant = layer < 0 ? -1 : view.findShortIn(layer, path.split('\\'));
  if (meant < 0 || meant === found || !view.files.visible(meant)) return false;
  const at = value.name === '' ? view.keyPath(node) : `${view.keyPath(node)}\\${value.name}`;
  sink.add({
    code: 'shortNameClash',
    severity: 'error',
    message:
      'The registry of a layer names its own file by an 8.3 name that another entry has in the merged disk: what uses it finds the wrong one.',
    path: at,
    place: view.keyPlace(node),
    note: path,
    evidence: [
      { layer: id, role: 'wins', path: at, facts: { data: text } },
      ...view.sides(meant),
      ...(found < 0 ? [] : view.sides(found)),
    ],
    proposal: whole ? withoutKey(view, node, value.layer) : withoutValue(view, node, value.name),
  });
  return true;
}

/** Another drive letter or a volume by its GUID, in what an upper layer says. */
const OTHER_VOLUME = /^"?(?:\\\?\?\\|\\\\\?\\)?(?:[abd-z]:\\|Volume\{)/i;

function bound(view: MergeView, sink: Sink, { node, value, whole }: Reference, text: string): void {
  if (!OTHER_VOLUME.test(text.trim()) || view.isBase(view.registry, value.layer)) return;
  const path = value.name === '' ? view.keyPath(node) : `${view.keyPath(node)}\\${value.name}`;
  const layer = view.registry.layerIds[value.layer] ?? null;
  sink.add({
    code: 'volumeBoundData',
    severity: 'info',
    message: MESSAGES['volumeBoundData']!,
    path,
    place: view.keyPlace(node),
    note: text.slice(0, 80),
    evidence: [
      { layer, role: 'wins', path, facts: { data: text } },
      { layer: null, role: 'missing', path: text.slice(0, 300), facts: {} },
    ],
    proposal: whole ? withoutKey(view, node, value.layer) : withoutValue(view, node, value.name),
  });
}

/** The file comes back when only a user layer took it away; else what names it goes too: the key, or one value of many. */
function wayOut(
  view: MergeView,
  { node, value: { name: value }, whole }: Reference,
  hidden: number,
  place: string,
): Proposal | null {
  if (hidden >= 0) {
    const parent = view.files.union.parent[hidden]!;
    const others = view
      .stack(view.files, hidden)
      .filter(({ layer }) => view.role(view.files, layer) !== 'user')
      .map(({ kind }) => kind);
    if (view.files.visible(parent) && others[0] !== undefined && others[0] !== EntryKind.whiteout)
      return adding(fileRule('exact', place, 'keepLower'));
  }
  if (!whole) return withoutValue(view, node, value);
  const place2 = view.keyPlace(node);
  return adding(keyRule('subtree', place2, 'hide'));
}
