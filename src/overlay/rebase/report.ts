/**
 * The rebase report as findings: each says what stands above, what the new base brings and what the old one had, how bad that
 * is, and the rule that lets the new base be seen.
 *
 * - error    a program above is older than the new base's: the update does not take effect
 * - warning  a change of the new base is hidden, and nothing says that what hides it is newer
 * - info     what stands above is newer, or the new base has no longer what it was made against
 */
import { hashFacts, PROGRAM, programFacts, stale } from '../findings/detectors/stale-binary.ts';
import type { Detector, Evidence, Known, PeKnown, Sink, Want } from '../findings/types.ts';
import { adding, fileRule, type MergeView } from '../findings/view.ts';
import { type FileChanges, fileChanges, type HiddenFile, type HiddenFolder, type RowOf } from './files.ts';
import { rebaseKeys } from './keys.ts';
import { REBASE_MESSAGES, type RebaseCode } from './messages.ts';

/** Programs whose headers are read. */
const MAX_PROGRAMS = 5000;

/** Looks through files and keys. @param oldId layer id of the old base, joined and switched off */
export function rebaseDetectors(oldId: string): readonly Detector[] {
  return [files(oldId), rebaseKeys(oldId)];
}

const kept = new WeakMap<MergeView, FileChanges>();

/** Counted once a view: asked for wants, for findings and for totals. */
export function changesOf(view: MergeView, oldId: string): FileChanges {
  let changes = kept.get(view);
  if (changes === undefined) {
    changes = fileChanges(view, view.files.layerIds.indexOf(oldId));
    kept.set(view, changes);
  }
  return changes;
}

/** Programs over whose changes other copies lie, but whose versions are not read: there are too many. */
export function unreadPrograms({ hidden }: FileChanges): number {
  return Math.max(0, hidden.reduce((sum, { program }) => sum + (program ? 1 : 0), 0) - MAX_PROGRAMS);
}

const ask = ({ layer, row }: RowOf): Want => ({ kind: 'pe', layer, row });

function files(oldId: string): Detector {
  const programs = (view: MergeView) =>
    changesOf(view, oldId)
      .hidden.filter(({ program }) => program)
      .slice(0, MAX_PROGRAMS);
  return {
    id: 'rebaseFiles',
    pain: 1,
    needs: (view) =>
      programs(view).flatMap(({ upper, below, before }) =>
        [upper, below, before].flatMap((side) => (side === null ? [] : [ask(side)])),
      ),
    detect(view, known, sink) {
      const changes = changesOf(view, oldId);
      for (const hidden of changes.hidden) tellHidden(view, known, sink, hidden);
      for (const folder of changes.folders) tellFolder(view, sink, folder);
      for (const { node, upper, before } of changes.kept)
        sink.add({
          ...about(view, node, 'rebaseKeepsRemoved'),
          severity: PROGRAM.test(view.files.name(node)) ? 'warning' : 'info',
          evidence: [
            view.fileEvidence(node, upper, 'wins', hashFacts(view, upper)),
            view.fileEvidence(node, before, 'before', hashFacts(view, before)),
          ],
          proposal: settle(view, node, upper.layer),
        });
      for (const { node, by, before } of changes.stale)
        sink.add({
          ...about(view, node, 'rebaseStaleMark'),
          severity: 'info',
          evidence: [
            view.fileEvidence(node, { layer: by, row: -1 }, 'mark'),
            view.fileEvidence(node, before, 'before'),
          ],
        });
    },
  };
}

function about(view: MergeView, node: number, code: RebaseCode) {
  return {
    code,
    message: REBASE_MESSAGES[code],
    path: view.filePath(node),
    place: view.filePlace(node),
    note: view.files.name(node),
  };
}

/** The rule that lets the base be seen. */
function settle(view: MergeView, node: number, layer: number, kind: 'exact' | 'subtree' = 'exact') {
  const user = view.role(view.files, layer) === 'user';
  return adding(fileRule(kind, view.filePlace(node), user ? 'keepLower' : 'passthrough'));
}

const same = (a: PeKnown, b: PeKnown) =>
  a.fileVersion !== null && a.fileVersion === b.fileVersion && a.linkTime === b.linkTime;

function tellHidden(view: MergeView, known: Known, sink: Sink, hidden: HiddenFile): void {
  const { node, upper, below, before, program, unsure } = hidden;
  const pe = (side: RowOf | null) => (program && side !== null ? known.pe(side.layer, side.row) : null);
  const [mine, theirs, old] = [pe(upper), pe(below), pe(before)];
  // equal sizes, other times, no hashes: a program that says the same of itself has not changed
  if (unsure && theirs !== null && old !== null && same(theirs, old)) return;
  const facts = (side: RowOf, what: PeKnown | null) =>
    what === null ? hashFacts(view, side) : programFacts(view, side, what);
  const older = mine === null || theirs === null ? null : stale(mine, theirs);
  const newer = mine === null || theirs === null ? null : stale(theirs, mine);
  const code = older !== null ? 'rebaseHidesNewer' : before === null ? 'rebaseAddedInBoth' : 'rebaseHidesChange';
  const evidence: Evidence[] = [
    view.fileEvidence(node, upper, 'wins', facts(upper, mine)),
    view.fileEvidence(node, below, 'hidden', facts(below, theirs)),
    ...(before === null ? [] : [view.fileEvidence(node, before, 'before', facts(before, old))]),
  ];
  const base = about(view, node, code);
  sink.add({
    ...base,
    severity: older !== null ? 'error' : newer !== null ? 'info' : 'warning',
    note: older ?? (newer === null ? base.note : newer.split(' < ').reverse().join(' > ')),
    evidence,
    proposal: settle(view, node, upper.layer),
    wider: widerOf(view, node, upper.layer),
  });
}

/** The whole folder, unless it is one of Windows' own, which hold more than one program's files. */
function widerOf(view: MergeView, node: number, layer: number) {
  const place = view.filePlace(node);
  const folder = place.slice(0, Math.max(0, place.lastIndexOf('\\')));
  return folder === '' || /^Windows(\\|$)/i.test(folder)
    ? null
    : settle(view, view.files.union.parent[node]!, layer, 'subtree');
}

function tellFolder(view: MergeView, sink: Sink, { node, by, mark, count, first }: HiddenFolder): void {
  const base = view.files.resolution.order[0]!;
  const one = count === 1 && first[0] === node && mark;
  const row = (at: number) => view.files.union.slots[base]![at]!;
  sink.add({
    ...about(view, node, one ? 'rebaseDeletesChange' : 'rebaseHidesFolder'),
    severity: 'warning',
    note: one ? view.files.name(node) : String(count),
    evidence: [
      view.fileEvidence(
        node,
        { layer: by, row: mark ? -1 : view.files.union.slots[by]![node]! },
        mark ? 'mark' : 'wins',
        {
          ...(one ? {} : { items: String(count) }),
        },
      ),
      ...first.map((at) => view.fileEvidence(at, { layer: base, row: row(at) }, 'hidden')),
    ],
    proposal: settle(view, node, by, 'subtree'),
  });
}
