/** When is an upper file the same as the one below, and a folder unchanged (6b.2)? */
import { NodeFlag } from '../../fs/types.ts';
import type { Compare } from '../resolve.ts';
import { Evidence, NodeState } from '../types.ts';
import type { FileLayer } from './layer.ts';

/**
 * Attributes that say something about a folder. Archive, temporary, compressed, sparse, offline and not-indexed follow from
 * how a layer was made or stored.
 */
const FOLDER_ATTRIBUTES = 0x1 | 0x2 | 0x4;

const result = (state: NodeState, evidence: Evidence) => state | (evidence << 4);

/**
 * Files: equal stated hashes, two empty files, or equal size and modification time are `same`; the evidence says which.
 * Folders: read-only, hidden, system and the case flag count as own metadata. Times do not: a folder's time changes
 * with every entry below it, which those entries show themselves.
 */
export function compareFiles(layers: readonly FileLayer[]): Compare {
  return (upperLayer, upper, lowerLayer, lower, leaf) => {
    const a = layers[upperLayer]!.table?.data;
    const b = layers[lowerLayer]!.table?.data;
    if (a === undefined || b === undefined) return result(NodeState.overrides, Evidence.unknown);
    if (!leaf) {
      // a folder on the way to where a store has its files says nothing of its own
      if (a.ref[upper]! < 0) return result(NodeState.unchanged, Evidence.none);
      const differ =
        ((a.attributes[upper]! ^ b.attributes[lower]!) & FOLDER_ATTRIBUTES) !== 0 ||
        ((a.flags[upper]! ^ b.flags[lower]!) & NodeFlag.caseSensitive) !== 0;
      return result(differ ? NodeState.overrides : NodeState.unchanged, Evidence.none);
    }
    if (a.reparseTag[upper] !== b.reparseTag[lower] && ((a.flags[upper]! | b.flags[lower]!) & NodeFlag.link) !== 0)
      return result(NodeState.overrides, Evidence.none);
    if (a.size[upper] !== b.size[lower]) return result(NodeState.overrides, Evidence.size);
    const stated = (a.hashHi[upper] !== 0 || a.hashLo[upper] !== 0) && (b.hashHi[lower] !== 0 || b.hashLo[lower] !== 0);
    if (stated) {
      const equal = a.hashHi[upper] === b.hashHi[lower] && a.hashLo[upper] === b.hashLo[lower];
      return result(equal ? NodeState.same : NodeState.overrides, Evidence.hash);
    }
    const link = (a.flags[upper]! & NodeFlag.link) !== 0;
    if (a.size[upper] === 0 && !link) return result(NodeState.same, Evidence.size);
    const sameTime = a.modifiedLo[upper] === b.modifiedLo[lower] && a.modifiedHi[upper] === b.modifiedHi[lower];
    return sameTime ? result(NodeState.same, Evidence.sizeTime) : result(NodeState.overrides, Evidence.unknown);
  };
}
