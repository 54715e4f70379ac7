/** What differs between two hives, or between the registries of two images. */
import type { Finding } from '../base/findings.ts';
import { type ComparedKey, type ComparedValue, compareRegistries, type ValueState } from '../engine/compare-hives.ts';
import type { Selected } from './args.ts';
import { grouped, json, line, printable, tellFindings } from './output.ts';
import { progress } from './progress.ts';

const MARKS = { added: '+', removed: '-', changed: '~', times: '.', same: '=' } as const;
/** Most characters of a value that people are shown. */
const SHOWN = 100;

const shown = (value: ValueState | null) =>
  value === null ? '(none)' : printable((value.text ?? '(no data)').slice(0, SHOWN));

function writeValue({ change, name, before, after }: ComparedValue): void {
  const type =
    before === null || after === null || before.type === after.type
      ? (after ?? before)!.type
      : `${before.type} -> ${after.type}`;
  const text = change === 'changed' ? `${shown(before)} -> ${shown(after)}` : shown(after ?? before);
  line(`  ${MARKS[change]} ${name === '' ? '(Default)' : printable(name)}  ${type}  ${text}`);
}

function writeKey(compared: ComparedKey): void {
  const { change, key, aspects } = compared;
  const why = change === 'times' ? '  (last write)' : aspects.length === 0 ? '' : `  (${aspects.join(', ')})`;
  line(`${MARKS[change]} [${printable(key)}]${why}`);
  for (const value of compared.values) writeValue(value);
}

export interface RegistryDiffOptions {
  readonly json: boolean;
  /** Keys that are the same too. */
  readonly all: boolean;
  /** Keys whose last write differs and nothing else. */
  readonly times: boolean;
}

/** @returns exit code: 1 when more than times differs, or when something is damaged */
export async function diffRegistries(
  a: Selected,
  b: Selected,
  key: string,
  { json: asJson, all, times }: RegistryDiffOptions,
): Promise<number> {
  const keys = { added: 0, removed: 0, changed: 0, times: 0, same: 0 };
  const values = { added: 0, removed: 0, changed: 0, same: 0 };
  const findings: Finding[] = [];
  const bar = progress('Reading');
  for await (const compared of compareRegistries(a, b, key, (found) => findings.push(...found), bar)) {
    bar.end();
    const { change } = compared;
    keys[change]++;
    values.same += compared.same;
    for (const value of compared.values) values[value.change]++;
    if ((change === 'same' && !all) || (change === 'times' && !times && !all)) continue;
    if (!asJson) writeKey(compared);
    else {
      const { values: below, same: _, ...head } = compared;
      json(head);
      for (const value of below) json({ ...value, key: compared.key });
    }
  }
  bar.end();
  writeTotals({ keys, values }, asJson);
  const damaged = tellFindings(findings, asJson);
  return damaged || keys.added + keys.removed + keys.changed > 0 ? 1 : 0;
}

type Counts = Readonly<Record<string, number>>;

/** Keys and values by kinds of change. */
export function writeTotals(summary: { readonly keys: Counts; readonly values: Counts }, asJson: boolean): void {
  if (asJson) json({ summary });
  else
    for (const [what, counts] of Object.entries(summary)) {
      const told = Object.entries(counts).map(
        ([change, count]) => `${grouped(count)} ${change === 'times' ? 'by their time only' : change}`,
      );
      line(`${what}: ${told.join(', ')}`);
    }
}
