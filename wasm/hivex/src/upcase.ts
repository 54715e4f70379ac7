/**
 * Upper case unit by unit, as the registry compares, sorts and hashes: no name changes its length. Only pairs that lead
 * back (a to A to a) count, which keeps out what Unicode maps and Windows does not (dotless i, long s, final sigma).
 */
const table = new Uint16Array(65_536);
let filled = false;

function fill(): void {
  for (let unit = 0; unit < 65_536; unit++) {
    const text = String.fromCharCode(unit);
    const upper = text.toUpperCase();
    const single = upper.length === 1 && upper.toLowerCase() === text;
    table[unit] = single ? upper.charCodeAt(0) : unit;
  }
  filled = true;
}

/** The table, 65,536 units. */
export function upcaseTable(): Uint16Array {
  if (!filled) fill();
  return table;
}

export function upcase(name: string, units: Uint16Array = upcaseTable()): string {
  let all = '';
  for (let i = 0; i < name.length; i++) all += String.fromCharCode(units[name.charCodeAt(i)]!);
  return all;
}
