/**
 * Extended attributes of Windows ($EA of NTFS, BACKUP_EA_DATA of a backup), one FILE_FULL_EA_INFORMATION after the other ([MS-FSCC] 2.4.15).
 *
 *     00 NextEntryOffset u32 (0: last)  04 Flags u8 (80: needed)  05 EaNameLength u8  06 EaValueLength u16
 *     08 name in ASCII, NUL, value; the next entry is aligned to 4
 *
 * WSL keeps the owner, group, mode and device of Linux in $LXUID, $LXGID, $LXMOD (u32 each) and $LXDEV (major, minor).
 */
import { Bytes } from '../base/bytes.ts';
import { FormatError } from '../base/errors.ts';
import type { Fact, Facts } from '../base/findings.ts';
import { hex } from '../base/guid.ts';

const NEED_EA = 0x80;
const HEADER = 8;
const LINUX: readonly (readonly [string, string])[] = [
  ['$LXUID', 'uid'],
  ['$LXGID', 'gid'],
  ['$LXMOD', 'mode'],
];

interface Ea {
  readonly name: string;
  readonly needed: boolean;
  readonly value: Uint8Array;
}

/** Entries up to the first that is damaged. */
function parseEas(data: Uint8Array): { list: Ea[]; damaged: boolean } {
  const bytes = new Bytes(data, '$EA');
  const list: Ea[] = [];
  try {
    for (let at = 0; bytes.length - at >= HEADER; ) {
      const [next, nameLength, valueLength] = [bytes.u32(at), bytes.u8(at + 5), bytes.u16(at + 6)];
      const value = at + HEADER + nameLength + 1;
      list.push({
        name: bytes.ascii(at + HEADER, nameLength),
        needed: (bytes.u8(at + 4) & NEED_EA) !== 0,
        value: bytes.slice(value, valueLength),
      });
      if (next === 0) return { list, damaged: false };
      if (next < value + valueLength - at || next > bytes.length - at) return { list, damaged: true };
      at += next;
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { list, damaged: true };
  }
  return { list, damaged: false };
}

function linuxFacts(list: readonly Ea[]): Facts {
  const word = (name: string, index = 0): number | null => {
    const value = list.find((ea) => ea.name === name)?.value;
    return value === undefined || value.length < index * 4 + 4 ? null : new Bytes(value, name).u32(index * 4);
  };
  const unix: Record<string, Fact> = {};
  for (const [name, key] of LINUX) {
    const value = word(name);
    if (value !== null) unix[key] = key === 'mode' ? `0${value.toString(8)}` : value;
  }
  const [major, minor] = [word('$LXDEV'), word('$LXDEV', 1)];
  if (major !== null && minor !== null) unix['device'] = `${major}:${minor}`;
  return Object.keys(unix).length === 0 ? {} : { unix };
}

/** The attributes with their values in hexadecimal, and what WSL keeps in them. */
export function eaFacts(data: Uint8Array): Facts {
  const { list, damaged } = parseEas(data);
  const extendedAttributes = list.map(({ name, needed, value }) => ({
    name,
    ...(needed ? { needed } : {}),
    value: hex(value),
  }));
  return { extendedAttributes, ...linuxFacts(list), ...(damaged ? { extendedAttributesDamaged: true } : {}) };
}
