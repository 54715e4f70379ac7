/**
 * Trees of the reference model as trees of layers: a directory's metadata stands as a number in the `allocated` column, a file's
 * identity in `size`.
 */
import type { FileMarker } from '../layer/types.ts';
import { dir, file, type TreeSpec } from './chunks.ts';
import type { RefKids, RefNode } from './reference/files.ts';

const codes = new Map<string, number>();

function code(text: string): number {
  if (!codes.has(text)) codes.set(text, codes.size + 1);
  return codes.get(text)!;
}

/** The text that a number of those columns stands for. */
export const textOf = (number: number): string => [...codes].find(([, n]) => n === number)?.[0] ?? '?';

/** A layer whose entry `top` is the node; an empty one for null. */
export function modelLayer(node: RefNode | null): { tree: TreeSpec; markers: FileMarker[] } {
  const markers: FileMarker[] = [];
  const kidsOf = (kids: RefKids, path: string[]): TreeSpec => {
    const spec: Record<string, TreeSpec[string]> = {};
    for (const [name, kid] of Object.entries(kids)) {
      const at = [...path, name];
      if (kid.type === 'whiteout') markers.push({ kind: 'whiteout', path: at });
      else if (kid.type === 'file') spec[name] = file({ size: code(kid.id) });
      else {
        if (kid.opaque) markers.push({ kind: 'opaque', path: at });
        spec[name] = dir({ allocated: code(kid.meta) }, kidsOf(kid.kids, at));
      }
    }
    return spec;
  };
  return { tree: kidsOf(node === null ? {} : { top: node }, []), markers };
}
