/** The report of findings as a table. */
import { expect, test } from 'vitest';
import { GROUPS } from '../testing/fake/findings.ts';
import { shownGroups } from './findings.ts';
import { findingsCsv } from './findings-csv.ts';

test('a line for each finding: where, what, whose, and the rule; what is not listed is counted', () => {
  const damage = {
    code: 'hiveDirty',
    severity: 'warning',
    where: { source: 'ann.wim', offset: 4 },
    message: 'The hive, "NTUSER.DAT", was not closed.',
  } as const;
  const [stale] = GROUPS;
  const more = { ...stale!, total: stale!.total + 3 };
  const groups = shownGroups({ groups: [more], progress: null }, [damage]);
  const lines = findingsCsv(groups, new Map([['user', 'Ann, data']])).split('\r\n');
  expect(lines[0]).toBe('severity,code,place,note,layers,message,rule');
  expect(lines[1]).toContain('warning,staleUpperBinary,C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe,');
  expect(lines[1]).toContain(',"Ann, data, chrome",');
  expect(lines[1]).toMatch(/,keepLower exact Program Files\\Google\\Chrome\\Application\\chrome\.exe$/);
  expect(lines[3]).toBe('warning,staleUpperBinary,,,,3 more of this kind are not listed.,');
  expect(lines[4]).toBe('warning,hiveDirty,ann.wim,,,"The hive, ""NTUSER.DAT"", was not closed.",');
  expect(lines.slice(5)).toEqual(['']);
});
