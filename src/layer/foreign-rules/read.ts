/** Which rule file bytes are, by what they say: names are for people. */
import { looksLikeAssignments } from './assignments.ts';
import { looksLikeMaskRules } from './masking.ts';
import { looksLikeRedirections } from './redirections.ts';
import { looksLikeSnapvol } from './snapvol.ts';
import { decodeRuleText } from './text.ts';

export type ForeignKind = 'appMasking' | 'assignments' | 'redirections' | 'snapvol';

const HEAD = 64 << 10;

/** Null when they are none of another product's. */
export function recogniseRules(bytes: Uint8Array): ForeignKind | null {
  const text = decodeRuleText(bytes.subarray(0, HEAD));
  if (looksLikeRedirections(text)) return 'redirections';
  if (looksLikeAssignments(text)) return 'assignments';
  if (looksLikeMaskRules(text)) return 'appMasking';
  return looksLikeSnapvol(text) ? 'snapvol' : null;
}
