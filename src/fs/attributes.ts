/**
 * Extended attributes of Linux file systems, as tar archives and ext4 volumes keep them. overlayfs says with them what a
 * directory of its upper layer is, so that they decide about rows: which those are is told here, what they mean in
 * `layer/stores/overlayfs`.
 *
 * - A file with `metacopy` has its own metadata only: its size is stated, its bytes stay in the layer below.
 */
import { type ExtendedAttribute, NodeFlag } from './types.ts';

/** `user.` where overlayfs is mounted by a user; fuse-overlayfs writes any of the three. */
const OVERLAY = /^(?:trusted\.overlay\.|user\.overlay\.|user\.fuseoverlayfs\.)/;
const METACOPY = /^(?:trusted|user)\.overlay\.metacopy$/;

/** What Windows Subsystem for Linux shows of a directory of NTFS: `1` when case counts in it. */
export const CASE_ATTRIBUTE = 'system.wsl_case_sensitive';

/** NodeFlag bits that a row has for its attributes. */
export function attributeFlags(names: Iterable<string>): number {
  let flags = 0;
  for (const name of names) if (name !== CASE_ATTRIBUTE) flags |= OVERLAY.test(name) ? NodeFlag.overlay : NodeFlag.ea;
  return flags;
}

/** NodeFlag bits that a directory has for their values. */
export function directoryFlags(attributes: Iterable<ExtendedAttribute>): number {
  for (const { name, value } of attributes)
    if (name === CASE_ATTRIBUTE && value.length === 1 && value[0] === 0x31) return NodeFlag.caseSensitive;
  return 0;
}

/** True when the file's bytes are those of a layer below, whatever stands in its place. */
export function hasBytesBelow(names: Iterable<string>): boolean {
  for (const name of names) if (METACOPY.test(name)) return true;
  return false;
}

const hexOf = (value: Uint8Array) => Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** For people: text where it is text, else hex. */
export function attributeFacts(attributes: readonly ExtendedAttribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ name, value }) => [
      name,
      value.every((byte) => byte >= 0x20 && byte < 0x7f)
        ? String.fromCharCode(...value.subarray(0, 256))
        : hexOf(value.subarray(0, 256)),
    ]),
  );
}
