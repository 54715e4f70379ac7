/** Every code that an engine can give has a title in both languages, and a reason in Chinese where it comes as a fixed sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { zhCn } from '../../i18n/zh-cn.ts';
import { WITHOUT_RULE } from '../../testing/findings.ts';
import { titleOf, wayOf, whyOf } from './words.ts';

const SRC = path.join(import.meta.dirname, '../..');
const ROOMS = ['container', 'engine', 'fs', 'hive', 'index', 'layer', 'overlay', 'source'].map(
  (room) => `${SRC}/${room}`,
);
const HIVEX = path.join(SRC, '../node_modules/hivex-wasm/src');

const SEVERITY = "'(?:error|warning|info)'";
const CODE = "'([a-z][a-z0-9]*[A-Z][A-Za-z0-9]*)'";
const SENTENCE = "['`](?:[A-Z$\\\\.]|tombstones|store)[^'\\n]{12,}";
const BEFORE = "(?:[^'`\\n;{}]{0,60},\\s*)?";
/** How sources write down a code: as a property, beside a severity or a sentence, handed to one who tells, as a type. */
const WRITTEN = [
  "code: '([a-z][A-Za-z0-9]+)'",
  `code(?:: | = )[^'\\n;]{0,80}\\? ${CODE}`,
  `code(?:: | = )[^'\\n;]{0,80}\\? '[A-Za-z0-9]+' : ${CODE}`,
  `${CODE},\\s*${SEVERITY}`,
  `${SEVERITY},\\s*${BEFORE}${CODE}`,
  `[(\\[]\\s*${BEFORE}${CODE},\\s*${BEFORE}${SENTENCE}`,
  `(?:tell[A-Za-z]*|told|report|warn|finding|incomplete|what|make|bound|check)\\(\\s*${BEFORE}${CODE}`,
  `\\battempt\\([^'\\n]{0,80}, ${CODE}\\)`,
  `\\): ${CODE} \\|`,
  `\\): '[A-Za-z]+' \\| ${CODE} \\| null`,
].map((pattern) => new RegExp(pattern, 'g'));
/** Findings whose codes are the names of a table: `code: 'Sentence.'`. */
const TABLE = /^(?:export )?const (?:REBASE_)?MESSAGES\b[^=]*= \{\n([\s\S]*?)^\}/gm;
const NAME = /^ {2}([a-z][A-Za-z0-9]*):/gm;
/** Notes of a squash get the word in front. */
const NOTES = /^const KINDS = \{\n([\s\S]*?)^\} as const/gm;
/** Names that stand as codes do and are none: facts of a WIM, what two sources have, notes of a squash without the word. */
const NO_CODES =
  /^(?:displayDescription|installationType|hardLinkBytes|onlyFirst|onlySecond|namesAlike|streamUnreadable|valueUnreadable)$/;

function codesOf(room: string): string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(room, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const pattern of WRITTEN) for (const [, code] of text.matchAll(pattern)) found.add(code!);
    for (const [, rows] of text.matchAll(TABLE)) for (const [, code] of rows!.matchAll(NAME)) found.add(code!);
    for (const [, rows] of text.matchAll(NOTES))
      for (const [, code] of rows!.matchAll(NAME)) found.add(`squash${code![0]!.toUpperCase()}${code!.slice(1)}`);
  }
  return [...found].filter((code) => !NO_CODES.test(code)).sort();
}

const emitted = new Map(
  [...ROOMS, HIVEX].map((room) => [path.basename(room === HIVEX ? path.dirname(room) : room), codesOf(room)]),
);
const LANGUAGES = [
  ['en', en],
  ['zh-CN', zhCn],
] as const;

test.each([...emitted])('codes of %s have a title in both languages', (room, codes) => {
  expect(codes.length + (room === 'source' ? 1 : 0)).toBeGreaterThan(0);
  for (const [language, t] of LANGUAGES)
    expect([language, codes.filter((code) => titleOf(code, t) === code)]).toEqual([language, []]);
});

test.each([...emitted])('codes of %s have their reason in Chinese', (_room, codes) => {
  const without = codes.filter((code) =>
    (['error', 'warning', 'info'] as const).every((severity) => whyOf({ code, severity, message: '' }, zhCn) === ''),
  );
  expect(without).toEqual([]);
});

test('no title is of a code that nobody gives: what this test finds in the sources is all there is', () => {
  const all = new Set([...emitted.values()].flat());
  for (const [, { damage, findings }] of LANGUAGES)
    expect(Object.keys({ ...damage.titles, ...findings.titles }).filter((code) => !all.has(code))).toEqual([]);
});

test('a finding without a rule says what to do instead, in both languages', () => {
  for (const [language, t] of LANGUAGES)
    expect([
      language,
      WITHOUT_RULE.filter(([code, severity]) => wayOf({ code, severity }, t) === t.findings.noProposal),
    ]).toEqual([language, []]);
  expect(Object.keys(zhCn.findings.ways)).toEqual(Object.keys(en.findings.ways));
});

test('the reason of one kind may depend on how bad it is; what is not known is told as it came', () => {
  const why = (code: string, severity: 'error' | 'warning') => whyOf({ code, severity, message: 'As it came.' }, zhCn);
  expect(why('splitGroup', 'error')).not.toBe(why('splitGroup', 'warning'));
  expect(why('noSuchCode', 'error')).toBe('As it came.');
  expect(whyOf({ code: 'splitGroup', severity: 'error', message: 'As it came.' }, en)).toBe('As it came.');
});
