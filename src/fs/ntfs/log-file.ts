/**
 * $LogFile: only what its restart pages say of the volume: whether Windows closed it, and who wrote the log last. Two
 * pages; the one with the higher LSN counts. Records are not replayed.
 *
 *     00 'RSTR' ('CHKD' after chkdsk)  04 UsaOffset u16  06 UsaCount u16   10 SystemPageSize u32  14 LogPageSize u32
 *     18 RestartOffset u16  1A MinorVersion i16  1C MajorVersion i16
 *     restart area: 00 CurrentLsn u64  08 LogClients u16  0C ClientInUseList u16 (FFFF: none)  0E Flags u16 (2: clean)
 *
 * Traps: a log of nothing but FF is one that a tool emptied: nothing waits in it. Windows 8 and later write version 2.0
 * while a volume is mounted and go back to 1.1 when they let go of it, so 2.0 says that the volume was never let go:
 * hibernation, fast startup, a crash, a copy of a running disk.
 */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { applyFixUps } from './fix-up.ts';
import { STRIDE } from './layout.ts';

const RSTR = 0x5254_5352;
const CHKD = 0x444b_4843;
const NO_CLIENT = 0xffff;
const VOLUME_IS_CLEAN = 2;
const DEFAULT_PAGE = 4096;
const MAX_PAGE = 65_536;
const AREA_SIZE = 30;

export interface LogState {
  /** `clean`: closed; `dirty`: holds changes that may not stand in their places; `empty`: emptied by a tool. */
  readonly state: 'clean' | 'dirty' | 'empty';
  /** Of the log's format, null for an empty one. */
  readonly version: string | null;
  /** chkdsk wrote the log last. */
  readonly byChkdsk: boolean;
  readonly lsn: bigint;
}

function isRestartPage(signature: number): boolean {
  return signature === RSTR || signature === CHKD;
}

/** @returns null when the page is no restart page, or is torn */
function restartPage(page: Bytes): LogState | null {
  if (!isRestartPage(page.u32(0))) return null;
  try {
    applyFixUps(page);
    const area = page.sub(page.u16(24), AREA_SIZE);
    const clean = area.u16(12) === NO_CLIENT || (area.u16(14) & VOLUME_IS_CLEAN) !== 0;
    return {
      state: clean ? 'clean' : 'dirty',
      version: `${page.u16(28)}.${page.u16(26)}`,
      byChkdsk: page.u32(0) === CHKD,
      lsn: area.u64(0),
    };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function pageSize(first: Bytes): number {
  const size = isRestartPage(first.u32(0)) ? first.u32(16) : 0;
  const sound = size >= STRIDE && size <= MAX_PAGE && (size & (size - 1)) === 0;
  return sound ? size : DEFAULT_PAGE;
}

/** What the log says of the volume; null when neither restart page can be read. @throws FormatError when bytes are missing */
export function readLogState(log: ByteSource): LogState | null {
  if (log.size < DEFAULT_PAGE * 2) return null;
  const first = readView(log, 0, STRIDE);
  if (first.bytes.every((byte) => byte === 0xff)) return { state: 'empty', version: null, byChkdsk: false, lsn: 0n };
  const size = pageSize(first);
  const pages = [0, size].filter((at) => at <= log.size - size).map((at) => restartPage(readView(log, at, size)));
  const known = pages.filter((page) => page !== null);
  return known.reduce<LogState | null>((best, page) => (best === null || page.lsn > best.lsn ? page : best), null);
}
