/** What the engine saw and went past, as plain data with a sentence. Bounded: a hostile hive cannot fill memory with it. */

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
