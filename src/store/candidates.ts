/** What a user may take from an opened image as a layer, and what it is likely to be. Pure. */
import type { ErrorData } from '../base/errors.ts';
import { mountText } from '../base/mount-text.ts';
import type { ImageReport, ReportNode, Role } from '../engine/api.ts';

export interface Candidate {
  readonly mount: string;
  readonly title: string;
  /** The title, and what tells it from others of its kind: edition, build. */
  readonly text: string;
  readonly kind: 'tree' | 'hive';
  readonly size: number;
  /** Present on a volume with an installed Windows. */
  readonly windows?: true;
  /** Its place in a saved container image, 1 for the base. */
  readonly layer?: number;
}

/** Everything mountable in an image, in the order of the image; the depth is bounded by the report itself. */
export function candidates(report: ImageReport): Candidate[] {
  const found: Candidate[] = [];
  const walk: ReportNode[] = [report.root];
  for (let node = walk.shift(); node !== undefined; node = walk.shift()) {
    if (node.kind !== null && node.refusal === null)
      found.push({
        mount: node.mount,
        title: node.title,
        text: mountText(node.title, node.facts),
        kind: node.kind,
        size: node.size,
        ...(node.facts['windows'] === true ? { windows: true } : {}),
        ...(typeof node.facts['layer'] === 'number' ? { layer: node.facts['layer'] } : {}),
      });
    walk.unshift(...node.parts);
  }
  return found;
}

/**
 * Why nothing of an image can be taken: the first refusal from the outside in, null when nothing was refused. That a
 * reserved partition holds nothing explains nothing while there is another reason.
 */
export function firstRefusal(report: ImageReport): ErrorData | null {
  let reserved: ErrorData | null = null;
  const walk: ReportNode[] = [report.root];
  for (let node = walk.shift(); node !== undefined; node = walk.shift()) {
    if (node.refusal !== null && node.facts['reserved'] !== true) return node.refusal;
    reserved ??= node.refusal;
    walk.push(...node.parts);
  }
  return reserved;
}

/** Partitions that Windows makes beside its own. */
const SMALL = 1024 ** 3;

/**
 * The one to propose: the volume that holds Windows, else the first image of a set, but the largest volume of a disk with
 * service partitions.
 */
export function proposed(list: readonly Candidate[]): Candidate | null {
  const first = list.find(({ windows }) => windows) ?? list[0];
  if (first === undefined || first.windows) return first ?? null;
  if (first.size >= SMALL) return first;
  return list.reduce((best, c) => (c.size > best.size * 4 ? c : best), first);
}

/** The layers of a saved container image, top first; those of the first one when there are several. Empty for other files. */
export function imageLayers(list: readonly Candidate[]): Candidate[] {
  const first = list.findIndex(({ layer }) => layer !== undefined);
  if (first < 0) return [];
  const image = list[first]!.mount.replace(/l\d+$/, '');
  return list.filter(({ layer, mount }) => layer !== undefined && mount === `${image}l${layer}`).reverse();
}

const USER =
  /(?:^|[^a-z])(?:users?|user-?data|profile|data|ntuser|usrclass|upper|writable|persist|home|diff)(?:[^a-z]|$)/i;
const APP = /(?:^|[^a-z])(?:apps?|application|office|chrome|firefox|package|msix|layer\d*)(?:[^a-z]|$)/i;
const OS = /(?:^|[^a-z])(?:windows|win(?:7|8|10|11)?|os|base|install|boot|winpe|golden|system)(?:[^a-z]|$)/i;

/** Role by name, then by what is in it; a lone image is the OS layer. */
export function guessRole(name: string, title: string, alone: boolean, windows = false): Role {
  if (USER.test(name)) return 'user';
  if (OS.test(name)) return 'os';
  if (APP.test(name)) return 'app';
  if (windows) return 'os';
  if (OS.test(title)) return 'os';
  return alone ? 'os' : 'app';
}

const RANK: Record<Role, number> = { user: 0, app: 1, os: 2 };

/** Top first: user data over applications over the OS; within a role as they came. */
export function stackOrder<T extends { readonly role: Role }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => RANK[a.role] - RANK[b.role]);
}
