/**
 * How many blocks of a disk begin inside another: damage or a forged table, since no writer lets blocks share bytes.
 * @param starts offsets in the file in bytes; sorted in place
 */
export function countOverlaps(starts: Float64Array, blockLength: number): number {
  starts.sort();
  let shared = 0;
  for (let i = 1; i < starts.length; i++) if (starts[i]! - starts[i - 1]! < blockLength) shared++;
  return shared;
}
