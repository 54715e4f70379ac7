/** From hivex-wasm's words to this house's: errors and findings with their place in the user's own file. */
import { type HiveFinding, HivexError } from 'hivex-wasm';
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';

/** Runs `work`; an error of the engine becomes a FormatError with its place in the user's file. */
export function translated<T>(source: ByteSource, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HivexError)) throw error;
    const { code, expected, actual } = error;
    throw new FormatError({ code, where: place(source, error.offset), expected, actual }, { cause: error });
  }
}

export function toFinding(source: ByteSource, finding: HiveFinding): Finding {
  const { code, severity, message, expected, actual } = finding;
  return { code, severity, where: place(source, finding.offset), message, facts: { expected, actual } };
}

/** Findings of a walk or of lines, and how many more there were. */
export function scanFindings(source: ByteSource, findings: readonly HiveFinding[], dropped: number): Finding[] {
  const all = findings.map((finding) => toFinding(source, finding));
  if (dropped > 0)
    all.push({
      code: 'hiveFindingsDropped',
      severity: 'warning',
      where: { source: source.name, offset: null },
      message: 'More is wrong with this hive than is listed.',
      facts: { dropped },
    });
  return all;
}
