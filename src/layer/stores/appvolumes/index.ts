/**
 * A volume of App Volumes: an application package (AppStack) or a writable volume.
 *
 *     SVROOT\...                        the files, as they stand on C:
 *     snapvol.cfg                       policy of the volume
 *     Config\Default, Config\Custom     policies for all volumes that are attached
 *     ...\app, ...\system, ...\provisioning, ...\profile, ...\uia, ...\uia_plus_profile
 *                                       for packages, for writable volumes, while packages are made; then writable ones by their kind
 *     *.bat                             scripts that the agent runs at startup, logon ...
 *
 * In the guest the agent mounts it at C:\SnapVolumesTemp\MountPoints\{disk}\{volume}\SVROOT. Policies for another kind of volume
 * do not count for this one; a volume is taken for a writable one when its label says so (CVWritable), else for a package, and of
 * which kind a writable one is does not stand on it. What a script does is known in the guest only. What else lies beside SVROOT is
 * the agent's, and its form is not public. All of it is told.
 *
 * Sources: VMware's and Omnissa's administration guides ("Default and Custom Configuration Files", "Batch Script Files"); paths of
 * mounted volumes in published logs.
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
const MAX_POLICIES = 100;
const MAX_TOLD = 50;
/** Folders whose policies are for one kind of volume, and for which. */
const KINDS: Readonly<Record<string, 'package' | 'other'>> = {
  APP: 'package',
  SYSTEM: 'other',
  PROVISIONING: 'other',
  PROFILE: 'other',
  UIA: 'other',
  UIA_PLUS_PROFILE: 'other',
};

/** Files of the volume by name: beside SVROOT and in folders there, never in the payload. */
function rowsBeside(table: NodeTable, upcase: Uint16Array, wanted: (folded: string) => boolean): number[] {
  const payload = childOf(table, 0, ROOT, upcase);
  const found: number[] = [];
  const walk = (folder: number, depth: number) => {
    for (let row = table.data.childStart[folder]!; row < table.data.childStart[folder + 1]!; row++) {
      if (row === payload) continue;
      if (!table.isDirectory(row) && wanted(foldText(table.name(row), upcase))) found.push(row);
      else if (table.isFolder(row) && depth < DEPTH) walk(row, depth + 1);
    }
  };
  walk(0, 1);
  return found.slice(0, MAX_POLICIES);
}

const policyRows = (table: NodeTable, upcase: Uint16Array) => rowsBeside(table, upcase, (name) => name === POLICY);

/** True when a policy counts for this volume, by the folder it lies in. */
function counts(table: NodeTable, upcase: Uint16Array, row: number, writable: boolean): boolean {
  const folder = table.data.parent[row]!;
  const kind = folder === 0 ? undefined : KINDS[foldText(table.name(folder), upcase)];
  return kind === undefined || (kind === 'package' && !writable);
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

  apply(table, upcase, bytes, source, _attributes, volume) {
    const findings: Finding[] = [];
    const tell = (code: string, message: string, facts: NonNullable<Finding['facts']>) =>
      findings.push({ code, severity: 'info', where: { source, offset: null }, message, facts });
    const writable = /^CVWritable/i.test(volume?.label ?? '');
    const all = policyRows(table, upcase).map((row, i) => ({
      row,
      source: pathOf(table, row),
      bytes: bytes[i] ?? null,
    }));
    const policies = readPolicies(all.filter(({ row }) => counts(table, upcase, row, writable)));
    const others = all.filter(({ row }) => !counts(table, upcase, row, writable)).map((one) => one.source);
    if (others.length > 0)
      tell('appVolumesOtherKind', 'Policies for other kinds of volumes are on this one; they do not count for it.', {
        kind: writable ? 'writable volume' : 'package',
        policies: others.slice(0, MAX_TOLD),
      });
    const scripts = rowsBeside(table, upcase, (name) => name.endsWith('.BAT')).map((row) => pathOf(table, row));
    if (scripts.length > 0)
      tell('appVolumesScripts', 'Scripts of the volume run in the guest; what they do is not shown.', {
        scripts: scripts.slice(0, MAX_TOLD),
      });
    const beside: string[] = [];
    for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) {
      const folded = foldText(table.name(row), upcase);
      const known =
        folded === ROOT ||
        folded === POLICY ||
        folded === 'CONFIG' ||
        folded.endsWith('.BAT') ||
        folded.startsWith('$') ||
        SYSTEM.has(folded);
      if (!known && row !== table.data.orphanRow) beside.push(table.name(row));
    }
    if (beside.length > 0)
      tell('appVolumesBeside', 'What lies beside SVROOT belongs to the agent and is not shown.', {
        names: beside.slice(0, MAX_TOLD),
      });
    return {
      root: Math.max(0, childOf(table, 0, ROOT, upcase)),
      internal: [],
      markers: [],
      hives: [],
      policies,
      facts: { policies: policies.length, kind: writable ? 'writable volume' : 'package' },
      findings,
    };
  },
};
