/**
 * The case table of Windows: which of 65,536 UTF-16 code units is the capital of which.
 *
 * NTFS keeps the table on the volume (`$UpCase`, 131,072 bytes); WIM and the registry have none and use the system's.
 * The table below is the one that current Windows (and mkntfs) writes: a dozen NTFS volumes seen carry these very bytes
 * (SHA-256 41c26bc7...). Older systems wrote others; the one on a Vista-time boot.sdi differs in 339 units. It maps
 * unit to unit: no normalisation, no surrogates, no lengths that change. `toUpperCase()` does all three and must not be used.
 *
 * Written as runs: `61+26:-32` = 26 units from U+0061, each 32 lower; `/` = every second unit.
 */
const RUNS = `
  61+26:-32 e0+23:-32 f8+7:-32 ff:121 101/24:-1 133/3:-1 13a/8:-1 14b/23:-1 17a/3:-1 180:195 183/2:-1 188:-1
  18c:-1 192:-1 195:97 199:-1 19a:163 19e:130 1a1/3:-1 1a8:-1 1ad:-1 1b0:-1 1b4/2:-1 1b9:-1 1bd:-1 1bf:56 1c6:-2
  1c9:-2 1cc:-2 1ce/8:-1 1dd:-79 1df/9:-1 1f3:-2 1f5:-1 1f9/20:-1 223/9:-1 23c:-1 242:-1 247/5:-1 250:10783
  251:10780 253:-210 254:-206 256+2:-205 259:-202 25b:-203 260:-205 263:-207 268:-209 269:-211 26b:10743 26f:-211
  271:10749 272:-213 275:-214 27d:10727 280:-218 283:-218 288:-218 289:-69 28a+2:-217 28c:-71 292:-219 371/2:-1
  377:-1 37b+3:130 3ac:-38 3ad+3:-37 3b1+17:-32 3c3+9:-32 3cc:-64 3cd+2:-63 3d7:-8 3d9/12:-1 3f2:7 3f8:-1 3fb:-1
  430+32:-32 450+16:-80 461/17:-1 48b/27:-1 4c2/7:-1 4cf:-15 4d1/42:-1 561+38:-48 1d79:35332 1d7d:3814 1e01/75:-1
  1ea1/48:-1 1f00+8:8 1f10+6:8 1f20+8:8 1f30+8:8 1f40+6:8 1f51/4:8 1f60+8:8 1f70+2:74 1f72+4:86 1f76+2:100
  1f78+2:128 1f7a+2:112 1f7c+2:126 1f80+8:8 1f90+8:8 1fa0+8:8 1fb0+2:8 1fb3:9 1fc3:9 1fd0+2:8 1fe0+2:8 1fe5:7
  1ff3:9 214e:-28 2170+16:-16 2184:-1 24d0+26:-26 2c30+47:-48 2c61:-1 2c65:-10795 2c66:-10792 2c68/3:-1 2c73:-1
  2c76:-1 2c81/50:-1 2d00+38:-7264 a641/16:-1 a663/6:-1 a681/12:-1 a723/7:-1 a733/31:-1 a77a/2:-1 a77f/5:-1
  a78c:-1 ff41+26:-32
`;

let table: Uint16Array | null = null;

/** The table, expanded once. Callers must not write to it. */
export function windowsUpcase(): Uint16Array {
  table ??= expand(RUNS);
  return table;
}

function expand(runs: string): Uint16Array {
  const units = Uint16Array.from({ length: 65_536 }, (_, unit) => unit);
  for (const run of runs.trim().split(/\s+/)) {
    const match = /^([0-9a-f]+)(?:([+/])(\d+))?:(-?\d+)$/.exec(run);
    if (match === null) throw new Error(`unreadable run ${run} in the case table`);
    const step = match[2] === '/' ? 2 : 1;
    let unit = Number.parseInt(match[1]!, 16);
    for (let n = Number(match[3] ?? 1); n > 0; n--, unit += step) units[unit] = unit + Number(match[4]);
  }
  return units;
}

/** `text` with each unit mapped through `upcase`: equal results are equal names. */
export function foldText(text: string, upcase: Uint16Array): string {
  let folded = '';
  for (let i = 0; i < text.length; i++) folded += String.fromCharCode(upcase[text.charCodeAt(i)]!);
  return folded;
}
