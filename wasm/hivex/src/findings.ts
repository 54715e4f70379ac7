/** What the engine saw and went past, as plain data with a sentence. Bounded: a hostile hive cannot fill memory with it. */

import type { LogReport, Recovery } from './replay.ts';

export interface HiveFinding {
  /** camelCase, stable. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  /** Bytes from the start of the hive file. */
  readonly offset: number;
  readonly message: string;
  readonly expected: number;
  readonly actual: number;
}

/** Findings kept by a hive and by a walk; more are counted. */
export const MAX_FINDINGS = 1000;

type Kind = readonly [code: string, severity: HiveFinding['severity'], message: string];

/** In the order of the F_ constants in `assembly/constants.ts`. */
const KINDS: readonly Kind[] = [
  ['hiveChecksum', 'warning', 'The checksum of the base block is wrong.'],
  [
    'hiveBinsSize',
    'warning',
    'The base block states another size of the hive bins than the file has; it may be cut off.',
  ],
  ['hiveBinSignature', 'error', 'No hive bin stands where the chain of bins leads; reading goes on at the next one.'],
  ['hiveBinOffset', 'warning', 'A hive bin states another place than its own.'],
  ['hiveBinSize', 'error', 'A hive bin has an impossible size or is cut off.'],
  ['hiveCellSize', 'error', 'A cell has an impossible size; the rest of its bin cannot be read.'],
  ['hiveListMissing', 'error', 'A list of sub-keys does not exist; they are not shown.'],
  ['hiveListSignature', 'error', 'A list of sub-keys is none; they are not shown.'],
  ['hiveListLength', 'error', 'A list of sub-keys states more entries than fit into its cell.'],
  ['hiveListShared', 'warning', 'A list of sub-keys is used twice; the second use is left out.'],
  ['hiveListDepth', 'error', 'Lists of sub-keys are nested too deep; what lies deeper is left out.'],
  ['hiveSubkeyMissing', 'error', 'An entry of a list of sub-keys leads to no key.'],
  ['hiveSubkeyTwice', 'warning', 'A key stands in lists twice; the second place is left out.'],
  ['hiveSubkeyParent', 'warning', 'A key names another parent than the key that lists it.'],
  ['hiveSubkeyCount', 'warning', 'A key states another number of sub-keys than can be read.'],
  ['hiveValuesMissing', 'error', 'A list of values does not exist; they are not shown.'],
  ['hiveValuesLength', 'error', 'A key states more values than fit into its list.'],
  ['hiveValuesShared', 'warning', 'A list of values is used by two keys; the second use is left out.'],
  ['hiveValueMissing', 'error', 'An entry of a list of values leads to no value.'],
  ['hiveValueTwice', 'warning', 'A value stands in lists twice; the second place is left out.'],
  ['hiveValueData', 'error', 'The data of a value cannot be read.'],
  ['hiveNameLength', 'warning', 'A name is longer than its cell; it is cut.'],
  ['hiveSecurityMissing', 'warning', 'The security descriptor of a key does not exist.'],
  ['hivePredefinedHandle', 'warning', 'A key is a predefined handle; its values are not read.'],
  ['hiveDataShared', 'warning', 'Many values share the same data; the rest of them is not read.'],
  ['hiveClassMissing', 'warning', 'The class name of a key cannot be read.'],
];

export function findingOf(kind: number, offset: number, expected: number, actual: number): HiveFinding {
  const [code, severity, message] = KINDS[kind] ?? (['hiveUnknown', 'error', 'Something is wrong here.'] as const);
  return { code, severity, offset, message, expected, actual };
}

export function recoveredFinding({ entries, pages }: Recovery): HiveFinding {
  const message = 'The hive was not closed properly; its transaction logs have been applied in memory.';
  return { code: 'hiveRecovered', severity: 'info', offset: 4, message, expected: entries, actual: pages };
}

export function droppedFinding(dropped: number): HiveFinding {
  const message = 'More is wrong with this hive than is listed.';
  return { code: 'hiveFindingsDropped', severity: 'warning', offset: 0, message, expected: 0, actual: dropped };
}

/** @param logs how many lie beside the hive */
export function dirtyFinding(sequence1: number, sequence2: number, logs: number): HiveFinding {
  const message =
    logs === 0
      ? 'The hive was not closed properly, and no log lies beside it; the newest changes may be missing.'
      : 'The hive was not closed properly, and none of its logs goes on where it ends; the newest changes are missing.';
  return { code: 'hiveDirty', severity: 'warning', offset: 4, message, expected: sequence1, actual: sequence2 };
}

const LOG_MESSAGES: Readonly<Record<string, string>> = {
  mismatched: 'A transaction log does not go on where the hive ends; it is left aside.',
  damagedEntries: 'A transaction log holds no whole transaction; it is left aside.',
  damagedBase: 'The base block of a transaction log is damaged; the log is left aside.',
  tooLarge: 'A transaction log is larger than any log of Windows; it is left aside.',
  noLog: 'A file beside the hive is called its log and is none.',
};

/** Why a log of a dirty hive did not help; null where nothing is wrong with it. @param sequence where the hive ends */
export function logFinding({ index, verdict, first }: LogReport, sequence: number): HiveFinding | null {
  const message = LOG_MESSAGES[verdict];
  if (message === undefined) return null;
  return {
    code: 'hiveLogRefused',
    severity: 'info',
    offset: 8,
    message: `${message} (log ${index + 1})`,
    expected: sequence,
    actual: first ?? 0,
  };
}
