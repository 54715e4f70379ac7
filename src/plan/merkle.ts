/**
 * SHA-256 tree over a list of hashes. Leaves and nodes have different prefixes (0x00, 0x01), so that no inner node can be
 * passed off as a leaf; an odd node at the end of a row moves up unchanged. The root of nothing is SHA-256 of nothing.
 */

/** SHA-256 by the platform, handed in by the engine. */
export type Sha256 = (bytes: Uint8Array) => Promise<Uint8Array>;

function prefixed(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param hashes 32 bytes each, in list order */
export async function merkleRoot(hashes: readonly Uint8Array[], sha256: Sha256): Promise<Uint8Array> {
  if (hashes.length === 0) return sha256(new Uint8Array(0));
  let row = await Promise.all(hashes.map((hash) => sha256(prefixed(0, hash))));
  while (row.length > 1) {
    const up: Promise<Uint8Array>[] = [];
    for (let i = 0; i < row.length; i += 2)
      up.push(i + 1 < row.length ? sha256(prefixed(1, row[i]!, row[i + 1]!)) : Promise.resolve(row[i]!));
    row = await Promise.all(up);
  }
  return row[0]!;
}
