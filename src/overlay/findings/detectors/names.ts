/**
 * Pain 10, names: 8.3 names that two entries of one folder claim, hard links that an upper copy breaks, names that fall
 * together under the case table of the OS volume, and paths that leave what Win32 can open.
 */
import { shortNameClashes, shownRow } from '../../files/short-names.ts';
import { EntryKind, NO_LAYER, NodeState } from '../../types.ts';
import type { Detector, Evidence } from '../types.ts';
import { adding, fileRule } from '../view.ts';

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

export const hardLinks: Detector = {
  id: 'hardLinks',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, winner, state } = files.resolution;
    /** By lower layer, link groups with a broken member: its nodes. */
    const broken = new Map<string, number[]>();
    for (let node = 1; node < union.count; node++) {
      if (state[node] !== NodeState.overrides || winner[node] === NO_LAYER) continue;
      for (const { layer, row, hiddenBy } of view.stack(files, node)) {
        const table = files.layers[layer]!.table;
        if (hiddenBy !== 'upper' || table === null || row >= table.count) continue;
        const id = table.data.linkId[row]!;
        if (id === 0 || table.data.links[row]! < 2) continue;
        const key = `${layer} ${id}`;
        const nodes = broken.get(key);
        if (nodes === undefined) broken.set(key, [node]);
        else nodes.push(node);
        break;
      }
    }
    if (broken.size === 0) return;
    const siblings = new Map<string, number[]>([...broken.keys()].map((key) => [key, []]));
    for (const layer of files.resolution.order) {
      const data = files.layers[layer]!.table?.data;
      if (data === undefined) continue;
      for (let node = 1; node < union.count; node++) {
        const row = union.slots[layer]![node]!;
        if (row < 0 || row >= data.count || data.linkId[row] === 0) continue;
        siblings.get(`${layer} ${data.linkId[row]}`)?.push(node);
      }
    }
    for (const [key, nodes] of broken) {
      const [layer] = key.split(' ').map(Number) as [number];
      const mine = new Set(nodes);
      const others = siblings.get(key)!.filter((node) => !mine.has(node) && files.visible(node));
      if (others.length === 0) continue;
      for (const node of nodes) {
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
            ...others.slice(0, 5).map((other) => view.fileEvidence(other, rows(other, layer), 'wins')),
          ],
          proposal: adding(
            user ? fileRule('exact', place, 'keepLower') : fileRule('exact', place, 'redirect', files.layerIds[layer]),
          ),
        });
      }
    }
  },
};

export const caseTwins: Detector = {
  id: 'caseTwins',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    for (const { node, layer, row } of files.union.twins) {
      const kept = files.union.slots[layer]![node]!;
      const name = (at: number) => files.layers[layer]!.name(at);
      sink.add({
        code: 'upcaseCollision',
        severity: 'warning',
        message:
          'Two names of one layer are one name under the case table of the OS volume: only one of them is shown.',
        path: view.filePath(node),
        place: view.filePlace(node),
        note: `${name(kept)}, ${name(row)}`,
        evidence: [
          view.fileEvidence(node, { layer, row: kept }, 'wins', { name: name(kept) }),
          view.fileEvidence(node, { layer, row }, 'hidden', { name: name(row) }),
        ],
      });
    }
    const base = files.names.upcase;
    for (const layer of view.layers) {
      const own = layer.tree?.upcase ?? null;
      if (!layer.enabled || own === null) continue;
      let differs = 0;
      for (let unit = 0; unit < 65_536; unit++) if (own[unit] !== base[unit]) differs++;
      if (differs > 0)
        sink.add({
          code: 'upcaseDivergence',
          severity: 'info',
          message:
            'The volume compares names by another case table than the OS volume, which decides in the merged view.',
          path: null,
          place: null,
          note: `${differs}`,
          evidence: [{ layer: layer.id, role: 'hidden', path: layer.name, facts: { units: String(differs) } }],
        });
    }
  },
};

/** Win32's limit with drive and final NUL; NT's own limit less what a redirect puts in front. */
const MAX_PATH = 260;
const MAX_NT_PATH = 32_767 - 256;

export const longPaths: Detector = {
  id: 'longPaths',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, winner } = files.resolution;
    const length = new Uint32Array(union.count);
    length[0] = 2;
    let longest = 0;
    let count = 0;
    let worst = -1;
    for (let node = 1; node < union.count; node++) {
      const layer = winner[node]!;
      if (layer === NO_LAYER) continue;
      const row = union.slots[layer]![node]!;
      const table = files.layers[layer]!.table;
      if (table === null || row >= table.count) continue;
      length[node] = length[union.parent[node]!]! + 1 + table.data.nameLength[row]!;
      if (length[node]! >= MAX_PATH) count++;
      if (length[node]! > longest) {
        longest = length[node]!;
        worst = node;
      }
    }
    if (count === 0) return;
    const layer = winner[worst]!;
    sink.add({
      code: 'longestPath',
      severity: longest > MAX_NT_PATH ? 'warning' : 'info',
      message: 'Paths are longer than Win32 opens by default: some programs cannot reach these files.',
      path: view.filePath(worst),
      place: view.filePlace(worst),
      note: `${longest} (${count})`,
      evidence: [
        view.fileEvidence(worst, { layer, row: union.slots[layer]![worst]! }, 'wins', { length: String(longest) }),
      ],
    });
  },
};

/** Directories that one layer compares case-sensitively and another does not. */
export const caseFlags: Detector = {
  id: 'caseFlags',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, order } = files.resolution;
    if (order.every((layer) => files.layers[layer]!.caseSensitive === null)) return;
    for (let node = 0; node < union.count; node++) {
      const flags = order.flatMap((layer) => {
        const row = union.slots[layer]![node]!;
        const folder = row >= 0 && files.layers[layer]!.kind[row] === EntryKind.folder;
        return folder ? [{ layer, row, cased: files.layers[layer]!.caseSensitive?.has(row) === true }] : [];
      });
      if (flags.length < 2 || flags.every(({ cased }) => cased === flags[0]!.cased)) continue;
      sink.add({
        code: 'caseFlagMismatch',
        severity: 'warning',
        message: 'The layers do not agree whether this folder tells upper from lower case: names may fall together.',
        path: view.filePath(node),
        place: view.filePlace(node),
        note: files.name(node),
        evidence: flags
          .toReversed()
          .map(({ layer, row, cased }) =>
            view.fileEvidence(node, { layer, row }, 'wins', { caseSensitive: String(cased) }),
          ),
      });
    }
  },
};
