/** The merged view of the large pair, as the page makes it: read both, then what the merge itself takes. */
import { webHost } from '../../engine/host.ts';
import { openImage } from '../../engine/open-image.ts';
import { mountable } from '../../engine/select.ts';
import { Workspace } from '../../engine/workspace/workspace.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { loadModules } from '../../testing/modules.ts';
import { largeVhdx, largeWim } from './inputs.ts';

export interface MergedPair {
  readonly entries: number;
  readonly readMs: number;
  readonly mergeMs: number;
  readonly reorderMs: number;
}

/** Null without the tools that make the pair. */
export async function benchMergedPair(): Promise<MergedPair | null> {
  const wim = largeWim('fast');
  const vhdx = largeVhdx();
  if (wim === null || vhdx === null) return null;
  const host = webHost(loadModules());
  const workspace = new Workspace(host);
  const start = performance.now();
  const ids: string[] = [];
  for (const [file, role] of [
    [wim, 'os'],
    [vhdx, 'user'],
  ] as const) {
    const { image } = openImage(host, new NodeFileSource(file));
    const report = image.report();
    workspace.attachImage(file, report, image);
    ids.push(await workspace.addLayer({ image: file, mount: mountable(report.root)[0]!.mount, role, name: null }));
  }
  await workspace.settled();
  const readMs = performance.now() - start;
  // the last merge joined both trees; switching a layer resolves only
  const { mergeMs, layers } = workspace.state();
  await workspace.setEnabled(ids[1]!, false);
  await workspace.setEnabled(ids[1]!, true);
  return {
    entries: layers.reduce((sum, layer) => sum + layer.files + layer.directories, 0),
    readMs,
    mergeMs,
    reorderMs: workspace.state().mergeMs,
  };
}
