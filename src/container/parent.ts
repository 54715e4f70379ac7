/**
 * The parent of a differencing disk: what is read where the child holds nothing of its own. It is handed in by whoever
 * linked the files (by identity, not by name), as the disk it unwraps to, with its own parents below it.
 */
import type { FindingList } from '../base/findings.ts';
import type { Need, Resolve } from '../source/format.ts';
import { failAt, place } from '../source/place.ts';
import { emptyRun, type Run, storedRun } from '../source/run-list.ts';
import type { ByteSource } from '../source/types.ts';

/** What lies behind [offset, offset + length) of a child: a run that begins at `offset` and may be shorter. */
export type Behind = (offset: number, length: number) => Run;

/** Behind a disk without a parent are zeros. */
export const zerosBehind: Behind = (offset, length) => emptyRun('zero', offset, length);

/**
 * Behind a differencing disk is its parent, and zeros beyond the parent's end.
 * @param child the child's file; `offset` is the place in it that says it has a parent
 * @param size bytes of the child's disk
 * @throws FormatError MissingParent when nothing was found that fits
 */
export function parentBehind(
  child: ByteSource,
  offset: number,
  need: Need,
  resolve: Resolve,
  size: number,
  findings: FindingList,
): Behind {
  const [parent] = resolve(need);
  if (parent === undefined)
    failAt('MissingParent', child, offset, `${need.title}${identityText(need)}`, 'no such file among those opened');
  if (parent.size !== size)
    findings.add({
      code: 'parentSizeDiffers',
      severity: 'info',
      where: place(child, offset),
      message: 'The disk and its parent are of different sizes; beyond the end of the parent are zeros.',
      facts: { size, parentSize: parent.size },
    });
  return (at, length) => {
    const here = Math.min(length, parent.size - at);
    return here > 0 ? storedRun(at, here, parent, at) : emptyRun('zero', at, length);
  };
}

/** The need of a child for its parent. `names` are paths as the child states them, best first. */
export function parentNeed(match: Need['match'], names: readonly string[], title = titleOf(names)): Need {
  return { id: 'parent', kind: 'parent', want: 'disk', match, names, hashes: [], title, required: true };
}

function titleOf([name]: readonly string[]): string {
  return name === undefined ? 'the parent of no stored name' : `the parent "${name}"`;
}

/** ` with uniqueId ...`: what the best identity that is wanted says beyond the title. */
function identityText({ match, title }: Need): string {
  const facts = Object.entries(match[0] ?? {}).filter(
    ([key, value]) => key !== 'format' && value !== null && !title.includes(String(value)),
  );
  return facts.length === 0 ? '' : ` with ${facts.map(([key, value]) => `${key} ${value}`).join(' and ')}`;
}
