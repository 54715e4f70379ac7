/**
 * In what state a volume was left: the marks of $Volume, the restart pages of $LogFile, a hibernated Windows.
 *
 *     $VOLUME_INFORMATION  08 MajorVersion u8  09 MinorVersion u8  0A VolumeFlags u16
 *     hiberfil.sys         00 'hibr' or 'HIBR': memory is kept there; 'wake', 'rstr', zeros: it was used up
 *
 * Trap: fast startup (on since Windows 8) hibernates the kernel at each shutdown: such a disk looks as after a crash, yet
 * what its open files hold is in hiberfil.sys, and Windows expects to find the volume exactly as it left it.
 */
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding, Severity } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { directoryEntries } from './directory.ts';
import { AttributeType, LOGFILE_RECORD, ROOT_RECORD, referenceNumber, VOLUME_RECORD } from './layout.ts';
import { readLogState } from './log-file.ts';
import type { Mft } from './mft.ts';
import { collect, openAttribute } from './node.ts';

const VOLUME_IS_DIRTY = 0x0001;
const UPGRADE_ON_MOUNT = 0x0004;
const CHKDSK_UNDERWAY = 0x4000;
const MODIFIED_BY_CHKDSK = 0x8000;
/** Names of the bits as facts tell them. */
const VOLUME_FLAGS: readonly (readonly [number, string])[] = [
  [VOLUME_IS_DIRTY, 'dirty'],
  [0x0002, 'resizeLogFile'],
  [UPGRADE_ON_MOUNT, 'upgradeOnMount'],
  [0x0008, 'mountedOnNt4'],
  [0x0010, 'deleteUsnUnderway'],
  [0x0020, 'repairObjectIds'],
  [CHKDSK_UNDERWAY, 'chkdskUnderway'],
  [MODIFIED_BY_CHKDSK, 'modifiedByChkdsk'],
];
/** hiberfil.sys stands in the root, whose index is in name order; more names than this and it is not looked for. */
const MAX_ROOT_NAMES = 4096;

/** What each mark means to somebody who wants the files. */
const MARKS: readonly (readonly [number, string, Severity, string])[] = [
  [VOLUME_IS_DIRTY, 'ntfsDirty', 'warning', 'The volume is marked dirty: Windows would check it before use.'],
  [CHKDSK_UNDERWAY, 'ntfsChkdskUnderway', 'warning', 'chkdsk was at work on the volume and did not end.'],
  [MODIFIED_BY_CHKDSK, 'ntfsModifiedByChkdsk', 'info', 'chkdsk has repaired something on the volume.'],
  [
    UPGRADE_ON_MOUNT,
    'ntfsUpgradeOnMount',
    'info',
    'The volume waits to be upgraded to a newer NTFS at its next mount.',
  ],
];

type Tell = (finding: Finding | null) => void;

function note(mft: Mft, record: number, severity: Severity, code: string, message: string): Finding {
  return { code, severity, where: place(mft.source, record * mft.boot.recordSize), message };
}

/** Label, version and marks of $Volume; each mark that matters is told. @throws FormatError */
export function volumeInformation(mft: Mft, tell: Tell): Facts {
  const node = collect(mft, VOLUME_RECORD);
  const value = (type: number) => node.attributes.find((a) => a.type === type)?.value ?? null;
  const information = value(AttributeType.volumeInformation);
  const name = value(AttributeType.volumeName);
  const label = name === null ? '' : name.utf16(0, name.length >> 1);
  if (information === null) return { label };
  const flags = information.u16(10);
  for (const [bit, code, severity, message] of MARKS)
    if ((flags & bit) !== 0) tell(note(mft, VOLUME_RECORD, severity, code, message));
  const marks = VOLUME_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, mark]) => mark);
  return {
    label,
    version: `${information.u8(8)}.${information.u8(9)}`,
    dirty: (flags & VOLUME_IS_DIRTY) !== 0,
    ...(marks.length === 0 ? {} : { volumeFlags: marks }),
  };
}

/** State and version of $LogFile; a log that was not closed is told. @throws FormatError */
export function logFacts(mft: Mft, tell: Tell): Facts {
  const log = openAttribute(mft, collect(mft, LOGFILE_RECORD), AttributeType.data, '', '$LogFile');
  const state = log === null ? null : readLogState(log);
  if (state === null) return { log: 'unknown' };
  const what = 'The volume was not closed; changes in $LogFile are not shown.';
  if (state.state === 'dirty') tell(note(mft, LOGFILE_RECORD, 'warning', 'ntfsLogNotClean', what));
  return {
    log: state.state,
    ...(state.version === null ? {} : { logVersion: state.version, logLsn: state.lsn.toString() }),
    ...(state.byChkdsk ? { logByChkdsk: true } : {}),
  };
}

/** Whether hiberfil.sys in the root keeps the memory of a Windows. A root that cannot be read keeps none. */
export function hibernation(mft: Mft, tell: Tell): Facts {
  try {
    const number = hiberfil(mft);
    if (number === null) return {};
    const source = openAttribute(mft, collect(mft, number), AttributeType.data, '', 'hiberfil.sys');
    if (source === null || source.size < 4) return {};
    const signature = String.fromCharCode(...readBytes(source, 0, 4)).toLowerCase();
    if (signature !== 'hibr') return {};
    const what = 'Windows was hibernated or shut down with fast startup; what it had not written is in hiberfil.sys.';
    tell(note(mft, number, 'info', 'ntfsHibernated', what));
    return { hibernated: true };
  } catch (error) {
    if (error instanceof FormatError) return {};
    throw error;
  }
}

function hiberfil(mft: Mft): number | null {
  let left = MAX_ROOT_NAMES;
  for (const { reference, name } of directoryEntries(mft, ROOT_RECORD)) {
    if (name.name.toLowerCase() === 'hiberfil.sys') return referenceNumber(reference);
    if (--left === 0) return null;
  }
  return null;
}
