import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withSupportTable } from './support-table.ts';

const file = new URL('../../README.md', import.meta.url);

test('the README says what the registries say (UPDATE=1 writes it)', () => {
  const readme = readFileSync(file, 'utf8');
  const now = withSupportTable(readme);
  if (process.env['UPDATE'] === '1') writeFileSync(file, now);
  else expect(readme).toBe(now);
});
