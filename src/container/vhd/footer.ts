/** Finds the footer of a VHD: at the end in 512 or 511 bytes, or its copy at the start. */
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import {
  DISK_TYPE_NAMES,
  DiskType,
  FOOTER_COOKIE,
  FOOTER_SIZE,
  type Footer,
  OLD_FOOTER_SIZE,
  readFooter,
} from './structures.ts';

export interface Found {
  readonly footer: Footer;
  /** Where the footer that rules stands. */
  readonly offset: number;
  /** Where the footer at the end begins: the end of what is stored. */
  readonly end: number;
}

/** The footer that rules: a right one at the end, else a right copy at 0, else whichever has the cookie. */
export function findFooter(source: ByteSource, findings: FindingList): Found {
  const atEnd = [FOOTER_SIZE, OLD_FOOTER_SIZE].flatMap((length) => footerAt(source, source.size - length, length));
  const end = atEnd[0]?.offset ?? source.size;
  const copy = footerAt(source, 0, FOOTER_SIZE).filter(({ footer }) => footer.diskType !== DiskType.fixed);
  const candidates = [...atEnd, ...copy];
  const best = candidates.find(({ footer }) => footer.checksumOk) ?? candidates[0];
  if (best === undefined)
    failAt('InvalidSignature', source, Math.max(0, source.size - FOOTER_SIZE), `"${FOOTER_COOKIE}"`, 'no footer');
  if (!best.footer.checksumOk || (atEnd[0] !== undefined && !atEnd[0].footer.checksumOk))
    findings.add({
      code: 'vhdFooterChecksum',
      severity: 'warning',
      where: place(source, (atEnd[0] ?? best).offset + 64),
      message: 'The checksum of the footer is wrong; its fields may be damaged.',
    });
  if (
    best === atEnd[0] &&
    best.footer.checksumOk &&
    best.footer.diskType !== DiskType.fixed &&
    !copy[0]?.footer.checksumOk
  )
    findings.add({
      code: 'vhdFooterCopyDamaged',
      severity: 'info',
      where: place(source, 0),
      message: 'The copy of the footer at the start is missing or damaged; the footer at the end is used.',
    });
  if (best.offset === 0)
    findings.add({
      code: 'vhdFooterCopyUsed',
      severity: 'warning',
      where: place(source, end),
      message: 'The footer at the end is missing or damaged; its copy at the start is used.',
    });
  return { ...best, end };
}

function footerAt(source: ByteSource, offset: number, length: number): { footer: Footer; offset: number }[] {
  if (offset < 0 || length > source.size - offset) return [];
  // sizes that no file can have, or an end that is missing: this one cannot rule, the other may
  const footer = attempt(() => {
    const view = readView(source, offset, length);
    return view.ascii(0, 8) === FOOTER_COOKIE ? readFooter(view) : null;
  });
  return isSound(footer) && footer !== null ? [{ footer, offset }] : [];
}

/** @throws FormatError UnsupportedVersion, or UnsupportedFeature for an unknown disk type */
export function checkFooter(source: ByteSource, { footer, offset }: Found, findings: FindingList): void {
  if (footer.formatVersion >>> 16 !== 1)
    failAt('UnsupportedVersion', source, offset + 12, 'version 1', footer.formatVersion >>> 16);
  if (DISK_TYPE_NAMES[footer.diskType] === undefined)
    failAt(
      'UnsupportedFeature',
      source,
      offset + 60,
      'a fixed, dynamic or differencing disk',
      `disk type ${footer.diskType}`,
    );
  if (footer.savedState)
    findings.add({
      code: 'vhdSavedState',
      severity: 'info',
      where: place(source, offset + 84),
      message: 'The disk belongs to a machine that was in saved state; what its memory held is not on the disk.',
    });
}
