/** The one error type: what stops the reading of a hive, with the place, what was expected and what is there. */

export type HivexErrorCode =
  | 'InvalidSignature'
  | 'InvalidReference'
  | 'InvalidData'
  | 'InvalidArgument'
  | 'UnsupportedVersion'
  | 'UnsupportedFeature'
  | 'UnsupportedSize'
  | 'UnexpectedEnd'
  | 'UnexpectedTrap'
  | 'MissingItem';

export class HivexError extends Error {
  override readonly name = 'HivexError';
  readonly code: HivexErrorCode;
  /** Bytes from the start of the hive file. */
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;

  constructor(code: HivexErrorCode, offset: number, expected: string, actual: unknown, options?: ErrorOptions) {
    super(`${code}: at 0x${offset.toString(16)}: expected ${expected}, found ${String(actual)}`, options);
    this.code = code;
    this.offset = offset;
    this.expected = expected;
    this.actual = String(actual);
  }
}
