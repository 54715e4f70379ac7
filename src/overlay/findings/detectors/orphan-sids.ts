/**
 * Pain 4, the other half: files of a profile that belong to an account which this Windows does not know. Their owner or
 * access list names a SID without a profile here, so the user who signs in may not open the own files.
 */
import { stringOf } from '../../../content/registry-value.ts';
import { readSecurityDescriptor } from '../../../content/security-descriptor.ts';
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import { NO_LAYER } from '../../types.ts';
import { volumePath } from '../command-paths.ts';
import { type Detector, type Known, MAX_NAMES, type Proposal, type Want } from '../types.ts';
import { adding, type MergeView, want } from '../view.ts';
import { profileKeys } from './profiles.ts';

/** Descriptors that are read; a volume has one for many files. */
const MAX_DESCRIPTORS = 500;
/** Accounts of one machine or domain; others mean the same everywhere. */
const ACCOUNT = /^S-1-5-21-\d+-\d+-\d+-(\d+)$/i;
/** Built-in accounts and groups have small numbers. */
const FIRST_USER = 1000;

interface Sample {
  readonly layer: number;
  readonly row: number;
  readonly node: number;
  /** Profile folders that files of it lie in. */
  readonly folders: Set<number>;
  count: number;
}

/** One file for each descriptor below Users, with how many files have it. */
function samples(view: MergeView): Sample[] {
  const { files } = view;
  const { winner, union } = files.resolution;
  const found = new Map<string, Sample>();
  const users = view.find(files, ['Users']);
  const open = users < 0 ? [] : [{ node: users, folder: -1 }];
  while (open.length > 0) {
    const { node, folder } = open.pop()!;
    for (const child of view.children(files, node)) {
      const home = folder < 0 ? child : folder;
      const layer = winner[child]!;
      if (layer === NO_LAYER) continue;
      open.push({ node: child, folder: home });
      const row = union.slots[layer]![child]!;
      const data = files.layers[layer]!.table?.data;
      if (data === undefined || row < 0 || row >= data.count || view.isBase(files, layer)) continue;
      // 0 says nothing: the file may have a descriptor of its own
      const key = data.securityId[row] === 0 ? `${layer}/${row}` : `${layer} ${data.securityId[row]}`;
      const known = found.get(key);
      if (known !== undefined) {
        known.count++;
        known.folders.add(home);
      } else if (found.size < MAX_DESCRIPTORS)
        found.set(key, { layer, row, node: child, count: 1, folders: new Set([home]) });
    }
  }
  return [...found.values()];
}

/** Accounts with a profile or a mounted hive here. */
function accounts(view: MergeView): Set<string> {
  const { registry } = view;
  const known = new Set<string>();
  const list = view.key('HKLM/SOFTWARE', 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList');
  for (const node of view.children(registry, list)) if (registry.visible(node)) known.add(fold(registry.name(node)));
  if (known.size === 0) return known;
  // whom a rule or the profile lists map is known by the SID in the base
  for (const { rule } of view.rules)
    if (rule.action === 'mapSid' && rule.enabled) known.add(fold(rule.match.p.slice('HKU/'.length)));
  for (const { sids } of view.layers) for (const { from } of sids ?? []) known.add(fold(from));
  return known;
}

/**
 * The account is the one that the base has for the folder: the same person, who had another SID where the layer was made. Null
 * where the files lie in several profiles, or in one that nobody here has: then it is not known whose they are.
 */
function mapping(view: MergeView, known: Known, sid: string, folders: readonly number[]): Proposal | null {
  if (folders.length !== 1) return null;
  const folder = fold(view.filePlace(folders[0]!));
  const owners = profileKeys(view).filter(({ visible, value }) => {
    const data = value === null || !visible ? null : known.value(value);
    const place = data === null ? null : volumePath(stringOf(data), { profile: null, wow64: false });
    return place !== null && fold(place) === folder;
  });
  const [owner] = owners;
  if (owner === undefined || owners.length > 1 || !ACCOUNT.test(owner.name)) return null;
  return adding({ target: 'key', match: { kind: 'exact', p: `HKU/${sid}` }, action: 'mapSid', sid: owner.name });
}

const fold = (text: string) => foldText(text, windowsUpcase());

export const orphanSids: Detector = {
  id: 'orphanSids',
  pain: 4,
  needs: (view) =>
    accounts(view).size === 0
      ? []
      : [
          ...samples(view).map(({ layer, row }): Want => ({ kind: 'security', layer, row })),
          ...profileKeys(view).flatMap(({ value }): Want[] => (value === null ? [] : [want(value)])),
        ],
  detect(view, known, sink) {
    const here = accounts(view);
    if (here.size === 0) return;
    const orphans = new Map<string, Sample[]>();
    for (const sample of samples(view)) {
      const bytes = known.security(sample.layer, sample.row);
      if (bytes === null) continue;
      const { owner, dacl } = readSecurityDescriptor(bytes, 'file');
      const named = new Set([owner, ...(dacl ?? []).map(({ sid }) => sid)].map((sid) => sid?.text ?? ''));
      for (const sid of named) {
        if (Number(ACCOUNT.exec(sid)?.[1] ?? 0) < FIRST_USER || here.has(fold(sid))) continue;
        const list = orphans.get(sid);
        if (list === undefined) orphans.set(sid, [sample]);
        else list.push(sample);
      }
    }
    for (const [sid, list] of orphans) {
      const count = list.reduce((sum, sample) => sum + sample.count, 0);
      const [first] = list as [Sample];
      const folders = [...new Set(list.flatMap((sample) => [...sample.folders]))];
      sink.add({
        code: 'orphanSid',
        severity: 'warning',
        message: 'Files belong to an account that this Windows does not know: the user may not open the own files.',
        path: view.filePath(first.node),
        place: view.filePlace(first.node),
        note: `${sid} (${count})`,
        evidence: list
          .slice(0, 5)
          .map(({ node, layer, row, count: items }) =>
            view.fileEvidence(node, { layer, row }, 'wins', { sid, items: String(items) }),
          ),
        proposal: mapping(view, known, sid, folders),
        means: { names: folders.slice(0, MAX_NAMES).map((node) => view.filePath(node)) },
      });
    }
  },
};
