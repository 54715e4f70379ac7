/**
 * CREG: the registry of Windows 95, 98 and Me (SYSTEM.DAT, USER.DAT, CLASSES.DAT).
 *
 *     0  'CREG'  4 version  8 offset of the first RGDB block  16 number of RGDB blocks  32 RGKN: the tree of keys
 *
 * It shares nothing with the hives of Windows NT but the idea. It is recognised so that nobody takes such a file for a
 * damaged hive, and refused by name: no Windows that layers are made for can have one.
 */
import { failAt } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import type { HiveFormat } from '../types.ts';

const SIGNATURE = [0x43, 0x52, 0x45, 0x47] as const;
const RGKN = [0x52, 0x47, 0x4b, 0x4e] as const;

const holds = (bytes: Uint8Array, at: number, signature: readonly number[]) =>
  signature.every((byte, i) => bytes[at + i] === byte);

const refuse = (source: ByteSource) =>
  failAt('UnsupportedFormat', source, 0, 'a hive of Windows NT or later (regf)', 'a registry of Windows 9x (CREG)');

export const cregFormat: HiveFormat = {
  id: 'creg',
  title: 'Windows 9x registry',
  extensions: [],
  reads: [],
  notYet: ['registries of Windows 95, 98 and Me (CREG) are recognised and refused'],
  probe: ({ head }) => holds(head, 0, SIGNATURE) && holds(head, 32, RGKN),
  open: refuse,
  begin: refuse,
};
