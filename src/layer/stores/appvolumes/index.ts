/**
 * A volume of App Volumes: an application package (AppStack) or a writable volume.
 *
 *     SVROOT\...          the files, as they stand on C:        snapvol.cfg, in any folder beside it   the volume's own policy
 *
 * In the guest the agent mounts it at C:\SnapVolumesTemp\MountPoints\{disk}\{volume}\SVROOT. What else lies beside SVROOT is the
 * agent's, and its form is not public; it is named and left out.
 *
 * Sources: VMware's and Omnissa's administration guides; paths of mounted volumes in published logs.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, pathOf } from '../../../index/path.ts';
import { foldText } from '../../../index/upcase.ts';
import { RULE_FILE_LIMIT } from '../../foreign-rules/text.ts';
import { readPolicies } from '../../policies.ts';
import type { StoreAdapter } from '../types.ts';

const ROOT = 'SVROOT';
const POLICY = 'SNAPVOL.CFG';
/** Of the file system, not of the agent. */
const SYSTEM: ReadonlySet<string> = new Set(['SYSTEM VOLUME INFORMATION', '$RECYCLE.BIN']);
const DEPTH = 4;

/** Policy files of the volume: beside SVROOT and in folders there, never in the payload. */
function policyRows(table: NodeTable, upcase: Uint16Array): number[] {
  const payload = childOf(table, 0, ROOT, upcase);
  const found: number[] = [];
  const walk = (folder: number, depth: number) => {
    for (let row = table.data.childStart[folder]!; row < table.data.childStart[folder + 1]!; row++) {
      if (row === payload) continue;
      if (!table.isDirectory(row) && foldText(table.name(row), upcase) === POLICY) found.push(row);
      else if (table.isFolder(row) && depth < DEPTH) walk(row, depth + 1);
    }
  };
  walk(0, 1);
  return found.slice(0, 100);
}

export const appVolumesStore: StoreAdapter = {
  id: 'appvolumes',
  title: 'App Volumes package or writable volume',

  detect(table, upcase) {
    const root = childOf(table, 0, ROOT, upcase);
    return root > 0 && table.isFolder(root) && childOf(table, 0, 'Windows', upcase) < 0;
  },

  signs: () => [ROOT],

  needs(table, upcase) {
    return policyRows(table, upcase).map((row) => ({
      ref: table.ref(row),
      path: pathOf(table, row),
      size: table.data.size[row]!,
      limit: RULE_FILE_LIMIT,
    }));
  },

  apply(table, upcase, bytes, source) {
    const findings: Finding[] = [];
    const policies = readPolicies(
      policyRows(table, upcase).map((row, i) => ({ source: pathOf(table, row), bytes: bytes[i] ?? null })),
    );
    const beside: string[] = [];
    for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) {
      const folded = foldText(table.name(row), upcase);
      const known = folded === ROOT || folded === POLICY || folded.startsWith('$') || SYSTEM.has(folded);
      if (!known && row !== table.data.orphanRow) beside.push(table.name(row));
    }
    if (beside.length > 0)
      findings.push({
        code: 'appVolumesBeside',
        severity: 'info',
        where: { source, offset: null },
        message: 'What lies beside SVROOT belongs to the agent and is not shown.',
        facts: { names: beside.slice(0, 50) },
      });
    return {
      root: Math.max(0, childOf(table, 0, ROOT, upcase)),
      internal: [],
      markers: [],
      hives: [],
      policies,
      facts: { policies: policies.length },
      findings,
    };
  },
};
