/** What is wrong with the active state's tables as a whole, seen once when the disk is opened. */
import type { FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { BlockStarts } from '../overlap.ts';
import type { Cluster, ClusterReader } from './clusters.ts';
import type { Qcow2Header } from './header.ts';
import type { Tables } from './tables.ts';

/** Bytes of L2 tables that are looked at: clusters of 64 KiB of a disk of 1 TiB. */
export const MAX_CHECKED = 128 << 20;

export interface Checked {
  /** Clusters that are stored; null when there are too many tables to look at. */
  readonly allocated: number | null;
  readonly compressed: number | null;
}

/** Looks for clusters outside the file and clusters that share bytes. @param data holds the clusters */
export function checkClusters(
  source: ByteSource,
  data: ByteSource,
  header: Qcow2Header,
  reader: ClusterReader,
  tables: Tables,
  findings: FindingList,
): Checked {
  const { clusterSize, perTable } = reader;
  const where = place(source, header.l1TableOffset);
  if (tables.entries < tables.needed)
    findings.add({
      code: 'qcow2TableShort',
      severity: 'error',
      where: place(source, 36),
      message: 'The L1 table is too short for the disk; the rest of the disk cannot be found.',
      facts: { entries: header.l1Size, needed: tables.needed },
    });
  const most = Math.floor(MAX_CHECKED / clusterSize);
  const distinct = tables.distinct(most + 1);
  let lost = 0;
  let firstLost = 0;
  const lose = (cluster: number, count: number): void => {
    if (lost === 0) firstLost = cluster;
    lost += count;
  };
  for (let entry = 0; entry < tables.entries; entry++) if (tables.offsetOf(entry) < 0) lose(entry * perTable, perTable);
  const starts = new BlockStarts();
  const whole = distinct.size <= most;
  let compressed = 0;
  const see = (cluster: Cluster, index: number): void => {
    if (cluster.kind === 'missing') lose(index, 1);
    if (cluster.kind === 'compressed') compressed++;
    if (cluster.kind !== 'stored' || cluster.stored === 0) return;
    starts.add(cluster.at);
    // sub-clusters behind the last stored one may lie beyond the end
    const subs = (32 - Math.clz32(cluster.stored)) / 32;
    const need = Math.min(clusterSize * subs, header.size - index * clusterSize);
    if (cluster.at + need > data.size) lose(index, 1);
  };
  if (whole)
    for (const [offset, entry] of distinct) {
      const table = tables.at(offset);
      const first = entry * perTable;
      const count = Math.min(perTable, Math.ceil(header.size / clusterSize) - first);
      for (let i = 0; i < count; i++) see(reader.cluster(table, i), first + i);
    }
  if (lost > 0)
    findings.add({
      code: 'qcow2ClustersLost',
      severity: 'error',
      where,
      message: 'L2 tables or clusters lie beyond the end of the file; the data of these clusters are missing.',
      facts: { clusters: lost, firstCluster: firstLost, fileSize: data.size },
    });
  const shared = starts.overlaps(clusterSize) + (whole ? repeated(tables, distinct.size) : 0);
  if (shared > 0)
    findings.add({
      code: 'qcow2ClustersOverlap',
      severity: 'warning',
      where,
      message: 'Clusters of the disk share bytes of the file; one of them shows the data of another.',
      facts: { clusters: shared },
    });
  return whole ? { allocated: starts.count + compressed, compressed } : { allocated: null, compressed: null };
}

/** L1 entries that lead to a table which another one leads to as well. */
function repeated(tables: Tables, distinct: number): number {
  let used = 0;
  for (let entry = 0; entry < tables.entries; entry++) if (tables.offsetOf(entry) > 0) used++;
  return used - distinct;
}
