/**
 * The closed catalogue of what can be wrong with an input, and the one error type that says so.
 *
 * A message is built from four facts: the code, where (source and absolute offset in the user's own file), what was
 * expected and what is there. Parsers throw FormatError for what stops them; what they skip becomes a Finding.
 */

/** Codes begin with what kind of wrong it is: Invalid, Unsupported, Unexpected, Missing. `Cancelled` is not a fault. */
export type ErrorCode =
  | 'InvalidSignature'
  | 'InvalidChecksum'
  | 'InvalidHeader'
  | 'InvalidOffset'
  | 'InvalidLength'
  | 'InvalidCount'
  | 'InvalidName'
  | 'InvalidData'
  | 'InvalidReference'
  | 'InvalidArgument'
  | 'UnsupportedFormat'
  | 'UnsupportedVersion'
  | 'UnsupportedFeature'
  | 'UnsupportedSize'
  | 'UnexpectedEnd'
  | 'UnexpectedLoop'
  | 'UnexpectedChange'
  | 'UnexpectedTrap'
  | 'MissingPart'
  | 'MissingParent'
  | 'MissingData'
  | 'MissingItem'
  | 'Cancelled';

/** A place in the user's input. `offset` is in bytes from the start of `source`, null when no single place is meant. */
export interface Where {
  readonly source: string;
  readonly offset: number | null;
}

/** A fact that belongs to an error, as plain data that survives structured clone and JSON. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly where: Where;
  readonly expected: string;
  readonly actual: string;
}

/** `0x1f40` for an offset; offsets are shown in hexadecimal as every tool of this field does. */
export function hexOffset(offset: number): string {
  return `0x${offset.toString(16)}`;
}

function sentence({ code, where, expected, actual }: ErrorData): string {
  const place = where.offset === null ? where.source : `${where.source} at ${hexOffset(where.offset)}`;
  return `${code}: ${place}: expected ${expected}, found ${actual}`;
}

/** What stops the reading of a structure. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: ErrorCode;
  readonly where: Where;
  readonly expected: string;
  readonly actual: string;

  constructor(data: ErrorData, options?: ErrorOptions) {
    super(sentence(data), options);
    this.code = data.code;
    this.where = data.where;
    this.expected = data.expected;
    this.actual = data.actual;
  }

  /** Plain data for crossing a thread; `FormatError.from(data)` revives it on the other side. */
  toData(): ErrorData {
    return { code: this.code, where: this.where, expected: this.expected, actual: this.actual };
  }

  static from(data: ErrorData): FormatError {
    return new FormatError(data);
  }
}

/** Throws a FormatError; written as one call so that a check stays one line. */
export function fail(code: ErrorCode, source: string, offset: number | null, expected: string, actual: unknown): never {
  throw new FormatError({ code, where: { source, offset }, expected, actual: String(actual) });
}

/** True for the error a cancelled piece of work ends with. */
export function isCancelled(error: unknown): boolean {
  return error instanceof FormatError && error.code === 'Cancelled';
}
