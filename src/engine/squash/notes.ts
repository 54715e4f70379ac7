/** What one layer cannot say of two: counted, with the first place of each kind. */
import type { Finding, Severity } from '../../base/findings.ts';

const KINDS = {
  bytesMissing: ['error', 'Files whose bytes are not in the image are left out; what lies below them shows again.'],
  nameUnwritable: [
    'error',
    'Names with an unpaired surrogate, a slash or a colon cannot stand in an archive; they are left out.',
  ],
  folderAbsent: ['error', 'Renamed entries that belong into folders that neither of the two layers has are left out.'],
  namesAlike: ['warning', 'Names that fall together in one folder of a layer: only the first of each is kept.'],
  caseElsewhere: [
    'warning',
    'Another layer decides whether case counts here: names of the two that differ by it alone may be told apart or not.',
  ],
  keysRenamed: [
    'warning',
    'Renamed keys show what one of the two layers has; a hive cannot say it of the layers below.',
  ],
  originsCut: ['error', 'Renamed directories show more of the lower layer than can be held; the rest is left out.'],
  valueUnreadable: ['error', 'Values whose data cannot be read are left out.'],
  streamUnreadable: ['error', 'Alternate streams whose names or bytes cannot be written are left out.'],
  shortNames: ['info', 'Short (8.3) names have no place in an archive.'],
  attributes: ['info', 'Extended attributes have no place in the archive.'],
  folderLinks: [
    'info',
    'Links to directories are written as links; the archive does not say that they are directories.',
  ],
  ruleTellsApart: [
    'warning',
    'Rules of this stack see one of the two layers and not the other here; of one layer they see all or nothing.',
  ],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>;
export type NoteKind = keyof typeof KINDS;

export class Notes {
  readonly #counts = new Map<NoteKind, { count: number; first: string }>();

  /** @param first where it was met: of many of a kind only the first is asked */
  add(kind: NoteKind, count: number, first: string | (() => string)): void {
    if (count === 0) return;
    const known = this.#counts.get(kind);
    if (known !== undefined) known.count += count;
    else this.#counts.set(kind, { count, first: typeof first === 'string' ? first : first() });
  }

  findings(source: string): Finding[] {
    return [...this.#counts].map(([kind, { count, first }]) => ({
      code: `squash${kind[0]!.toUpperCase()}${kind.slice(1)}`,
      severity: KINDS[kind][0],
      where: { source, offset: null },
      message: `${KINDS[kind][1]} (${count}, the first: ${first})`,
      facts: { count, first },
    }));
  }
}
