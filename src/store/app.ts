/** The page's whole state: one object that components get by context. Composes the models and connects them. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeApi } from '../bridge/types.ts';
import type { FileRow, KeyRow, LayerInfo, ViewSpec, WorkspaceState } from '../engine/api.ts';
import { type BaseSwapModel, createBaseSwap } from './base-swap.ts';
import { type CompareModel, createCompare } from './compare.ts';
import { createDeletedFiles, type DeletedFilesModel } from './deleted-files.ts';
import { createDetail, type DetailModel, type Target } from './detail.ts';
import { createFindings, type FindingsModel } from './findings.ts';
import { createFirstKeys } from './first-keys.ts';
import { type History, NO_HISTORY, travel, visit } from './history.ts';
import { createImages } from './images.ts';
import { keepRules } from './kept-rules.ts';
import { createMemory } from './memory.ts';
import { createNotices, type Notices } from './notices.ts';
import { createOpening, type Opening } from './opening.ts';
import { type Address, parentPath, parseAddress } from './paths.ts';
import { recentWorkspaces, type SavedWorkspace } from './persist.ts';
import { createPlan, type PlanModel } from './plan.ts';
import { createRecent } from './recent.ts';
import { createSaving, type Saving } from './saving.ts';
import { createSettings, type Settings } from './settings.ts';
import { createSquashing } from './squashing.ts';
import { createSwitching } from './switching.ts';
import { createTraces, type TracesModel } from './traces.ts';
import { createTree, type Tree, type TreeSource } from './tree.ts';
import { createValues, type Values } from './values.ts';
import { createVerifying, type Verifying } from './verifying.ts';
import { createWalking, type Walking } from './walking.ts';

export type Tab = 'files' | 'registry' | 'findings' | 'compare' | 'plan';

export interface App {
  readonly bridge: BridgeApi;
  readonly settings: Settings;
  readonly notices: Notices;
  readonly workspace: ReadonlySignal<WorkspaceState | null>;
  readonly layers: ReadonlySignal<readonly LayerInfo[]>;
  readonly layerById: ReadonlySignal<ReadonlyMap<string, LayerInfo>>;
  readonly tab: Signal<Tab>;
  readonly files: Tree<FileRow>;
  readonly keys: Tree<KeyRow>;
  readonly values: Values;
  readonly detail: DetailModel;
  readonly opening: Opening;
  readonly walking: Walking;
  readonly plan: PlanModel;
  readonly saving: Saving;
  readonly verifying: Verifying;
  readonly compare: CompareModel;
  readonly swap: BaseSwapModel;
  readonly traces: TracesModel;
  readonly deletedFiles: DeletedFilesModel;
  /** The layer whose files are shown in a dialog; null when none are. */
  readonly filesOf: Signal<string | null>;
  readonly recent: ReadonlySignal<readonly SavedWorkspace[]>;
  /** Where the selection is, as the address bar shows it. */
  readonly address: ReadonlySignal<Address | null>;
  readonly canGoBack: ReadonlySignal<boolean>;
  readonly canGoForward: ReadonlySignal<boolean>;
  readonly requests: ReadonlySignal<number>;
  readonly found: FindingsModel;
  go(text: string): Promise<boolean>;
  back(): void;
  forward(): void;
  up(): void;
  /** Where a node of the pane in front is. */
  addressOf(node: number): Promise<Address>;
  /** Remembers the present place, so that going back leads here. */
  mark(): void;
  openRecent(saved: SavedWorkspace): Promise<void>;
  openSample(): Promise<void>;
  forgetRecent(saved: SavedWorkspace): Promise<void>;
  moveLayer(id: string, steps: number): void;
  placeLayer(id: string, index: number): void;
  /** Writes a layer and the one below it to a file as one, and puts that in their place. */
  squash(id: string): Promise<void>;
  /** Shows another volume or image of the same file in the layer's place. */
  switchMount(id: string, mount: string): Promise<void>;
  /** Reads a layer as another store keeps its files; null: as it is recognised. */
  switchStore(id: string, store: string | null): Promise<void>;
}

const FILES_SPEC: ViewSpec = {
  pane: 'files',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};

const samePlace = (a: Address, b: Address) => a.pane === b.pane && a.path.toLowerCase() === b.path.toLowerCase();

export function createApp(bridge: BridgeApi): App {
  const api = bridge.workspace;
  const settings = createSettings();
  const notices = createNotices();
  const workspace = signal<WorkspaceState | null>(null);
  const layers = computed(() => workspace.value?.layers ?? []);
  const layerById = computed(() => new Map(layers.value.map((layer) => [layer.id, layer])));
  const tab = signal<Tab>('files');
  const shared: Omit<TreeSource<never>, 'rows'> = {
    open: (spec) => api.openView(spec),
    expand: (view, node, expanded, deep) => api.expand(view, node, expanded, deep),
    reveal: (view, path) => api.reveal(view, path),
    indexOf: (view, node) => api.indexOf(view, node),
    findRow: (view, text, from, backward, prefix) => api.findRow(view, text, from, backward, prefix),
  };
  const files = createTree<FileRow>(
    { ...shared, rows: (view, generation, from, count) => api.fileRows(view, generation, from, count) },
    FILES_SPEC,
    notices.failed,
  );
  const keys = createTree<KeyRow>(
    { ...shared, rows: (view, generation, from, count) => api.keyRows(view, generation, from, count) },
    { ...FILES_SPEC, pane: 'registry' },
    notices.failed,
  );
  const values = createValues(api, notices.failed);
  const detail = createDetail(api);
  const plan = createPlan(api);
  const saving = createSaving(api, notices);
  const verifying = createVerifying(bridge, notices);
  const compare = createCompare(
    api,
    layers,
    computed(() => workspace.value?.generation ?? 0),
  );
  const lead = () => {
    tab.value = 'files';
  };
  const swap = createBaseSwap({ api, workspace, trees: [files, keys], lead, failed: notices.failed });
  const traces = createTraces(api, workspace);
  const deletedFiles = createDeletedFiles(api, saving);
  const recent = signal<readonly SavedWorkspace[]>([]);
  const requests = signal(0);
  const found = createFindings(api, workspace, () => tab.value === 'findings', notices);
  const history = signal<History<Address>>(NO_HISTORY);

  const address = computed((): Address | null => {
    const subject = detail.subject.value;
    if (tab.value === 'plan' || subject === null) return null;
    if (subject.kind === 'file') return tab.value === 'files' ? { pane: 'files', path: subject.detail.path } : null;
    if (tab.value !== 'registry') return null;
    return { pane: 'registry', path: (subject.kind === 'key' ? subject.detail : subject.detail.key).path };
  });

  /* what is selected decides what the detail shows; a short wait keeps held arrow keys cheap */
  let wanted = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  function want(target: Target | null): void {
    const key = target === null ? '' : `${target.kind}/${target.node}/${target.kind === 'value' ? target.name : ''}`;
    if (key === wanted) return;
    wanted = key;
    clearTimeout(timer);
    timer = setTimeout(() => detail.load(target), 40);
  }
  effect(() => {
    if (tab.value !== 'files' && tab.value !== 'registry') return;
    if (tab.value === 'files') {
      files.loaded.value;
      const row = files.row(files.selection.value.cursor);
      if (row !== null) want({ kind: 'file', node: row.node });
      return;
    }
    keys.loaded.value;
    const key = keys.row(keys.selection.value.cursor);
    if (key === null) return;
    values.open(key.node);
    const value = values.current.value;
    want(
      value !== null && values.node.value === key.node
        ? { kind: 'value', node: key.node, name: value.name }
        : { kind: 'key', node: key.node },
    );
  });

  /* the view follows the workspace */
  let generation = -1;
  let ledToKeys = false;
  const openRoots = createFirstKeys(keys, () => workspace.peek()?.mounts.length ?? 0);
  function follow(next: WorkspaceState): void {
    workspace.value = next;
    requests.value = bridge.requests();
    images.follow(next.layers);
    memory.soon();
    if (next.generation === generation) return;
    generation = next.generation;
    const { files: shownFiles, directories, keys: shownKeys } = next.stats;
    if (next.layers.length === 0) ledToKeys = false;
    else if (!ledToKeys && shownKeys > 0 && shownFiles + directories === 0) {
      // only hives were opened: there is nothing to see among the files
      ledToKeys = true;
      if (tab.peek() === 'files') tab.value = 'registry';
    }
    if (next.layers.length === 0) {
      detail.load(null);
      wanted = '';
      return;
    }
    void files.reopen();
    void keys.reopen().then(openRoots);
    values.refresh();
    detail.refresh();
  }
  void api.subscribe(follow);
  setInterval(() => {
    requests.value = bridge.requests();
  }, 5000);
  bridge.onFault((fault) => {
    const name = layers.value.find((layer) => layer.image === fault.image)?.name ?? '';
    if (fault.recovered) notices.show({ code: 'restarted', name });
    else notices.show({ code: 'error', error: fault.error });
  });
  void recentWorkspaces().then((list) => {
    recent.value = list;
  });

  const filesOf = signal<string | null>(null);
  const images = createImages(bridge);
  const opening = createOpening(bridge, notices, {
    plan(file) {
      tab.value = 'plan';
      void plan.open(file, workspace.peek()?.generation ?? 0);
    },
    added: () => memory.soon(),
    replaced(old, now) {
      if (filesOf.peek() === old) filesOf.value = now;
    },
    layers: () => layers.value,
    images,
  });
  const memory = createMemory({
    layers: () => layers.value,
    images,
    findings: () => workspace.value?.findings ?? { error: 0, warning: 0 },
    rules: () => keepRules(workspace.value?.rules ?? [], workspace.value?.mounts ?? [], layers.value),
    idle: () => opening.state.peek().phase === 'idle',
    saved(list) {
      recent.value = list;
    },
  });

  /* places */
  async function show(place: Address): Promise<boolean> {
    const tree = place.pane === 'files' ? files : keys;
    tab.value = place.pane;
    let found = await tree.reveal(place.path);
    const { filter, states, layers: shown, markedOnly } = tree.spec.value;
    if (found === null && (filter !== '' || states !== null || shown !== null || markedOnly === true)) {
      // the place may be filtered out: an address that is asked for wins over the filter
      await tree.change({ filter: '', states: null, layers: null, conflictsOnly: false, markedOnly: false });
      found = await tree.reveal(place.path);
    }
    if (found === null) return false;
    if (place.pane === 'registry') {
      const name = found.value;
      await values.open(found.node);
      if (name !== null) values.selectName(name);
    }
    return true;
  }
  function mark(): void {
    const here = address.peek();
    if (here !== null) history.value = visit(history.value, here, samePlace);
  }
  async function go(text: string): Promise<boolean> {
    const place = parseAddress(text);
    if (place === null) {
      notices.show({ code: 'notAnAddress', text });
      return false;
    }
    mark();
    const done = await show(place);
    if (done) history.value = visit(history.value, place, samePlace);
    else notices.show({ code: 'notFound', text: place.path });
    return done;
  }
  function step(steps: number): void {
    const next = travel(history.value, steps);
    if (next === null) return;
    batch(() => {
      history.value = next;
      void show(next.places[next.at]!);
    });
  }

  function placeLayer(id: string, index: number): void {
    const ids = layers.value.map((layer) => layer.id);
    const from = ids.indexOf(id);
    if (from < 0) return;
    ids.splice(from, 1);
    ids.splice(Math.max(0, Math.min(ids.length, index)), 0, id);
    if (ids[from] === id) return;
    const name = layerById.value.get(id)!.name;
    api
      .setOrder(ids)
      .then(
        () => notices.say({ code: 'layerMoved', name, place: ids.indexOf(id) + 1, of: ids.length }),
        notices.failed,
      );
  }

  const walking = createWalking();
  const again = createRecent({ api, notices, memory, opening, walking, layers, recent });

  return {
    bridge,
    settings,
    notices,
    workspace,
    layers,
    layerById,
    tab,
    files,
    keys,
    values,
    detail,
    opening,
    walking,
    plan,
    saving,
    verifying,
    compare,
    swap,
    traces,
    deletedFiles,
    filesOf,
    recent,
    address,
    canGoBack: computed(() => history.value.at > 0),
    canGoForward: computed(() => history.value.at < history.value.places.length - 1),
    requests,
    found,
    go,
    back: () => step(-1),
    forward: () => step(1),
    up() {
      // the row above is known before the detail has told the address: held keys need not wait for it
      const tree = tab.value === 'registry' ? keys : files;
      const parent =
        tab.value !== 'files' && tab.value !== 'registry' ? -1 : tree.parentOf(tree.selection.value.cursor);
      if (parent >= 0) {
        mark();
        tree.select(parent, 'one');
        return;
      }
      const here = address.value;
      const above = here === null ? null : parentPath(here.path);
      if (above !== null) void go(above);
    },
    async addressOf(node) {
      const registry = tab.value === 'registry';
      const { path } = registry ? await api.keyDetail(node) : await api.fileDetail(node);
      return { pane: registry ? 'registry' : 'files', path };
    },
    mark,
    ...again,
    async openSample() {
      try {
        const sample = await bridge.sample?.files();
        if (sample !== undefined)
          await opening.open(
            sample.map((file) => ({ file, handle: null })),
            { straight: true },
          );
      } catch (error) {
        notices.failed(error);
      }
    },
    moveLayer(id, steps) {
      placeLayer(id, layers.value.findIndex((layer) => layer.id === id) + steps);
    },
    placeLayer,
    squash: createSquashing({ api, saving, opening, notices, layers: () => layers.value }),
    ...createSwitching(api, (id) => layerById.value.get(id), notices.failed),
  };
}
