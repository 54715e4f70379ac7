/** CRC-32 and CRC-32C by one table each: what builders write, and a second opinion on the kernels. */
const TABLES = { crc32: table(0xedb88320), crc32c: table(0x82f63b78) } as const;

function table(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

export function plainCrc(kind: keyof typeof TABLES, bytes: Uint8Array): number {
  const entries = TABLES[kind];
  let value = ~0;
  for (let i = 0; i < bytes.length; i++) value = entries[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
