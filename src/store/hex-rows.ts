/** Bytes as rows of a hex view: offset, cells, ASCII. Pure. */

export interface HexCell {
  readonly hex: string;
  readonly char: string;
  readonly zero: boolean;
}
export interface HexRow {
  readonly offset: string;
  readonly cells: readonly HexCell[];
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).toUpperCase().padStart(2, '0'));

export function hexRows(bytes: Uint8Array, base: number, width: number): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const cells: HexCell[] = [];
    for (const byte of bytes.subarray(at, at + width))
      cells.push({
        hex: HEX[byte]!,
        char: byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
        zero: byte === 0,
      });
    rows.push({ offset: (base + at).toString(16).toUpperCase().padStart(8, '0'), cells });
  }
  return rows;
}

/** `0x1f40`, `1F40h` and `8000`: an offset as people type it; null when it is none. */
export function parseOffset(text: string): number | null {
  const clean = text.trim().replaceAll(/[_\s,]/g, '');
  const hex = /^0x([0-9a-f]+)$/i.exec(clean) ?? /^([0-9a-f]+)h$/i.exec(clean);
  const value = hex !== null ? Number.parseInt(hex[1]!, 16) : /^\d+$/.test(clean) ? Number(clean) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
