/** A bridge without workers: everything the page can ask for, answered from the made world. For pictures and tests. */

import { FormatError } from '../../base/errors.ts';
import type { BridgeApi } from '../../bridge/types.ts';
import type { LayerInfo, Listener, MergeStats, ViewSpec, WorkspaceApi, WorkspaceState } from '../../engine/api.ts';
import { FINDINGS, LAYERS } from './data.ts';
import { fakeBytes, fakeFileDetail, fakeKeyDetail, fakeVersionDetail } from './detail.ts';
import { fakeFindings } from './findings.ts';
import { fakeImages } from './images.ts';
import { fakePlan } from './plan.ts';
import { fakeRegistry, fakeValues } from './registry.ts';
import { fakeSilence } from './silence.ts';
import { fakeTree, LAYER_IDS } from './tree.ts';
import { FakeView, resolve } from './views.ts';
import { waitFor } from './wait.ts';

const FAKE_USER = 'HKU/S-1-5-21-1180699209-877415012-3182924384-1004';

export interface FakeOptions {
  /** Layers open from the beginning; else they come when files are opened. */
  readonly open: boolean;
  /** Files below WinSxS in the stress mode. */
  readonly extra: number;
  /** A layer that is still being read, one that has failed. */
  readonly busy: boolean;
  /** Milliseconds that each answer takes. */
  readonly delay: number;
}

export function createFakeBridge(options: FakeOptions): BridgeApi {
  const files = fakeTree(options.extra);
  const registry = fakeRegistry();
  const order: string[] = options.open ? [...LAYER_IDS] : [];
  const disabled = new Set<string>();
  const roles = new Map<string, LayerInfo['role']>();
  const ruleState = new Map<string, boolean>();
  const modes = new Map<string, 'merge' | 'baseOnly' | 'replace' | 'never'>();
  const expanded = { files: new Set<number>(), registry: new Set<number>() };
  const views: { spec: ViewSpec; view: FakeView }[] = [];
  const listeners: Listener[] = [];
  let changed: ReadonlySet<number> = new Set();
  let generation = 1;
  const open = (tree: typeof files, set: Set<number>, names: readonly string[]) => {
    for (const node of tree.nodes) if (names.includes(node.name)) set.add(node.id);
  };
  open(files, expanded.files, [
    'Program Files',
    'Google',
    'Chrome',
    'Application',
    '130.0.6723.92',
    'ProgramData',
    'Users',
    'ann',
  ]);
  open(registry, expanded.registry, [
    'HKEY_LOCAL_MACHINE',
    'SOFTWARE',
    'Google',
    'Microsoft',
    'Windows NT',
    'CurrentVersion',
    'SYSTEM',
  ]);

  const enabled = () => new Set(order.filter((id) => !disabled.has(id)));
  const base = () => order.find((id) => LAYERS.find((l) => l.id === id)?.role === 'os') ?? '';
  const wait = waitFor(options.delay);

  function stats(): { stats: MergeStats; wins: Map<string, { files: number; bytes: number }> } {
    const wins = new Map(order.map((id) => [id, { files: 0, bytes: 0 }]));
    const count = {
      files: 0,
      directories: 0,
      added: 0,
      overrides: 0,
      same: 0,
      unchanged: 0,
      hidden: 0,
      conflicts: 0,
      bytes: 0,
    };
    const on = enabled();
    for (const node of files.nodes) {
      const r = resolve(node, order, on, base());
      if (!r.present) continue;
      count[node.directory ? 'directories' : 'files']++;
      count[r.state]++;
      if (node.conflict) count.conflicts++;
      const win = wins.get(r.layer ?? '');
      const size = node.copies.get(r.layer ?? '')?.size ?? 0;
      count.bytes += size;
      if (win !== undefined) {
        win.files++;
        win.bytes += size;
      }
    }
    return {
      stats: { ...count, keys: order.length === 0 ? 0 : registry.nodes.length, values: order.length === 0 ? 0 : 1203 },
      wins,
    };
  }

  function state(): WorkspaceState {
    const { stats: counted, wins } = stats();
    const layers = order.map((id): LayerInfo => {
      const made = LAYERS.find((l) => l.id === id)!;
      const failed = options.busy && id === 'chrome';
      const reading = options.busy && id === 'office';
      return {
        ...made,
        role: roles.get(id) ?? made.role,
        enabled: !disabled.has(id),
        image: id,
        mount: '1',
        store: 'plain',
        storeChosen: false,
        storeSigns: [],
        status: failed ? 'failed' : reading ? 'scanning' : 'ready',
        progress: reading
          ? { what: 'scan', done: 158_208, total: 412_331, rate: 410 * 1024 * 1024, secondsLeft: 3 }
          : null,
        error: failed
          ? {
              code: 'MissingParent',
              where: { source: made.imageName, offset: 0x10000 },
              expected: 'the parent office-base.vhdx',
              actual: 'no such file among those opened',
            }
          : null,
        files: wins.get(id)?.files ?? 0,
        directories: 0,
        keys: 0,
        wins: wins.get(id)?.files ?? 0,
        winBytes: wins.get(id)?.bytes ?? 0,
        findings: [],
        chain: [],
        alternatives:
          id === 'os'
            ? [
                { mount: '1', title: '1: Windows 11 Enterprise' },
                { mount: '2', title: '2: Windows 11 Pro' },
              ]
            : [],
      };
    });
    return {
      generation,
      busy: options.busy,
      layers,
      stats: counted,
      swap: null,
      mergeMs: 48,
      rules: made.rules().map((rule) => ({ ...rule, enabled: ruleState.get(rule.id) ?? rule.enabled })),
      mounts:
        order.length === 0
          ? []
          : (['SOFTWARE', 'SYSTEM', 'SAM'] as const).map((name) => ({
              mount: `HKLM/${name}`,
              path: `HKEY_LOCAL_MACHINE\\${name}`,
              mode: modes.get(`HKLM/${name}`) ?? (name === 'SOFTWARE' ? 'merge' : 'baseOnly'),
              chosen: modes.has(`HKLM/${name}`),
              switchable: name !== 'SAM',
              stack: name === 'SOFTWARE' ? [...order] : order.slice(-1),
              state: name === 'SOFTWARE' ? 'recovered' : 'clean',
            })),
      users: order.length === 0 ? [] : [{ mount: FAKE_USER, name: 'ann' }],
      user: order.length === 0 ? null : FAKE_USER,
      findings: order.length === 0 ? { error: 0, warning: 0, info: 0 } : { error: 1, warning: 2, info: 1 },
      findingsProgress: null,
      findingsTurn: generation,
    };
  }

  function emit(): void {
    const now = state();
    for (const listener of listeners) listener(now);
  }
  /** Applies a change of the stack and remembers whose winner moved. */
  async function change(apply: () => void): Promise<void> {
    const before = files.nodes.map((node) => resolve(node, order, enabled(), base()).layer);
    apply();
    changed = new Set(
      files.nodes
        .filter((node, i) => resolve(node, order, enabled(), base()).layer !== before[i])
        .map((node) => node.id),
    );
    generation++;
    emit();
    await wait(null);
  }
  const made = fakeFindings(change, () => order.length > 0);
  const viewOf = (pane: ViewSpec['pane']) => views.findLast((v) => v.spec.pane === pane)!.view;

  const workspace: WorkspaceApi = {
    subscribe(listener) {
      listeners.push(listener);
      listener(state());
    },
    async addLayer(spec) {
      const id =
        LAYERS.find((l) => l.id === spec.image)?.id ?? LAYER_IDS.find((layer) => !order.includes(layer)) ?? 'os';
      await change(() => order.unshift(id));
      return id;
    },
    removeLayer: (id) => change(() => order.splice(order.indexOf(id), 1)),
    cancelLayer: async () => undefined,
    setOrder: (ids) => change(() => order.splice(0, order.length, ...ids)),
    setRole: (id, role) => change(() => roles.set(id, role)),
    setEnabled: (id, on) => change(() => (on ? disabled.delete(id) : disabled.add(id))),
    setRuleEnabled: (rule, on) => change(() => ruleState.set(rule, on)),
    ...made.api,
    setHiveMode: (mount, mode) => change(() => modes.set(mount, mode)),
    setUser: () => change(() => {}),
    async openView(spec) {
      const view = new FakeView(spec.pane === 'files' ? files : registry, spec, expanded[spec.pane]);
      view.build(order, enabled(), base());
      views.push({ spec, view });
      return wait(view.info(views.length - 1, generation));
    },
    fileRows: async (view, asked, from, count) => {
      const { view: it } = views[view]!;
      if (asked !== generation) return wait(null);
      return wait(it.rows.slice(from, from + count).map((_, i) => it.fileRow(from + i, changed)));
    },
    keyRows: async (view, asked, from, count) => {
      const { view: it } = views[view]!;
      if (asked !== generation) return wait(null);
      return wait(it.rows.slice(from, from + count).map((_, i) => it.keyRow(from + i, new Set())));
    },
    async expand(view, node, on, deep) {
      const { view: it } = views[view]!;
      const stack = [it.tree.nodes[node]!];
      for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
        if (on) it.expanded.add(at.id);
        else it.expanded.delete(at.id);
        if (deep) stack.push(...at.children.filter((child) => child.directory));
      }
      it.build(order, enabled(), base());
      return wait(it.info(view, generation));
    },
    async reveal(view, path) {
      const { view: it } = views[view]!;
      const found = it.find(path);
      if (found === null) return wait(null);
      for (let at = found.parent; at !== null; at = at.parent) it.expanded.add(at.id);
      it.build(order, enabled(), base());
      const index = it.rows.findIndex((row) => row.node === found);
      return wait(index < 0 ? null : { info: it.info(view, generation), index, node: found.id, value: null });
    },
    indexOf: async (view, node) => views[view]!.view.rows.findIndex((row) => row.node.id === node),
    async findRow(view, text, from, backward, prefix) {
      const { rows } = views[view]!.view;
      for (let i = 1; i <= rows.length; i++) {
        const at = (from + (backward ? -i : i) + 2 * rows.length) % rows.length;
        const name = rows[at]!.node.name.toLowerCase();
        if (prefix ? name.startsWith(text.toLowerCase()) : name.includes(text.toLowerCase())) return at;
      }
      return -1;
    },
    values: (node) => wait(fakeValues(registry.nodes[node]!, [...enabled()], order)),
    fileDetail: (node) => wait(fakeFileDetail(viewOf('files'), files.nodes[node]!, order, enabled(), base())),
    versionDetail: (node, layer) => wait(fakeVersionDetail(files.nodes[node]!, layer)),
    async readFile(node, layer, _stream, offset, length) {
      const it = files.nodes[node]!;
      if (it.damaged)
        throw new FormatError({
          code: 'InvalidChecksum',
          where: { source: 'ann.vhdx', offset: 0x21f40000 },
          expected: 'SHA-1 da39…0709',
          actual: 'b6589fc6',
        });
      return wait(fakeBytes(it, layer, offset, length));
    },
    keyDetail: (node) => wait(fakeKeyDetail(viewOf('registry'), registry.nodes[node]!, order, enabled(), base())),
    async valueDetail(node, name) {
      const key = fakeKeyDetail(viewOf('registry'), registry.nodes[node]!, order, enabled(), base());
      const value = fakeValues(registry.nodes[node]!, [...enabled()], order).find((row) => row.name === name)!;
      const versions = key.versions.map((v, i) => ({
        ...v,
        present: value.core[i] !== '-',
        wins: value.core[i] === 'w',
        typeName: value.core[i] === '-' ? null : value.typeName,
        reason:
          value.core[i] === 'w'
            ? ('wins' as const)
            : value.core[i] === '-'
              ? ('absent' as const)
              : value.core[i] === 'd'
                ? ('marker' as const)
                : ('below' as const),
        text:
          value.core[i] === '-'
            ? null
            : value.core[i] === 'h'
              ? value.text.replace('000006ce (1742)', '000007f1 (2033)')
              : value.text,
      }));
      return wait({
        key,
        value,
        versions,
        data: new TextEncoder().encode(value.text),
        lines: [value.text],
        place: {
          kind: 'stored',
          offset: 0,
          length: value.size,
          file: 'ann.vhdx',
          fileOffset: 0x81b420,
          fileLength: value.size,
        },
      });
    },
    keySecurity: () => wait(fakeVersionDetail(files.root, 'os').security),
    sha256: (node, layer) => wait(`${layer.length}${node.toString(16)}`.padEnd(64, 'e41b7c09')),
    findings: () => wait([...FINDINGS]),
    ...fakePlan(wait),
    ...fakeSilence(wait),
  };

  return {
    workspace,
    ...fakeImages(wait),
    requests: () => 0,
    onFault: () => () => undefined,
  };
}
