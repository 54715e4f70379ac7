/**
 * Benchmark of the merge on made columns: two volumes of 140,000 entries, and 1,000,000 + 200,000 + 50,000.
 * Run by itself: `node src/build/bench/overlay.ts`.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type NameSpace, WasmNames } from '../../codec/names.ts';
import { NODE_COLUMNS, type NodeChunk, NodeFlag } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { NodeTableBuilder } from '../../index/node-table-builder.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { defaultRules } from '../../layer/defaults.ts';
import type { Layer, LayerTree } from '../../layer/types.ts';
import { compareFiles } from '../../overlay/files/compare.ts';
import { fileLayer } from '../../overlay/files/layer.ts';
import { FileOverlay } from '../../overlay/files/overlay.ts';
import { join } from '../../overlay/join.ts';
import { resolve } from '../../overlay/resolve.ts';

/**
 * A volume of `rows` rows, about one directory in nine, folders in order of arrival. `share` of the rows are the same
 * in all volumes, so that upper layers mostly override what the base has.
 */
export function madeVolume(rows: number, seed: number, share = 0.7): { table: NodeTable; sealMs: number } {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const builder = new NodeTableBuilder('bench', 5, 5);
  const size = 65_536;
  const directories = [5];
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    const chunk: Record<string, unknown> = { count };
    for (const [name, Type] of Object.entries(NODE_COLUMNS)) chunk[name] = new Type(count);
    const column = chunk as unknown as { [K in keyof typeof NODE_COLUMNS]: InstanceType<(typeof NODE_COLUMNS)[K]> };
    const names = new Uint16Array(count * 40);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const id = from + i + 64;
      const n = from + i;
      // Common rows depend on their number alone; directories are common, so that both kinds meet in them.
      const common = n < 64 || n % 9 === 0 || (Math.imul(n, 0x9e37_79b1) >>> 8) % 100 < share * 100;
      const text = common ? `Component-${n.toString(36)}-Common.dll` : `file_${seed}_${id.toString(16)}.dat`;
      const pick = common
        ? (Math.imul(n, 0x85eb_ca6b) >>> 4) % Math.max(1, Math.floor(n / 12))
        : (random() * directories.length) | 0;
      column.id[i] = id;
      column.ref[i] = id;
      column.parent[i] = directories[Math.min(pick, directories.length - 1)]!;
      column.nameOffset[i] = at;
      column.nameLength[i] = text.length;
      for (let k = 0; k < text.length; k++) names[at++] = text.charCodeAt(k);
      column.size[i] = id * 17;
      column.modifiedLo[i] = id;
      if (n % 9 === 0) {
        column.flags[i] = NodeFlag.directory;
        directories.push(id);
      }
    }
    chunk['names'] = names.slice(0, at);
    builder.push(chunk as unknown as NodeChunk);
  }
  const start = performance.now();
  const { table } = builder.seal();
  return { table, sealMs: performance.now() - start };
}

export interface MergeTimes {
  readonly rows: number;
  readonly nodes: number;
  readonly foldMs: number;
  readonly joinMs: number;
  readonly resolveMs: number;
  readonly againMs: number;
}

/** Times of what stands on the merge: rules over all nodes, and a view with everything open. */
export interface ViewTimes {
  readonly updateMs: number;
  readonly rulesMs: number;
  readonly viewMs: number;
  readonly filterMs: number;
  readonly rows: number;
}

export function timeView(make: (upcase: Uint16Array) => NameSpace, tables: readonly NodeTable[]): ViewTimes {
  const layers = tables.map(
    (table, i): Layer => ({
      id: `layer${i}`,
      role: i === 0 ? 'os' : i === tables.length - 1 ? 'user' : 'app',
      name: `layer ${i}`,
      enabled: true,
      tree: { table, root: 0, markers: [], internal: [], upcase: null, store: 'plain' },
      hives: [],
      controlSet: null,
    }),
  );
  const overlay = new FileOverlay(make);
  const clock = () => performance.now();
  const t0 = clock();
  overlay.update(layers, []);
  const t1 = clock();
  overlay.update(layers, defaultRules().rules);
  const t2 = clock();
  const filter = { text: '', states: null, layers: null, showHidden: false };
  const sort = { by: 'name', descending: false } as const;
  const expanded = Array.from({ length: overlay.union.count }, (_, node) => node);
  const view = overlay.openView({ filter, sort, expanded });
  view.rows(view.generation, view.total >> 1, 60);
  const t3 = clock();
  overlay.openView({ filter: { ...filter, text: 'common' }, sort, expanded: [] });
  const t4 = clock();
  return { updateMs: t1 - t0, rulesMs: t2 - t1, viewMs: t3 - t2, filterMs: t4 - t3, rows: view.total };
}

/** Times of one merge of volumes, base first. */
export function timeMerge(names: NameSpace, tables: readonly NodeTable[]): MergeTimes {
  const clock = () => performance.now();
  const t0 = clock();
  const ids = tables.map((table) => names.fold(table.data));
  const t1 = clock();
  const layers = tables.map((table, i) => {
    const tree: LayerTree = { table, root: 0, markers: [], internal: [], upcase: null, store: 'plain' };
    return fileLayer(`layer ${i}`, tree, names, ids[i]!);
  });
  const order = tables.map((_, i) => i);
  const union = join(names, layers, order);
  const t2 = clock();
  const input = { union, layers, user: order.map((i) => i > 0), compare: compareFiles(layers), decisions: null };
  resolve({ ...input, order });
  const t3 = clock();
  resolve({ ...input, order: [0, ...order.slice(1).reverse()] });
  const t4 = clock();
  return {
    rows: tables.reduce((sum, t) => sum + t.count, 0),
    nodes: union.count,
    foldMs: t1 - t0,
    joinMs: t2 - t1,
    resolveMs: t3 - t2,
    againMs: t4 - t3,
  };
}

/** All cases; `names` makes a fresh name space, so that another implementation can be measured against the kernel. */
export function benchOverlay(
  names: () => NameSpace,
  rounds = 5,
): { title: string; sealMs: number; best: MergeTimes; view: ViewTimes }[] {
  const cases: [string, number[]][] = [
    ['140k + 140k', [140_000, 140_000]],
    ['1M + 200k + 50k', [1_000_000, 200_000, 50_000]],
  ];
  return cases.map(([title, sizes]) => {
    const made = sizes.map((rows, i) => madeVolume(rows, i + 1));
    const tables = made.map((m) => m.table);
    let best: MergeTimes | null = null;
    for (let round = 0; round < rounds; round++) {
      const times = timeMerge(names(), tables);
      const sum = (t: MergeTimes) => t.foldMs + t.joinMs + t.resolveMs;
      if (best === null || sum(times) < sum(best)) best = times;
    }
    return { title, sealMs: made.reduce((sum, m) => sum + m.sealMs, 0), best: best!, view: timeView(names, tables) };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const module = new WebAssembly.Module(readFileSync(new URL('../../../wasm/build/overlay.wasm', import.meta.url)));
  for (const { title, sealMs, best, view } of benchOverlay(() => new WasmNames(module, windowsUpcase()))) {
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    const { rows, nodes, foldMs, joinMs, resolveMs, againMs } = best;
    console.log(
      `${title}: ${rows} rows -> ${nodes} nodes; seal ${ms(sealMs)}, fold ${ms(foldMs)}, join ${ms(joinMs)}, ` +
        `resolve ${ms(resolveMs)}, re-order ${ms(againMs)}; default rules ${ms(view.rulesMs)}, ` +
        `view of ${view.rows} open rows ${ms(view.viewMs)}, filter ${ms(view.filterMs)}`,
    );
  }
}
