/** A plan of many records: 100,000 in the normal run, a million with FUZZ set. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { WasmNames } from '../codec/names.ts';
import { NodeFlag } from '../fs/types.ts';
import { KEPT_COLUMNS, type KeptColumns, NodeTable } from '../index/node-table.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Layer } from '../layer/types.ts';
import { FileOverlay } from '../overlay/files/overlay.ts';
import { layerTree } from '../testing/merged-trees.ts';
import { loadModule } from '../testing/modules.ts';
import { sha256 } from '../testing/plan-input.ts';
import { buildPlan } from './build.ts';
import type { PlanInput } from './input.ts';
import { planLayerIds } from './manifest.ts';
import { prove } from './prove.ts';
import { simLayers } from './simulate.ts';
import { verifyPlan } from './verify.ts';

const RECORDS = process.env['FUZZ'] ? 1_000_000 : 100_000;
const FILES = 1000;
const DIRECTORIES = RECORDS / FILES;
const MB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const held = () => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / MB;
};

/** `DIRECTORIES` directories of `FILES` files; `stamp` makes the files of one layer differ from another's. */
function wideTable(stamp: number): NodeTable {
  const count = 1 + DIRECTORIES + RECORDS;
  const columns = Object.fromEntries(
    Object.entries(KEPT_COLUMNS).map(([name, Type]) => [name, new Type(count)]),
  ) as unknown as KeptColumns;
  const parent = new Uint32Array(count);
  const childStart = new Uint32Array(count + 1).fill(count);
  const nameOffset = new Uint32Array(count);
  const nameLength = new Uint16Array(count).fill(10);
  const names = new Uint16Array(count * 10);
  const write = (row: number, name: string) => {
    nameOffset[row] = row * 10;
    for (let i = 0; i < 10; i++) names[row * 10 + i] = name.charCodeAt(i);
  };
  nameLength[0] = 0;
  columns.flags[0] = NodeFlag.directory;
  childStart[0] = 1;
  for (let d = 0; d < DIRECTORIES; d++) {
    const row = 1 + d;
    columns.flags[row] = NodeFlag.directory;
    write(row, `dir${String(d).padStart(7, '0')}`);
    childStart[row] = 1 + DIRECTORIES + d * FILES;
    for (let f = 0; f < FILES; f++) {
      const file = childStart[row]! + f;
      parent[file] = row;
      columns.size[file] = stamp;
      columns.hashHi[file] = stamp;
      write(file, `f${String(f).padStart(9, '0')}`);
    }
  }
  const shortLength = new Uint8Array(count);
  return new NodeTable({
    ...columns,
    count,
    parent,
    childStart,
    names,
    nameOffset,
    nameLength,
    shortLength,
    orphanRow: 0,
  });
}

test(`${RECORDS} records are built and proven in bounded memory (a million under fuzz)`, {
  timeout: 600_000,
}, async () => {
  const upcase = windowsUpcase();
  const layers: Layer[] = (['os', 'user'] as const).map((role, i) => ({
    id: role,
    role,
    name: role,
    enabled: true,
    tree: layerTree(wideTable(i + 1), []),
    hives: [],
    controlSet: null,
  }));
  const files = new FileOverlay((table) => new WasmNames(loadModule('overlay'), table));
  files.update(layers, []);
  const about = { writable: false, source: {}, os: null, volume: null, fingerprint: [] };
  const input: PlanInput = {
    version: '0',
    layers: [
      { id: 'os', role: 'os', ...about },
      { id: 'user', role: 'user', ...about },
    ],
    files,
    registry: null,
    upcase,
    keyUpcase: upcase,
    rules: [],
    mounts: [],
    controlSet: null,
    findings: [],
  };
  const before = held();
  let peak = 0;
  let pauses = 0;
  const pause = async () => {
    if (pauses++ % 16 === 0) peak = Math.max(peak, held() - before);
  };
  const { plan, warnings } = await buildPlan(input, { sha256, fetch: async () => [], pause });
  const bytes = [...plan.segments.values()].reduce((sum, segment) => sum + segment.length, 0) / MB;
  // What is kept are the segments themselves and a few bytes a node; the text of one segment is in the making.
  expect(peak).toBeLessThan(bytes + 80 + RECORDS / 10_000);
  expect(plan.manifest.statistics['records']).toBe(RECORDS + DIRECTORIES);
  expect(plan.manifest.segments.length).toBe(Math.ceil((RECORDS + DIRECTORIES) / 65_536));
  for (const segment of plan.segments.values()) expect(segment.length).toBeLessThanOrEqual(8 * MB);
  expect(warnings.some((w) => w.includes('records'))).toBe(RECORDS > 200_000);
  const verified = await verifyPlan(plan, [upcase], sha256);
  expect(verified.fileRecords).toBe(RECORDS + DIRECTORIES);
  const proof = await prove(plan, simLayers(layers, planLayerIds(layers), upcase, upcase), null, sha256, pause);
  expect(proof.proven).toBe(true);
  expect(peak).toBeLessThan(bytes + 80 + RECORDS / 10_000);
});
