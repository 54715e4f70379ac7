/** What the workspace keeps of one layer while it is opened, read and merged, and how the page is told of it. */
import type { ErrorData } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { mountText } from '../../base/mount-text.ts';
import type { NodeTable } from '../../index/node-table.ts';
import type { Principal } from '../../layer/foreign-rules/assignments.ts';
import { everyUserMounts, isEveryUser, type Profile, principalMount } from '../../layer/hives.ts';
import { packageStackFindings, packagesOf } from '../../layer/package-stack.ts';
import { ANYBODY, applyPolicies, type Policy } from '../../layer/policies.ts';
import { folderMappings, type SidMapping, sidMappings, withFolders } from '../../layer/principals.ts';
import type { Layer, MountedHive, Rule } from '../../layer/types.ts';
import type { LayerShare } from '../../overlay/types.ts';
import type { HealthNote, LayerInfo, LayerSpec, ProgressInfo, Role } from '../api.ts';
import type { ImageApi, ImageReport, ReportNode } from '../api-image.ts';
import { mountable } from '../select.ts';
import type { LoadedHive, LoadedLayer } from './loaded.ts';
import { baseName } from './marks.ts';

export interface LayerRecord {
  readonly id: string;
  readonly image: string;
  readonly mount: string;
  /** Id of the store that a person chose; null: the one that is recognised. */
  readonly store: string | null;
  readonly api: ImageApi;
  readonly report: ImageReport;
  readonly node: ReportNode;
  name: string;
  role: Role;
  /** What the role rests on: nothing yet, what fits, what the content says, what a person chose. */
  roleFrom: 'none' | 'guess' | 'sign' | 'person';
  enabled: boolean;
  letter: string;
  hue: string;
  status: LayerInfo['status'];
  progress: ProgressInfo | null;
  error: ErrorData | null;
  loaded: LoadedLayer | null;
  cancelled: boolean;
  /** Made once for each set of hives and users, so that the overlay sees that nothing changed. */
  mounted: { readonly hives: readonly LoadedHive[]; readonly lists: string; readonly result: MountedHive[] } | null;
  /** The rules that came with the layer, for the user who was shown when they were made. */
  applied: AppliedPolicies | null;
}

interface AppliedPolicies {
  readonly policies: readonly Policy[];
  readonly who: Principal;
  readonly rules: readonly Rule[];
  readonly findings: readonly Finding[];
}

/** What a layer has to know of the others. */
export interface Around {
  /** Users by SID, the OS layer's first. */
  readonly lists: readonly (readonly Profile[])[];
  /** Mounts of all users that some layer has a hive of, without their classes. */
  readonly users: readonly string[];
  readonly who: Principal;
  /** Accounts that rules map onto those of the base. */
  readonly accounts: readonly SidMapping[];
}

/** A layer that is about to be read. */
export function newRecord(
  id: string,
  { image, mount, name, role: chosen, store }: LayerSpec,
  role: Role,
  about: Pick<LayerRecord, 'api' | 'report' | 'node'>,
): LayerRecord {
  return {
    id,
    image,
    mount,
    store: store ?? null,
    api: about.api,
    report: about.report,
    node: about.node,
    name: name ?? baseName(about.report.name),
    role,
    roleFrom: chosen === null ? 'none' : 'person',
    enabled: true,
    letter: '',
    hue: '',
    status: 'scanning',
    progress: null,
    error: null,
    loaded: null,
    cancelled: false,
    mounted: null,
    applied: null,
  };
}

/** The reader of its image is gone; what was read stays. */
export function failedBy(record: LayerRecord, fault: string): void {
  record.status = 'failed';
  record.error = {
    code: 'UnexpectedTrap',
    where: { source: record.report.name, offset: null },
    expected: 'an answer from the reader of this image',
    actual: fault,
  };
}

/** Formats from the outside in, as the person sees them: `VHDX, NTFS`. */
export function chainOf(root: ReportNode, mount: string): ReportNode[] {
  const inside = root.parts.find((part) => mountable(part).some((node) => node.mount === mount));
  return inside === undefined ? [root] : [root, ...chainOf(inside, mount)];
}

/** What was found on the way to the layer's tree and in it. */
export function layerFindings(record: LayerRecord): Finding[] {
  return [
    ...chainOf(record.report.root, record.mount).flatMap((node) => node.findings),
    ...(record.loaded?.findings ?? []),
    ...policyResult(record, record.applied?.who ?? ANYBODY).findings,
  ];
}

/** What layers say of one another. @param records base first */
export function stackFindings(records: readonly LayerRecord[]): Finding[] {
  const inEffect = records.filter(({ enabled, loaded }) => enabled && loaded !== null);
  return packageStackFindings(inEffect.map(({ name, loaded }) => ({ name, packages: packagesOf(loaded!.storeFacts) })));
}

function health(record: LayerRecord): HealthNote[] {
  const worst = new Map<string, HealthNote>();
  for (const { code, severity, message } of layerFindings(record))
    if (!worst.has(code)) worst.set(code, { severity, code, text: message });
  return [...worst.values()].slice(0, 20);
}

/** Rules and findings of the rule files of a layer; made anew when somebody else is shown. */
function policyResult(record: LayerRecord, who: Principal): AppliedPolicies {
  const policies = record.loaded?.policies ?? [];
  const known = record.applied;
  if (known !== null && known.policies === policies && known.who === who) return known;
  record.applied = { policies, who, ...applyPolicies(policies, who, `${record.id}:`) };
  return record.applied;
}

/** True when the rules of some layer depend on who is shown. */
export function asksWho(records: readonly LayerRecord[]): boolean {
  return records.some(({ loaded }) => loaded?.policies.some(({ assignments }) => assignments !== null) === true);
}

/** What the layers know of users. */
export function usersOf(records: readonly LayerRecord[], lists: Around['lists']): string[] {
  const mounts = records.flatMap(({ loaded }) =>
    (loaded?.hives ?? []).map(({ candidate }) => principalMount(candidate, lists)),
  );
  return [...new Set(mounts.filter((mount) => /^HKU\/(?![.*])/.test(mount) && !mount.endsWith('_Classes')))];
}

/** The layer as the overlay takes it. */
export function toLayer(record: LayerRecord, around: Around): Layer {
  const { id, role, name, enabled, loaded } = record;
  return {
    id,
    role,
    name,
    enabled,
    tree: loaded?.tree ? withFolders(loaded.tree, folderMappings(loaded.profiles, around.lists[0] ?? [])) : null,
    hives: mountedHives(record, around),
    controlSet: loaded?.controlSet ?? null,
    sids: sidsOf(record, around),
    rules: policyResult(record, around.who).rules,
  };
}

/** What the profile lists say comes before what rules say. The base is what is mapped onto. */
function sidsOf({ loaded, role }: LayerRecord, { lists, accounts }: Around): readonly SidMapping[] {
  const known = sidMappings(loaded?.profiles ?? [], lists[0] ?? []);
  if (role === 'os' || accounts.length === 0) return known;
  const taken = new Set(known.map(({ from }) => from.toUpperCase()));
  return [...known, ...accounts.filter(({ from }) => !taken.has(from.toUpperCase()))];
}

function mountedHives(record: LayerRecord, { lists, users }: Around): MountedHive[] {
  const hives = record.loaded?.hives ?? [];
  const key = JSON.stringify([lists, hives.some(({ candidate }) => isEveryUser(candidate.mount)) ? users : []]);
  if (record.mounted === null || record.mounted.hives !== hives || record.mounted.lists !== key) {
    const result = hives.flatMap(({ candidate, ...hive }) =>
      (isEveryUser(candidate.mount) ? everyUserMounts(candidate.mount, users) : [principalMount(candidate, lists)]).map(
        (mount) => ({ ...hive, mount }),
      ),
    );
    record.mounted = { hives, lists: key, result };
  }
  return record.mounted.result;
}

/** Counted once a table: the state goes out many times while other layers are read. */
const directoryCounts = new WeakMap<NodeTable, number>();

/** Directories below the root. */
function directoriesOf(table: NodeTable): number {
  let count = directoryCounts.get(table);
  if (count === undefined) {
    count = 0;
    for (let row = 1; row < table.count; row++) if (table.isDirectory(row)) count++;
    directoryCounts.set(table, count);
  }
  return count;
}

export function toInfo(record: LayerRecord, share: LayerShare | null): LayerInfo {
  const { id, name, role, enabled, letter, hue, image, mount, report, node, status, progress, error, loaded } = record;
  const chain = chainOf(report.root, mount);
  const table = loaded?.tree?.table ?? null;
  const directories = table === null ? 0 : directoriesOf(table);
  return {
    id,
    name,
    role,
    enabled,
    letter,
    hue,
    image,
    mount,
    imageName: report.name,
    detail: detailOf(report.root, chain, node),
    format: chain.map(({ format }) => format ?? '').join(' '),
    size: report.size,
    store: loaded?.tree?.store ?? 'plain',
    storeChosen: record.store !== null,
    storeSigns: loaded?.storeSigns ?? [],
    status,
    progress,
    error,
    health: health(record),
    files: table === null ? 0 : table.count - 1 - directories,
    directories,
    keys: (loaded?.hives ?? []).reduce((sum, hive) => sum + hive.table.count, 0),
    wins: share === null ? 0 : share.files,
    winBytes: share?.bytes ?? 0,
    findings: layerFindings(record),
    chain: report.root.chain,
    alternatives: mountable(report.root).map((other) => ({
      mount: other.mount,
      title: mountText(other.title, other.facts),
    })),
  };
}

/** `WIM, image 1`, `VHDX, NTFS`: how the file leads to the tree; the place inside only where there is a choice. */
function detailOf(root: ReportNode, chain: readonly ReportNode[], node: ReportNode): string {
  const names = chain
    .map(({ format }) => (format ?? '').toUpperCase().replace('REGF', 'registry hive'))
    .filter((format, i, all) => !['GPT', 'MBR', ''].includes(format) && all.indexOf(format) === i);
  const disks = 1 + root.chain.filter((entry) => entry.kind === 'parent' && entry.file !== null).length;
  if (disks > 1) names[0] += ` chain of ${disks}`;
  const last = node.mount.split('::').at(-1) ?? '';
  const image = /^\d+$/.test(last);
  if (image) names.push(`image ${last}`);
  else if (/^p\d+$/.test(last) && mountable(root).length > 1) names.push(`partition ${last.slice(1)}`);
  return names.join(', ');
}
