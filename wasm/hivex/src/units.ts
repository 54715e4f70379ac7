/** UTF-16 as it stands in a hive. */

/** Text of at most `units` units that a NUL ends. */
export function zeroEnded(view: DataView, at: number, units: number): string {
  let all = '';
  for (let i = 0; i < units; i++) {
    const unit = view.getUint16(at + i * 2, true);
    if (unit === 0) break;
    all += String.fromCharCode(unit);
  }
  return all;
}

export function toUnits(data: Uint8Array): Uint16Array {
  const units = new Uint16Array(data.byteLength >> 1);
  for (let i = 0; i < units.length; i++) units[i] = data[i * 2]! | (data[i * 2 + 1]! << 8);
  return units;
}
