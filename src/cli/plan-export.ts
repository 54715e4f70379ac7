/**
 * stratascope plan export: a plan that has been checked, as the folder that the specification describes (plan.json, files/,
 * registry/, conflicts/, blobs/), or its records one by one for scripts and spreadsheets.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { csvRow } from '../base/csv.ts';
import type { Host } from '../engine/host.ts';
import { flatRecords } from '../plan/flat.ts';
import type { Plan } from '../plan/plan.ts';
import { UsageError } from './args.ts';
import { atFile } from './host.ts';
import { grouped, json, line } from './output.ts';
import { readPlanFile } from './plan-diff.ts';

const FORMATS = ['json', 'csv'];

interface Wanted {
  readonly output: string | undefined;
  readonly format: string | undefined;
  readonly asJson: boolean;
}

/** @returns exit code */
export async function exportPlanFile(host: Host, file: string, { output, format, asJson }: Wanted): Promise<number> {
  if ((output === undefined) === (format === undefined))
    throw new UsageError('plan export takes -o FOLDER or --format json|csv');
  if (format !== undefined && !FORMATS.includes(format))
    throw new UsageError(`--format is one of ${FORMATS.join(', ')}, not "${format}"`);
  if (format !== undefined && asJson) throw new UsageError('--format does not go with --json');
  const plan = await readPlanFile(host, file);
  if (output !== undefined) writeFolder(plan, output, asJson);
  else if (format === 'json') for (const record of flatRecords(plan)) json(record);
  else writeTable(plan);
  return 0;
}

/** Everything below a folder that must be new: nothing that is there is written over. */
function writeFolder(plan: Plan, folder: string, asJson: boolean): void {
  const parts: [string, Uint8Array][] = [
    ['plan.json', plan.manifestBytes],
    ...plan.segments,
    ...[...plan.blobs].map(([name, bytes]): [string, Uint8Array] => [`blobs/${name}`, bytes]),
  ];
  atFile(folder, 'a new folder', () => {
    mkdirSync(folder);
    for (const [name, bytes] of parts) {
      const target = path.join(folder, ...name.split('/'));
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, bytes, { flag: 'wx' });
    }
  });
  const size = parts.reduce((sum, [, part]) => sum + part.length, 0);
  if (asJson) json({ folder, files: parts.length, bytes: size });
  else line(`${grouped(parts.length)} files, ${grouped(size)} bytes`);
}

function writeTable(plan: Plan): void {
  write(csvRow(['target', 'path', 'value', 'action', 'layer', 'more']));
  for (const { target, path: at, value, record } of flatRecords(plan)) {
    const { a, l, ...more } = record as { readonly a: string; readonly l?: string; readonly [field: string]: unknown };
    const rest = Object.fromEntries(Object.entries(more).filter(([name]) => !NAMES.includes(name)));
    const told = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
    write(csvRow([target, at, value ?? '', a, l ?? '', told]));
  }
}

/** Fields of a record that stand in columns of their own. */
const NAMES = ['n', 'n16', 'v', 'v16'];
// the line feed is the writer's
const write = (row: string) => line(row.slice(0, -1));
