/** UTF-16 helpers that keep lone surrogates, which file and key names may hold and TextDecoder replaces. */

/** Text of `length` code units from `units`. Long runs are cut so that no call has too many arguments. */
export function fromUnits(units: Uint16Array, start = 0, length = units.length - start): string {
  if (length <= 4096)
    return String.fromCharCode.apply(null, units.subarray(start, start + length) as unknown as number[]);
  let text = '';
  for (let i = start; i < start + length; i += 4096) text += fromUnits(units, i, Math.min(4096, start + length - i));
  return text;
}

export function toUnits(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

/** UTF-16LE bytes of text, for builders and writers. */
export function utf16leBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
  return bytes;
}

/** True when the text has no unpaired surrogate, so that UTF-8 and JSON can carry it. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
