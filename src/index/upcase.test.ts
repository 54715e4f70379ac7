import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { foldText, windowsUpcase } from './upcase.ts';

it('expands to the table Windows writes', () => {
  const table = windowsUpcase();
  expect(table).toHaveLength(65_536);
  const bytes = new Uint8Array(131_072);
  const view = new DataView(bytes.buffer);
  table.forEach((unit, i) => {
    view.setUint16(i * 2, unit, true);
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(sha256).toBe('41c26bc7a12bdaeb26025c93118697c7e3ef81ee048b00fe5cce2a472e0e0742');
});

it('maps unit to unit, where toUpperCase would not', () => {
  expect(foldText('straße', windowsUpcase())).toBe('STRAßE');
  expect(foldText('ı', windowsUpcase())).toBe('ı');
  expect(foldText('\u{10428}', windowsUpcase())).toBe('\u{10428}');
});
