/** GUIDs: 16 bytes on disk, lower-case text without braces in memory. */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

const DIGITS = '0123456789abcdef';
const ASCII = new TextDecoder('latin1');
const SHORT = 48;

/** Lower-case hexadecimal text of bytes. */
export function hex(bytes: Uint8Array): string {
  if (bytes.length > SHORT) return longHex(bytes);
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Long texts glued of pieces are slow to flatten: the digits are written as bytes and made a text at once. */
function longHex(bytes: Uint8Array): string {
  const digits = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    digits[2 * i] = DIGITS.charCodeAt(byte >> 4);
    digits[2 * i + 1] = DIGITS.charCodeAt(byte & 15);
  }
  return ASCII.decode(digits);
}

/** Bytes of hexadecimal text; `text` must have an even number of hex digits. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** Microsoft's mixed-endian layout (Data1..3 little-endian): WIM, VHDX, GPT. */
export function guidLe(b: Uint8Array): string {
  const h = (i: number) => HEX[b[i]!]!;
  return `${h(3)}${h(2)}${h(1)}${h(0)}-${h(5)}${h(4)}-${h(7)}${h(6)}-${h(8)}${h(9)}-${hex(b.subarray(10, 16))}`;
}

/** Big-endian layout (RFC 4122 byte order): VHD unique ids. */
export function guidBe(b: Uint8Array): string {
  const t = hex(b.subarray(0, 16));
  return `${t.slice(0, 8)}-${t.slice(8, 12)}-${t.slice(12, 16)}-${t.slice(16, 20)}-${t.slice(20)}`;
}

/** Inverse of `guidLe`. */
export function guidLeBytes(text: string): Uint8Array {
  const b = fromHex(text.replaceAll('-', ''));
  return Uint8Array.from([b[3]!, b[2]!, b[1]!, b[0]!, b[5]!, b[4]!, b[7]!, b[6]!, ...b.subarray(8)]);
}
