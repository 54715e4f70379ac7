/** A disk with an NTFS volume at three points in its life: the states of a chain, of equal size. */
import { buildNtfs } from './ntfs-builder.ts';

const SIZE = 3 << 20;
const text = (words: string) => new TextEncoder().encode(words);
/** What `notes.txt` says at each point. */
export const NOTES: readonly string[] = ['first', 'second, and longer', 'third'];

/** At point `i` there are `notes.txt` and `0.txt` to `<i>.txt`. */
export function volumeStates(): Uint8Array[] {
  return NOTES.map((notes, i) => {
    const made = Array.from({ length: i + 1 }, (_, n) => ({ name: `${n}.txt`, data: text(`made at ${n}`) }));
    return buildNtfs({ size: SIZE, label: 'data', root: [{ name: 'notes.txt', data: text(notes) }, ...made] });
  });
}
