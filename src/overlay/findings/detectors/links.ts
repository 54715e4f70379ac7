/** Pain 10, links: junctions and symbolic links are leaves; where they lead is resolved in the merged view. */
import { NodeFlag } from '../../../fs/types.ts';
import { NO_LAYER } from '../../types.ts';
import { volumePath } from '../command-paths.ts';
import type { Detector, Want } from '../types.ts';
import { adding, fileRule, type MergeView } from '../view.ts';

const MAX_LINKS = 5000;

interface Link {
  readonly node: number;
  readonly layer: number;
  readonly row: number;
}

function links(view: MergeView): Link[] {
  const { union, winner } = view.files.resolution;
  const found: Link[] = [];
  const flags = view.files.layers.map(({ table }) => table?.data.flags ?? null);
  for (let node = 1; node < union.count && found.length < MAX_LINKS; node++) {
    const layer = winner[node]!;
    if (layer === NO_LAYER) continue;
    const row = union.slots[layer]![node]!;
    if (row >= 0 && row < (flags[layer]?.length ?? 0) && (flags[layer]![row]! & NodeFlag.link) !== 0)
      found.push({ node, layer, row });
  }
  return found;
}

export const linkTargets: Detector = {
  id: 'linkTargets',
  pain: 10,
  needs: (view) => links(view).map(({ layer, row }): Want => ({ kind: 'link', layer, row })),
  detect(view, known, sink) {
    const { files } = view;
    for (const { node, layer, row } of links(view)) {
      const target = known.link(layer, row);
      if (target === null || target === '') continue;
      const verdict = judge(view, node, target);
      if (verdict === null) continue;
      // the base's own links to nowhere are Windows' business (Documents and Settings ...)
      if (verdict === 'danglingLink' && view.isBase(files, layer)) continue;
      const place = view.filePlace(node);
      const user = view.role(files, layer) === 'user';
      const escapes = verdict === 'linkEscape';
      sink.add({
        code: verdict,
        severity: escapes ? 'warning' : 'info',
        message: escapes
          ? 'The link leads out of the merged disk: what stands behind it is not what the layers hold.'
          : 'The link leads to a place that the merged disk does not have.',
        path: view.filePath(node),
        place,
        note: target,
        evidence: [
          view.fileEvidence(node, { layer, row }, 'wins', { target }),
          { layer: null, role: 'missing', path: target, facts: {} },
        ],
        proposal: view.isBase(files, layer) ? null : adding(fileRule('exact', place, user ? 'keepLower' : 'hide')),
      });
    }
  },
};

function judge(view: MergeView, node: number, target: string): 'linkEscape' | 'danglingLink' | null {
  const plain = target.replace(/^\\\?\?\\|^\\\\\?\\/, '');
  const absolute = /^[a-z]:\\|^\\|^Volume\{|^UNC\\/i.test(plain);
  const folder = view.files.path(view.files.union.parent[node]!).join('\\');
  const whole = absolute ? plain : `C:\\${folder}\\${plain}`;
  const rooted = /^\\(?!\\)/.test(whole) ? `C:${whole}` : whole;
  if (/^c:\\?$/i.test(rooted)) return null;
  const place = volumePath(rooted, { profile: null, wow64: false });
  if (place === null) return 'linkEscape';
  const found = view.find(view.files, place.split('\\'));
  return found >= 0 && view.files.visible(found) ? null : through(view, place) ? null : 'danglingLink';
}

/** True when the way to a place goes through another link: its end cannot be told from here. */
function through(view: MergeView, place: string): boolean {
  let node = 0;
  for (const part of place.split('\\')) {
    node = view.find(view.files, [part], node);
    if (node < 0) return false;
    if (!view.isFolder(node)) return view.files.visible(node);
  }
  return false;
}
