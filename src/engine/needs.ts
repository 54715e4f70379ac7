/**
 * Which files stand for what another file needs. Pure: probe results in, links out; where only the bytes can tell (which
 * file holds certain blobs) the answers are handed in.
 *
 *     child.avhdx --parent--> middle.avhdx --parent--> base.vhdx      ids: `parent`, `parent/parent`
 *
 * Files are found by what they say they are; a name counts only where a format states no identity. A file of the right name
 * that says it is another one is never taken by itself: it is told, and the person may point to it.
 */
import type { Fact, Facts } from '../base/findings.ts';
import type { Need } from '../source/format.ts';
import type { ChainStatus, Difference, ProbeResult } from './api-image.ts';

/** Hyper-V and VMware stop far below this; a chain is opened and read link by link. */
export const MAX_CHAIN = 128;
/** Needs followed from one file: more than any disk has, less than a hostile one could make of a few. */
const MAX_LINKS = 4096;

/** An id in hexadecimal; a word such as `vhdx` is shorter. */
const SHORTEST_ID = 8;

/** Answers of `FormatDescriptor.holds`: `holderKey` of a need to the files that hold what it names. */
export type Holders = ReadonlyMap<string, readonly number[]>;
/** What a person chose by hand: id of a need (its path from the image's own file) to a file. */
export type Picks = Readonly<Record<string, number>>;

export interface LinkCandidate {
  readonly file: number;
  /** What speaks against it; null when it fits as well as the others. */
  readonly differs: Difference | null;
}

export interface LinkedNeed {
  /** Ids of needs from the first file on, joined by `/`. */
  readonly id: string;
  readonly depth: number;
  /** The file that has the need. */
  readonly needer: number;
  readonly need: Need;
  readonly status: ChainStatus;
  /** The files that are used, best first. */
  readonly files: readonly number[];
  /** Files that come into question and are not used, or why the one that was picked does not fit. */
  readonly candidates: readonly LinkCandidate[];
}

export const holderKey = (file: number, need: Need): string => `${file}\n${need.id}`;

/** True when only the bytes of a candidate can say whether it fits. */
export const asksHolders = (need: Need): boolean => need.match.length === 0 && need.hashes.length > 0;

const stem = (path: string): string => path.replace(/^.*[\\/]/, '').toLowerCase();
const folder = (path: string): string => path.slice(0, path.length - path.replace(/^.*[\\/]/, '').length);
const same = (a: Fact | undefined, b: Fact): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
const shown = (fact: Fact | undefined): string =>
  fact === undefined ? 'none' : typeof fact === 'string' ? fact : JSON.stringify(fact);

function named(need: Need, name: string): boolean {
  const last = stem(name);
  return need.names.some((known) => stem(known) === last);
}

/** The first fact of `wanted` that a file states otherwise, null when it states them all. */
function difference(wanted: Facts, self: Facts): Difference | null {
  for (const [fact, value] of Object.entries(wanted))
    if (!same(self[fact], value)) return { fact, expected: shown(value), actual: shown(self[fact]) };
  return null;
}

/**
 * A file of another name may be the one, changed: it has one of the ids that are wanted. Numbers (which part, what size)
 * and short words identify nothing.
 */
function changed(wanted: Facts, self: Facts): boolean {
  return Object.entries(wanted).some(
    ([fact, value]) => typeof value === 'string' && value.length >= SHORTEST_ID && self[fact] === value,
  );
}

interface Judged {
  readonly file: number;
  /** Lower is better; null when it does not fit. */
  readonly rank: number | null;
  readonly differs: Difference | null;
}

/** How a file stands to a need; null when it has nothing to do with it. */
function judge(need: Need, probe: ProbeResult, file: number, holds: boolean): Judged | null {
  if (need.match.length > 0) {
    const rank = need.match.findIndex((wanted) => difference(wanted, probe.identity) === null);
    if (rank >= 0) return { file, rank, differs: null };
    // the other parts of a set have its id as well
    const alike = need.kind !== 'part' && need.match.some((wanted) => changed(wanted, probe.identity));
    if (!alike && !named(need, probe.name)) return null;
    const nearest = need.match.find((wanted) => changed(wanted, probe.identity)) ?? need.match[0]!;
    return { file, rank: null, differs: difference(nearest, probe.identity) };
  }
  if (need.hashes.length > 0) {
    if (holds) return { file, rank: 0, differs: null };
    const differs = { fact: 'blobs', expected: shown(need.hashes[0]), actual: 'none' };
    return named(need, probe.name) ? { file, rank: null, differs } : null;
  }
  return named(need, probe.name) ? { file, rank: 0, differs: null } : null;
}

/** Copies of one file: of the same size, and saying the same of themselves, if they say anything. */
function twins(a: ProbeResult, b: ProbeResult): boolean {
  return (
    a.size === b.size &&
    a.format === b.format &&
    Object.keys(a.identity).length > 0 &&
    JSON.stringify(a.identity) === JSON.stringify(b.identity)
  );
}

/** Which of several files that fit is taken; null when a person has to say. */
function choose(probes: readonly ProbeResult[], needer: number, need: Need, fits: readonly Judged[]): Judged | null {
  const best = Math.min(...fits.map(({ rank }) => rank!));
  const first = fits.filter(({ rank }) => rank === best);
  const beside = first.filter(({ file }) => folder(probes[file]!.name) === folder(probes[needer]!.name));
  if (first.length === 1) return first[0]!;
  if (need.match.length === 0 && beside.length === 1) return beside[0]!;
  const taken = beside[0] ?? first[0]!;
  return first.every(({ file }) => twins(probes[file]!, probes[taken.file]!)) ? taken : null;
}

function linkOne(
  probes: readonly ProbeResult[],
  needer: number,
  need: Need,
  path: readonly number[],
  held: readonly number[],
  picked: number | undefined,
): Pick<LinkedNeed, 'status' | 'files' | 'candidates'> {
  const judged = probes.flatMap((probe, file) =>
    file === needer || probe.format === 'plan' || probe.format === 'rules'
      ? []
      : (judge(need, probe, file, held.includes(file)) ?? []),
  );
  const others = (used: readonly number[]) =>
    judged.filter(({ file }) => !used.includes(file)).map(({ file, differs }) => ({ file, differs }));
  if (picked !== undefined && probes[picked] !== undefined) {
    const known = judged.find(({ file }) => file === picked);
    const wanted = need.match[0];
    const why =
      known?.differs ??
      (known === undefined && wanted !== undefined ? difference(wanted, probes[picked].identity) : null);
    const loops = path.includes(picked);
    return {
      status: loops ? 'loop' : why === null ? 'found' : 'differs',
      files: loops ? [] : [picked],
      candidates: [...(why === null ? [] : [{ file: picked, differs: why }]), ...others([picked])],
    };
  }
  const fits = judged.filter(({ rank }) => rank !== null);
  const free = fits.filter(({ file }) => !path.includes(file));
  if (free.length === 0) {
    const status = fits.length > 0 ? 'loop' : judged.length > 0 ? 'differs' : 'missing';
    return { status, files: [], candidates: others([]) };
  }
  if (need.kind === 'blobs') {
    const files = free.map(({ file }) => file);
    return { status: 'found', files, candidates: others(files) };
  }
  const taken = choose(probes, needer, need, free);
  if (taken === null) return { status: 'ambiguous', files: [], candidates: others([]) };
  return { status: 'found', files: [taken.file], candidates: others([taken.file]) };
}

function ofOneSet(probes: readonly ProbeResult[], a: number, b: number): boolean {
  const [set, other] = [probes[a]!.setPart, probes[b]!.setPart];
  return set !== null && other !== null && set.set === other.set;
}

/** Everything that the file `main` needs, and what those files need, each before what it needs itself. */
export function linkNeeds(
  probes: readonly ProbeResult[],
  main: number,
  { picks = {}, holders }: { readonly picks?: Picks; readonly holders?: Holders } = {},
): LinkedNeed[] {
  const links: LinkedNeed[] = [];
  const follow = (needer: number, prefix: string, path: readonly number[]): void => {
    for (const need of probes[needer]!.needs) {
      if (links.length >= MAX_LINKS) return;
      const id = prefix + need.id;
      const held = (holders?.get(holderKey(needer, need)) ?? []).filter((file) => !ofOneSet(probes, file, needer));
      // a part of a set cannot tell what lies in another part from what lies elsewhere
      if (need.kind === 'blobs' && probes[needer]!.setPart !== null && held.length === 0) continue;
      const link = linkOne(probes, needer, need, path, held, picks[id]);
      links.push({ id, depth: path.length, needer, need, ...link });
      // the bytes of a file are taken as they are: only a disk is itself made of files
      if (need.want === 'disk' && path.length < MAX_CHAIN)
        for (const file of link.files) follow(file, `${id}/`, [...path, file]);
    }
  };
  follow(main, '', [main]);
  return links;
}

/** A need of something inside an image (a disk in a volume): the files given with the image may stand for it. */
export function linkInner(probes: readonly ProbeResult[], name: string, need: Need, holders?: Holders): LinkedNeed {
  const inner: ProbeResult = {
    name,
    size: 0,
    format: null,
    title: '',
    identity: {},
    needs: [need],
    setPart: null,
    refusal: null,
  };
  return linkNeeds([...probes, inner], probes.length, holders === undefined ? {} : { holders })[0]!;
}
