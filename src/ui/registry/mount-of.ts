/** Which hive a key lies in. Pure. */
import type { HiveMountInfo } from '../../engine/api.ts';

/** The mount with the longest path at or above `path`. */
export function mountOf(mounts: readonly HiveMountInfo[], path: string): HiveMountInfo | null {
  const upper = `${path.toUpperCase()}\\`;
  let best: HiveMountInfo | null = null;
  for (const mount of mounts)
    if (upper.startsWith(`${mount.path.toUpperCase()}\\`) && mount.path.length > (best?.path.length ?? 0)) best = mount;
  return best;
}
