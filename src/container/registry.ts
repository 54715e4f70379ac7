/**
 * All containers, most telling first: a wrapper with a signature of its own comes before the table of the disk inside it,
 * and GPT before MBR, whose sector every GPT disk has as well. A raw disk needs no entry: it is its partition table.
 */
import { gpt } from './gpt/index.ts';
import { gzip } from './gzip/index.ts';
import { mbr } from './mbr/index.ts';
import { qcow2 } from './qcow2/index.ts';
import { sdi } from './sdi/index.ts';
import type { ContainerFormat } from './types.ts';
import { vdi } from './vdi/index.ts';
import { vhd } from './vhd/index.ts';
import { vhdx } from './vhdx/index.ts';
import { vmdk } from './vmdk/index.ts';
import { zstd } from './zstd/index.ts';

export const containerFormats: readonly ContainerFormat[] = [vhdx, vhd, vmdk, qcow2, vdi, sdi, gzip, zstd, gpt, mbr];
