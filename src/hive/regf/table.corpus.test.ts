/**
 * The table of the corpus: what becomes of each hive and each log. A hive that hivexml, reglookup and the naive twin read
 * rightly must read the same here; one that they refuse or that was damaged on purpose has its answer written down.
 * `HIVE_TABLE=file` keeps the table.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Hive, HivexError, open } from 'hivex-wasm';
import { describe, expect, test } from 'vitest';
import { corpusFolder } from '../../testing/corpus.ts';
import { compareLookup, compareTwin, compareXml } from '../../testing/hive-compare.ts';
import { regfFiles, SPOILED } from '../../testing/hive-corpus.ts';
import { readHivexml } from '../../testing/hivexml.ts';
import { loadModule } from '../../testing/modules.ts';
import { readReglookup } from '../../testing/reglookup.ts';
import { hasTool } from '../../testing/tools.ts';
import { readTwin } from '../../testing/twins/regf.ts';

const base = corpusFolder();
const files = regfFiles(base);
const full = (file: string) => path.join(base!, file);
const bytesOf = (file: string) => new Uint8Array(readFileSync(full(file)));
const isHive = (file: string) => bytesOf(file)[28] === 0;

/** keys, values and codes of findings of a whole walk */
function told(hive: Hive): { keys: number; values: number; codes: string[] } {
  const codes = new Set(hive.findings.map((finding) => finding.code));
  const walk = hive.walk();
  for (let keys = 0, values = 0; ; ) {
    const batch = walk.step();
    keys += batch.keys.count;
    values += batch.values.count;
    for (const finding of batch.findings) codes.add(finding.code);
    if (batch.done) return { keys, values, codes: [...codes].sort() };
  }
}

/** `read N keys`, or the code of the refusal. */
function answer(file: string, logs: string[] = []): string {
  try {
    const hive = open(bytesOf(file), loadModule('hivex', true), { logs: logs.map(bytesOf) });
    const { keys, values, codes } = told(hive);
    return `${hive.state}, ${keys} keys, ${values} values${codes.map((code) => `, ${code}`).join('')}`;
  } catch (error) {
    expect(error, file).toBeInstanceOf(HivexError);
    return (error as HivexError).code;
  }
}

/** The logs that lie beside a hive. */
const logsOf = (file: string) =>
  ['.LOG1', '.LOG2', '.LOG'].map((end) => file + end).filter((log) => existsSync(full(log)));

/** What is left of the hives that were damaged on purpose, and how a base block that leads nowhere is refused. */
const ANSWERS: Readonly<Record<string, string>> = {
  corrupt_sub_key_list: 'clean, 100 keys, 99 values, hiveSubkeyCount, hiveSubkeyMissing',
  TruncatedHive: 'clean, 2 keys, 0 values, hiveBinsSize, hiveListMissing, hiveSubkeyCount',
  BadListHive: 'clean, 6 keys, 0 values, hiveListShared, hiveSubkeyCount, hiveSubkeyParent',
  TruncatedPairHive: 'clean, 4 keys, 0 values',
  TwoOwnersHive: 'clean, 3 keys, 0 values',
  '10_CmpKeySecurity': 'clean, 2 keys, 0 values, hiveSecurityMissing',
  '01_Key_node_Security': 'InvalidReference',
};

describe.skipIf(base === null)('corpus', () => {
  const hives = files.filter(isHive);
  const table: string[][] = [];

  test('each hive: our answer, and the same dump as the tools that read it', { timeout: 600_000 }, () => {
    const count = { hivexml: 0, reglookup: 0, twin: 0, rows: 0 };
    for (const file of hives) {
      const row = [file, answer(file)];
      table.push(row);
      const spoiled = Object.entries(ANSWERS).find(([name]) => file.includes(name));
      expect(spoiled !== undefined, file).toBe(SPOILED.test(file));
      if (spoiled !== undefined) {
        expect(row[1], file).toBe(spoiled[1]);
        row.push('damaged on purpose');
        continue;
      }
      expect(row[1], file).toMatch(/^(clean|dirtyNoLog), \d+ keys, \d+ values/);
      const hive = open(bytesOf(file), loadModule('hivex', true));
      expect(compareTwin(hive, readTwin(bytesOf(file))), file).toBeGreaterThan(0);
      count.twin++;
      for (const [tool, compare] of [
        ['hivexml', () => compareXml(hive, readHivexml(full(file)))],
        ['reglookup', () => compareLookup(hive, readReglookup(full(file)))],
      ] as const) {
        if (!hasTool(tool)) continue;
        try {
          count.rows += compare();
          count[tool]++;
          row.push(`${tool} the same`);
        } catch (error) {
          if ((error as Error).name === 'AssertionError') throw error;
          row.push(`${tool} refuses it`);
        }
      }
    }
    expect([hives.length, count.twin]).toEqual([102, 95]);
    if (hasTool('hivexml')) expect(count.hivexml).toBeGreaterThanOrEqual(94);
    if (hasTool('reglookup')) expect(count.reglookup).toBe(95);
    if (hasTool('hivexml') && hasTool('reglookup')) expect(count.rows).toBeGreaterThan(400_000);
  });

  test('each log: no hive by itself, applied or left where it belongs', () => {
    const empty = hives.flatMap(logsOf).filter((log) => bytesOf(log).length === 0);
    const logs = [...files.filter((file) => !isHive(file)), ...empty].sort();
    const beside: Record<string, string> = {};
    for (const log of logs) {
      const row = [log, answer(log)];
      expect(row[1], log).toMatch(/^(UnsupportedFeature|UnexpectedEnd)$/);
      const hive = hives.find((file) => logsOf(file).includes(log));
      if (hive !== undefined) {
        row.push(`beside ${path.basename(hive)}: ${answer(hive, logsOf(hive))}`);
        beside[hive] = answer(hive, logsOf(hive)).split(',')[0]!;
      }
      table.push(row);
    }
    expect(logs).toHaveLength(26);
    const states = Object.values(beside);
    expect(states.filter((state) => state === 'recovered').length).toBe(3);
    if (process.env['HIVE_TABLE'])
      writeFileSync(process.env['HIVE_TABLE'], table.map((row) => `${row.join('\t')}\n`).join(''));
  });
});
