/**
 * SECURITY_DESCRIPTOR, self-relative ([MS-DTYP] 2.4.6), in words and as SDDL.
 *
 *     0 revision  1 sbz1  2 control  4 owner  8 group  12 SACL  16 DACL        offsets from the start, 0: not there
 *     ACL  0 revision  2 size  4 number of ACEs      ACE  0 type 1 flags 2 size  4 mask  [object GUIDs]  SID
 *     SID  0 revision  1 number of sub-authorities  2 authority (48 bits, big-endian)  8 sub-authorities
 *
 * The bytes come from images: offsets may point anywhere and sizes may lie. What can be read is read; what cannot makes
 * the result `damaged` and is left out.
 */
import { guidLe } from '../base/guid.ts';
import { rightsText, rightsWords } from './access-rights.ts';
import { sidAlias, sidName } from './well-known-sids.ts';

export interface Sid {
  /** `S-1-5-18` */
  readonly text: string;
  /** `SYSTEM`; null for what is not well known. */
  readonly name: string | null;
}

export interface Ace {
  /** `allow`, `deny`, `audit`, `alarm`, `label` ..., or `type 0x..`. */
  readonly kind: string;
  readonly sid: Sid | null;
  readonly mask: number;
  /** The mask in words: `full control`, or the single rights. */
  readonly rights: readonly string[];
  /** Inheritance in words: `this key and below`, `inherited` ... */
  readonly flags: readonly string[];
  readonly objectType: string | null;
  readonly inheritedObjectType: string | null;
}

export interface SecurityDescriptor {
  readonly owner: Sid | null;
  readonly group: Sid | null;
  /** Null: no DACL, so everyone may do everything. Empty: nobody may do anything. */
  readonly dacl: readonly Ace[] | null;
  readonly sacl: readonly Ace[] | null;
  readonly control: number;
  readonly sddl: string;
  /** Something in it could not be read and is left out. */
  readonly damaged: boolean;
}

const DACL_PRESENT = 0x0004;
const SACL_PRESENT = 0x0010;

/** Of one ACL; more than 64 KiB of ACEs cannot be stored, and the smallest takes eight bytes. */
const MAX_ACES = 8192;

const KINDS: Record<number, readonly [word: string, sddl: string]> = {
  0: ['allow', 'A'],
  1: ['deny', 'D'],
  2: ['audit', 'AU'],
  3: ['alarm', 'AL'],
  5: ['allow', 'OA'],
  6: ['deny', 'OD'],
  7: ['audit', 'OU'],
  8: ['alarm', 'OL'],
  9: ['allow', 'XA'],
  10: ['deny', 'XD'],
  11: ['allow', 'ZA'],
  13: ['audit', 'XU'],
  17: ['label', 'ML'],
  18: ['attribute', 'RA'],
  19: ['policy', 'SP'],
};
const OBJECT_KINDS = new Set([0x05, 0x06, 0x07, 0x08, 0x0b]);

const ACE_FLAGS: readonly (readonly [bit: number, word: string, sddl: string])[] = [
  [0x01, 'inherited by files', 'OI'],
  [0x02, 'inherited by folders and keys', 'CI'],
  [0x04, 'one level only', 'NP'],
  [0x08, 'children only', 'IO'],
  [0x10, 'inherited', 'ID'],
  [0x40, 'success', 'SA'],
  [0x80, 'failure', 'FA'],
];

/** @param kind whose rights the masks are, for their words */
export function readSecurityDescriptor(bytes: Uint8Array, kind: 'file' | 'key'): SecurityDescriptor {
  return new Reader(bytes, kind).read();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #kind: 'file' | 'key';
  #damaged = false;

  constructor(bytes: Uint8Array, kind: 'file' | 'key') {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#kind = kind;
  }

  read(): SecurityDescriptor {
    if (this.#bytes.length < 20) return { ...NOTHING, damaged: true };
    const control = this.#view.getUint16(2, true);
    const owner = this.#sidAt(this.#view.getUint32(4, true), this.#bytes.length);
    const group = this.#sidAt(this.#view.getUint32(8, true), this.#bytes.length);
    const sacl = control & SACL_PRESENT ? this.#acl(this.#view.getUint32(12, true)) : null;
    const dacl = control & DACL_PRESENT ? this.#acl(this.#view.getUint32(16, true)) : null;
    const sddl =
      (owner === null ? '' : `O:${sddlSid(owner)}`) +
      (group === null ? '' : `G:${sddlSid(group)}`) +
      (control & DACL_PRESENT
        ? `D:${aclFlags(control >> 10, control >> 12)}${aclText(dacl, 'NO_ACCESS_CONTROL')}`
        : '') +
      (control & SACL_PRESENT ? `S:${aclFlags(control >> 11, control >> 13)}${aclText(sacl, '')}` : '');
    const words = (acl: readonly RawAce[] | null) => acl?.map(({ sddl: _, ...ace }) => ace) ?? null;
    return { owner, group, dacl: words(dacl), sacl: words(sacl), control, sddl, damaged: this.#damaged };
  }

  #sidAt(at: number, end: number): Sid | null {
    if (at === 0) return null;
    const parts = at > end - 8 || at < 0 ? 0 : this.#bytes[at + 1]!;
    if (at > end - 8 || this.#bytes[at] !== 1 || parts > 15 || at + 8 + parts * 4 > end) {
      this.#damaged = true;
      return null;
    }
    const authority = this.#view.getUint16(at + 2, false) * 2 ** 32 + this.#view.getUint32(at + 4, false);
    let text = `S-1-${authority < 2 ** 32 ? authority : `0x${authority.toString(16)}`}`;
    for (let i = 0; i < parts; i++) text += `-${this.#view.getUint32(at + 8 + i * 4, true)}`;
    return { text, name: sidName(text) };
  }

  #acl(at: number): RawAce[] | null {
    if (at === 0) return null;
    const aces: RawAce[] = [];
    if (at > this.#bytes.length - 8) {
      this.#damaged = true;
      return aces;
    }
    const end = Math.min(this.#bytes.length, at + this.#view.getUint16(at + 2, true));
    const count = this.#view.getUint16(at + 4, true);
    let next = at + 8;
    for (let i = 0; i < count && i < MAX_ACES; i++) {
      const size = next <= end - 8 ? this.#view.getUint16(next + 2, true) : 0;
      if (size < 8 || size > end - next) {
        this.#damaged = true;
        break;
      }
      aces.push(this.#ace(next, size));
      next += size;
    }
    return aces;
  }

  #ace(at: number, size: number): RawAce {
    const end = at + size;
    const type = this.#bytes[at]!;
    const flags = this.#bytes[at + 1]!;
    const mask = this.#view.getUint32(at + 4, true);
    const [kind, letters] = KINDS[type] ?? [`type 0x${type.toString(16).padStart(2, '0')}`, `0x${type.toString(16)}`];
    let next = at + 8;
    let objectType: string | null = null;
    let inheritedObjectType: string | null = null;
    if (OBJECT_KINDS.has(type) && size >= 12) {
      const present = this.#view.getUint32(next, true);
      next += 4;
      const guid = (bit: number) => {
        if ((present & bit) === 0 || next > end - 16) return null;
        next += 16;
        return guidLe(this.#bytes.subarray(next - 16, next));
      };
      objectType = guid(1);
      inheritedObjectType = guid(2);
    }
    const sid = this.#sidAt(next, end);
    const sddl =
      `(${letters};${ACE_FLAGS.map(([bit, , word]) => (flags & bit ? word : '')).join('')};` +
      `${rightsText(mask, this.#kind, type === 0x11)};${objectType ?? ''};${inheritedObjectType ?? ''};` +
      `${sid === null ? '' : sddlSid(sid)})`;
    const words = ACE_FLAGS.flatMap(([bit, word]) => (flags & bit ? [word] : []));
    const rights = rightsWords(mask, this.#kind, type === 0x11);
    return { kind, sid, mask, rights, flags: words, objectType, inheritedObjectType, sddl };
  }
}

type RawAce = Ace & { readonly sddl: string };

const NOTHING: SecurityDescriptor = {
  owner: null,
  group: null,
  dacl: null,
  sacl: null,
  control: 0,
  sddl: '',
  damaged: false,
};

const sddlSid = (sid: Sid) => sidAlias(sid.text) ?? sid.text;

/** `P` protected, `AI` auto-inherited; `AR` is a request and is not kept. */
function aclFlags(auto: number, guarded: number): string {
  return (guarded & 1 ? 'P' : '') + (auto & 1 ? 'AI' : '');
}

const aclText = (acl: readonly RawAce[] | null, none: string) => acl?.map((ace) => ace.sddl).join('') ?? none;
