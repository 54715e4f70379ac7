/** Rule files at their places in a Windows volume: what the agents in the guest would read when they start. */
import type { NodeTable } from '../index/node-table.ts';
import { childOf, lookup, pathOf } from '../index/path.ts';
import { foldText } from '../index/upcase.ts';
import { RULE_FILE_LIMIT } from './foreign-rules/text.ts';
import type { StoreNeed } from './stores/types.ts';

/** Rule sets and assignments of FSLogix App Masking. */
const MASKING = 'Program Files\\FSLogix\\Apps\\Rules';
/** Policy of every volume; what stands in folders below is for one kind of volume only. */
const AGENTS: readonly string[] = [
  'Program Files (x86)\\CloudVolumes\\Agent\\Config',
  'Program Files\\CloudVolumes\\Agent\\Config',
  'Program Files\\Omnissa\\AppVolumes\\Agent\\Config',
];
const MAX_FILES = 500;

/** @param root row of the volume's root */
export function policyNeeds(table: NodeTable, root: number, upcase: Uint16Array): StoreNeed[] {
  const rows: number[] = [];
  const rules = lookup(table, MASKING, upcase, root);
  if (rules > 0)
    for (let row = table.data.childStart[rules]!; row < table.data.childStart[rules + 1]!; row++)
      if (/\.FX[AR]$/.test(foldText(table.name(row), upcase))) rows.push(row);
  for (const agent of AGENTS)
    for (const folder of ['Default', 'Custom']) {
      const config = lookup(table, [...agent.split('\\'), folder], upcase, root);
      if (config > 0) rows.push(childOf(table, config, 'snapvol.cfg', upcase));
    }
  return rows
    .filter((row) => row > 0 && !table.isDirectory(row))
    .slice(0, MAX_FILES)
    .map((row) => ({
      ref: table.ref(row),
      path: pathOf(table, row),
      size: table.data.size[row]!,
      limit: RULE_FILE_LIMIT,
    }));
}
