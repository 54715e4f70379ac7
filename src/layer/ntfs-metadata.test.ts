import { describe, expect, test } from 'vitest';
import { metadataRows } from './ntfs-metadata.ts';

const NAMES = ['', '$Boot', '$Extend', '$MFT', '$Recycle.Bin', 'Users', '$MFT', '$Quota'];
/** Six names in the root; `$MFT` in `Users` and `$Quota` in `$Extend` stand behind them. */
const table = {
  data: { childStart: Uint32Array.of(1, 6, 6, 7) },
  name: (row: number) => NAMES[row]!,
} as unknown as Parameters<typeof metadataRows>[0];

describe('files that NTFS keeps for itself', () => {
  test('are those of the root, by name', () => {
    expect(metadataRows(table, 'ntfs')).toEqual([1, 2, 3]);
  });

  test('are ordinary names elsewhere', () => {
    expect(metadataRows(table, 'wim')).toEqual([]);
    expect(metadataRows(table, null)).toEqual([]);
  });
});
