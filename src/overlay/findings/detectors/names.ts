/**
 * Pain 10, names: 8.3 names that two entries of one folder claim, hard links that an upper copy breaks, and paths that leave
 * what Win32 can open. Upper and lower case: case.ts.
 */
import { linkGroups } from '../../files/hard-links.ts';
import { shortNameClashes, shownRow } from '../../files/short-names.ts';
import { NO_LAYER } from '../../types.ts';
import { type Detector, type Evidence, MAX_NAMES } from '../types.ts';
import { adding, fileRule } from '../view.ts';

/** No rule: a name can be given by nobody but the plan, and it does so by itself (`sn` of the upper entry's record). */
export const shortNames: Detector = {
  id: 'shortNames',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    for (const { upper, lower, name, becomes } of shortNameClashes(
      files.resolution,
      files.layers,
      files.names.upcase,
    )) {
      const side = (node: number, role: Evidence['role'], facts: Evidence['facts']): Evidence =>
        view.fileEvidence(node, shownRow(files.resolution, files.layers, node)!, role, facts);
      sink.add({
        code: 'shortNameClash',
        severity: 'warning',
        message:
          'Two entries of one folder have the same 8.3 name: the lower one keeps it, and what is registered by it for the other finds the wrong one.',
        path: view.filePath(upper),
        place: view.filePlace(upper),
        note: `${name}: ${files.name(upper)}, ${files.name(lower)}`,
        evidence: [
          side(upper, 'wins', { shortName: name, becomes: becomes ?? '\u2013' }),
          side(lower, 'wins', { shortName: name }),
        ],
      });
    }
  },
};

/** Keep the group or break it: either click becomes the policy of its `linkGroup` in the plan. */
export const hardLinks: Detector = {
  id: 'hardLinks',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, winner } = files.resolution;
    const { rules } = files.decisions;
    for (const { layer, broken, shown } of linkGroups(files.resolution, files.layers))
      for (const node of broken) {
        const others = shown.filter((other) => other !== node);
        // somebody has said outright that the upper copy goes its own way
        const rule = rules[files.resolution.rule[node]! - 1]?.source;
        if (others.length === 0 || (rule?.origin === 'user' && rule.action === 'merge')) continue;
        const won = winner[node]!;
        const place = view.filePlace(node);
        const rows = (at: number, of: number) => ({ layer: of, row: union.slots[of]![at]! });
        const user = view.role(files, won) === 'user';
        sink.add({
          code: 'hardLinkBroken',
          severity: 'warning',
          message: 'One name of a hard-linked file is replaced by an upper copy: its other names keep the old content.',
          path: view.filePath(node),
          place,
          note: files.name(others[0]!),
          evidence: [
            view.fileEvidence(node, rows(node, won), 'wins'),
            view.fileEvidence(node, rows(node, layer), 'hidden'),
            ...others.slice(0, SIDES).map((other) => view.fileEvidence(other, rows(other, layer), 'wins')),
          ],
          proposal: adding(
            user ? fileRule('exact', place, 'keepLower') : fileRule('exact', place, 'redirect', files.layerIds[layer]),
          ),
          accept: adding(fileRule('exact', place, 'merge')),
        });
      }
  },
};

/** Win32's limit with drive and final NUL; NT's own limit less what a redirect puts in front. */
const MAX_PATH = 260;
const MAX_NT_PATH = 32_767 - 256;
/** Sides of a finding that are shown. */
const SIDES = 5;

/** No rule makes a path shorter: whoever may move the files gets their list. */
export const longPaths: Detector = {
  id: 'longPaths',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, winner } = files.resolution;
    const length = new Uint32Array(union.count);
    length[0] = 2;
    const long: number[] = [];
    for (let node = 1; node < union.count; node++) {
      const layer = winner[node]!;
      if (layer === NO_LAYER) continue;
      const row = union.slots[layer]![node]!;
      const table = files.layers[layer]!.table;
      if (table === null || row >= table.count) continue;
      length[node] = length[union.parent[node]!]! + 1 + table.data.nameLength[row]!;
      if (length[node]! >= MAX_PATH) long.push(node);
    }
    if (long.length === 0) return;
    long.sort((a, b) => length[b]! - length[a]! || a - b);
    const [worst] = long as [number];
    const longest = length[worst]!;
    const layer = winner[worst]!;
    sink.add({
      code: 'longestPath',
      severity: longest > MAX_NT_PATH ? 'warning' : 'info',
      message: 'Paths are longer than Win32 opens by default: some programs cannot reach these files.',
      path: view.filePath(worst),
      place: view.filePlace(worst),
      note: `${longest} (${long.length})`,
      evidence: [
        view.fileEvidence(worst, { layer, row: union.slots[layer]![worst]! }, 'wins', {
          length: String(longest),
          items: String(long.length),
        }),
      ],
      means: { names: long.slice(0, MAX_NAMES).map((node) => view.filePath(node)) },
    });
  },
};
