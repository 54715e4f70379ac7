/** LZNT1, encoded: literals, and the longest match within the last 64 bytes. Chunks that do not shrink are stored. */
export function encodeLznt1(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let start = 0; start < bytes.length; start += 4096) {
    const chunk = bytes.subarray(start, start + 4096);
    const data: number[] = [];
    for (let at = 0; at < chunk.length; ) {
      const flagAt = data.push(0) - 1;
      for (let item = 0; item < 8 && at < chunk.length; item++) {
        let bits = 12;
        for (let rest = at - 1; rest >= 16; rest >>= 1) bits--;
        let best = 0;
        let distance = 0;
        for (let d = 1; d <= Math.min(at, 64); d++) {
          let n = 0;
          while (at + n < chunk.length && n < (1 << bits) + 2 && chunk[at + n] === chunk[at + n - d]) n++;
          if (n > best && d <= 1 << (16 - bits)) {
            best = n;
            distance = d;
          }
        }
        if (best >= 3) {
          const token = ((distance - 1) << bits) | (best - 3);
          data[flagAt] = data[flagAt]! | (1 << item);
          data.push(token & 255, token >> 8);
          at += best;
        } else data.push(chunk[at++]!);
      }
    }
    const stored = data.length >= chunk.length;
    const body = stored ? [...chunk] : data;
    const header = (stored ? 0x3000 : 0xb000) | (body.length - 1);
    out.push(header & 255, header >> 8, ...body);
  }
  return Uint8Array.from(out);
}
