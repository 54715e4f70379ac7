/** VS_VERSIONINFO: the version resource of a PE file. Its blocks are nested; `pe.ts` has the layout. */

export interface VersionInfo {
  /** `10.0.17763.1`, from the binary part. */
  readonly fileVersion: string | null;
  readonly productVersion: string | null;
  /** `CompanyName`, `FileDescription`, `ProductName`, `OriginalFilename` ..., of the first language. */
  readonly strings: { readonly [key: string]: string };
}

const FIXED_SIGNATURE = 0xfeef04bd;
/** Blocks looked at in one resource; a real one has about twenty. */
const MAX_BLOCKS = 512;

interface Block {
  readonly key: string;
  readonly valueAt: number;
  readonly valueBytes: number;
  readonly childrenAt: number;
  readonly end: number;
}

const align4 = (n: number) => (n + 3) & ~3;

/** Facts of the resource; what is damaged is left out. */
export function readVersionInfo(view: DataView): VersionInfo {
  const state = { left: MAX_BLOCKS };
  const root = blockAt(view, 0, view.byteLength, state);
  if (root === null) return { fileVersion: null, productVersion: null, strings: {} };
  let fileVersion: string | null = null;
  let productVersion: string | null = null;
  if (root.valueBytes >= 52 && view.getUint32(root.valueAt, true) === FIXED_SIGNATURE) {
    fileVersion = version(view, root.valueAt + 8);
    productVersion = version(view, root.valueAt + 16);
  }
  const strings = new Map<string, string>();
  const info = blocks(view, root, state).find((block) => block.key === 'StringFileInfo');
  const table = info === undefined ? undefined : blocks(view, info, state)[0];
  for (const block of table === undefined ? [] : blocks(view, table, state))
    if (!strings.has(block.key)) strings.set(block.key, text(view, block.valueAt, block.valueBytes));
  return { fileVersion, productVersion, strings: Object.fromEntries(strings) };
}

function version(view: DataView, at: number): string {
  const high = view.getUint32(at, true);
  const low = view.getUint32(at + 4, true);
  return `${high >>> 16}.${high & 0xffff}.${low >>> 16}.${low & 0xffff}`;
}

function blocks(view: DataView, parent: Block, state: { left: number }): Block[] {
  const found: Block[] = [];
  for (let at = parent.childrenAt; at < parent.end; ) {
    const block = blockAt(view, at, parent.end, state);
    if (block === null) break;
    found.push(block);
    at = align4(block.end);
  }
  return found;
}

function blockAt(view: DataView, at: number, limit: number, state: { left: number }): Block | null {
  if (at + 6 > limit || state.left-- <= 0) return null;
  const length = view.getUint16(at, true);
  if (length < 6 || length > limit - at) return null;
  const end = at + length;
  const isText = view.getUint16(at + 4, true) === 1;
  let key = '';
  let next = at + 6;
  for (; next + 2 <= end; next += 2) {
    const unit = view.getUint16(next, true);
    if (unit === 0) break;
    key += String.fromCharCode(unit);
  }
  const valueAt = Math.min(end, align4(next + 2));
  // The length of text counts units, that of bytes bytes; some writers mix them up, so the block's end has the last word.
  const stated = view.getUint16(at + 2, true) * (isText ? 2 : 1);
  const valueBytes = Math.min(stated, end - valueAt);
  return { key, valueAt, valueBytes, childrenAt: align4(valueAt + valueBytes), end };
}

function text(view: DataView, at: number, bytes: number): string {
  let all = '';
  for (let i = at; i + 2 <= at + bytes; i += 2) {
    const unit = view.getUint16(i, true);
    if (unit === 0) break;
    all += String.fromCharCode(unit);
  }
  return all;
}
