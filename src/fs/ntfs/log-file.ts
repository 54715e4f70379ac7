/**
 * $LogFile: only whether Windows closed it. Two restart pages; the one with the higher LSN counts.
 *
 *     00 'RSTR'  10 SystemPageSize u32  18 RestartOffset u16
 *     restart area: 00 CurrentLsn u64  0C ClientInUseList u16 (FFFF: none)  0E Flags u16 (2: volume is clean)
 */
import type { Bytes } from '../../base/bytes.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

const RSTR = 0x5254_5352;
const NO_CLIENT = 0xffff;
const VOLUME_IS_CLEAN = 2;
const PAGE = 512;

function restartArea(page: Bytes): { lsn: bigint; clean: boolean } | null {
  if (page.u32(0) !== RSTR) return null;
  const area = page.u16(24);
  if (area < 30 || area > PAGE - 18) return null;
  const clean = page.u16(area + 12) === NO_CLIENT || (page.u16(area + 14) & VOLUME_IS_CLEAN) !== 0;
  return { lsn: page.u64(area), clean };
}

/** False when the log holds changes that were not written to their places; null when it says nothing readable. */
export function logIsClean(log: ByteSource): boolean | null {
  if (log.size < PAGE) return null;
  const first = readView(log, 0, PAGE);
  const pageSize = first.u32(0) === RSTR ? first.u32(16) : 4096;
  const areas = [restartArea(first)];
  if (pageSize >= PAGE && pageSize <= log.size - PAGE) areas.push(restartArea(readView(log, pageSize, PAGE)));
  const known = areas.filter((a) => a !== null).sort((a, b) => (a.lsn < b.lsn ? 1 : -1));
  return known[0]?.clean ?? null;
}
