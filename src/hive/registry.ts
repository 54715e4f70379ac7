/** The hive formats, in the order in which they are tried. One line a format. */
import { cregFormat } from './creg/index.ts';
import { regfFormat } from './regf/index.ts';
import type { HiveFormat } from './types.ts';

export const hiveFormats: readonly HiveFormat[] = [regfFormat, cregFormat];
