/**
 * The F and R tables of merge-semantics.md, row by row: each has a test that carries its id in its name, or a reason why
 * nothing can be computed from images at rest.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const range = (letter: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${letter}-${String(from + i).padStart(2, '0')}`);
const IDS = [
  ...range('F', 1, 21),
  ...range('F', 30, 45),
  ...range('F', 50, 68),
  ...range('F', 70, 73),
  ...range('R', 1, 39),
];

const LIVE = 'what a driver does when a program opens, writes or asks; images at rest show the outcome';
const NONE = 'a limit of any merge that the plan lists: there is nothing to compute';

const REASONS: Readonly<Record<string, string>> = {
  'F-02': LIVE,
  'F-10': LIVE,
  'F-11': LIVE,
  'F-14': LIVE,
  'F-15': LIVE,
  'F-16': LIVE,
  'F-17': `${LIVE}: an upper file (F-56)`,
  'F-20': LIVE,
  'F-21': LIVE,
  'F-41': LIVE,
  'F-42': LIVE,
  'F-43': LIVE,
  'F-44': LIVE,
  'F-45': LIVE,
  'F-52': `${LIVE}: copies without them`,
  'F-55': LIVE,
  'F-57': LIVE,
  'F-58': LIVE,
  'F-62': `${LIVE}; how one layer stores a file is the matter of its format`,
  'F-63': `${LIVE}; how one layer stores a file is the matter of its format`,
  'F-65': NONE,
  'F-66': NONE,
  'F-67': NONE,
  'F-68': NONE,
  'R-21': LIVE,
  'R-22': LIVE,
  'R-23': LIVE,
  'R-24': LIVE,
  'R-25': LIVE,
};

/** Names of tests and groups: the text behind `test(`, `it(`, `describe(` and their kinds. */
function testNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return testNames(file);
    if (!/\.(test|spec)\.tsx?$/.test(entry.name)) return [];
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/\b(?:test|it|describe)(?:\.\w+(?:\([^\n]*?\))?)*\(\s*(['"`])((?:(?!\1)[^\n])*)\1/g)].map(
      (match) => match[2]!,
    );
  });
}

test('every rule has a test with its id in the name, or a reason', () => {
  const named = new Set<string>();
  for (const folder of ['src', 'e2e'])
    for (const name of testNames(path.join(root, folder)))
      for (const [id] of name.matchAll(/\b[FR]-\d{2}\b/g)) named.add(id);
  expect(named.size).toBeGreaterThan(40);
  expect(IDS.filter((id) => !named.has(id) && REASONS[id] === undefined)).toEqual([]);
  // an id that no table has, and a reason for what has a test, are mistakes
  expect([...named].filter((id) => !IDS.includes(id))).toEqual([]);
  expect(Object.keys(REASONS).filter((id) => named.has(id))).toEqual([]);
});
