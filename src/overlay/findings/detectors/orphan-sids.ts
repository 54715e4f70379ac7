/**
 * Pain 4, the other half: files of a profile that belong to an account which this Windows does not know. Their owner or
 * access list names a SID without a profile here, so the user who signs in may not open the own files.
 */
import { readSecurityDescriptor } from '../../../content/security-descriptor.ts';
import { foldText, windowsUpcase } from '../../../index/upcase.ts';
import { NO_LAYER } from '../../types.ts';
import type { Detector, Want } from '../types.ts';
import type { MergeView } from '../view.ts';

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
  count: number;
}

/** One file for each descriptor below Users, with how many files have it. */
function samples(view: MergeView): Sample[] {
  const { files } = view;
  const { winner, union } = files.resolution;
  const found = new Map<string, Sample>();
  const open = [view.find(files, ['Users'])].filter((node) => node >= 0);
  while (open.length > 0) {
    const node = open.pop()!;
    for (const child of view.children(files, node)) {
      const layer = winner[child]!;
      if (layer === NO_LAYER) continue;
      open.push(child);
      const row = union.slots[layer]![child]!;
      const data = files.layers[layer]!.table?.data;
      if (data === undefined || row < 0 || row >= data.count || view.isBase(files, layer)) continue;
      // 0 says nothing: the file may have a descriptor of its own
      const key = data.securityId[row] === 0 ? `${layer}/${row}` : `${layer} ${data.securityId[row]}`;
      const known = found.get(key);
      if (known !== undefined) known.count++;
      else if (found.size < MAX_DESCRIPTORS) found.set(key, { layer, row, node: child, count: 1 });
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
  return known;
}

const fold = (text: string) => foldText(text, windowsUpcase());

export const orphanSids: Detector = {
  id: 'orphanSids',
  pain: 4,
  needs: (view) =>
    accounts(view).size === 0 ? [] : samples(view).map(({ layer, row }): Want => ({ kind: 'security', layer, row })),
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
      });
    }
  },
};
