/** A volume that is larger than the image that holds it. */
import type { FindingList } from '../base/findings.ts';
import type { ByteSource } from '../source/types.ts';

/** Tells of it when it is so. @param size bytes that the volume states */
export function tellTruncated(findings: FindingList, code: string, source: ByteSource, size: number): void {
  if (size <= source.size) return;
  findings.add({
    code,
    severity: 'warning',
    where: { source: source.name, offset: source.size },
    message: 'The image ends before the volume does; what lies behind its end is missing.',
    facts: { expected: size, actual: source.size },
  });
}
