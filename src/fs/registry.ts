/** The file systems that can be read, in the order they are asked: unmistakable signatures first, FAT, which has none, last. */
import { exfat } from './exfat/index.ts';
import { ext4 } from './ext4/index.ts';
import { fat } from './fat/index.ts';
import { folder } from './folder/index.ts';
import { iso } from './iso/index.ts';
import { ntfs } from './ntfs/index.ts';
import { tar } from './tar/index.ts';
import type { FsFormat } from './types.ts';
import { udf } from './udf/index.ts';
import { wim } from './wim/index.ts';
import { zip } from './zip/index.ts';

export const fsFormats: readonly FsFormat[] = [wim, ntfs, exfat, ext4, udf, iso, zip, folder, tar, fat];
