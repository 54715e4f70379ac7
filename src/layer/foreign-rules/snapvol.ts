/**
 * App Volumes policy files (`snapvol.cfg`): `keyword=value`, one a line, `#` begins a comment.
 *
 *     exclude_path=\ProgramData\VMware          the base image only, whatever volumes hold
 *     include_path=\Users                       volumes over the base again
 *     exclude_registry=\REGISTRY\MACHINE\...    likewise for keys; include_registry
 *     exclude_uwv_file=\users\%username%\documents\\    not kept on the writable volume; exclude_uwv_reg
 *
 * Values are prefixes of paths: `\ProgramData\VMware` fits `\ProgramData\VMware Horizon` too. A backslash at the end means what is
 * inside and not the folder itself. Rules about processes, and the keywords that are not for customers (virtualize ...), say
 * nothing about what a path shows: they are told. The whole grammar is not public; a keyword that is not known is told too.
 *
 * Sources: VMware's and Omnissa's administration guides, 2.x and 4.x.
 */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { Rule, RuleAction } from '../types.ts';
import { linesOf } from './text.ts';
import { type ForeignRule, type ForeignRules, foreignMatch, lineFinding, unreadableLine } from './types.ts';

const PATHS: Readonly<Record<string, readonly [target: Rule['target'], action: RuleAction]>> = {
  exclude_path: ['file', 'passthrough'],
  include_path: ['file', 'merge'],
  exclude_registry: ['key', 'passthrough'],
  include_registry: ['key', 'merge'],
  exclude_uwv_file: ['file', 'exclude'],
  exclude_uwv_reg: ['key', 'exclude'],
};
/** How volumes are put together, and who is left out: nothing that a path shows. */
const TOLD =
  /^(?:(?:un)?virtualize(?:_\w+)?|reverse_replicate_file|delete_local_profile|(?:exclude|include)_process(?:_\w+)?)$/;

export function looksLikeSnapvol(text: string): boolean {
  const lines = linesOf(text.slice(0, 65_536)).filter(({ text: one }) => !one.trimStart().startsWith('#'));
  const keyword = (one: string) => one.split('=', 1)[0]!.trim().toLowerCase();
  const known = lines.filter(({ text: one }) => keyword(one) in PATHS || TOLD.test(keyword(one)));
  return known.length > 0 && known.length * 2 >= lines.length;
}

export function readSnapvol(text: string, source: string): ForeignRules {
  const rules: ForeignRule[] = [];
  const findings: Finding[] = [];
  const told = new Map<string, { line: number; values: string[] }>();
  for (const { line, text: one } of linesOf(text)) {
    if (one.trimStart().startsWith('#')) continue;
    const equals = one.indexOf('=');
    const keyword = (equals < 0 ? one : one.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : one.slice(equals + 1).trim();
    const known = Object.hasOwn(PATHS, keyword) ? PATHS[keyword] : undefined;
    if (known === undefined) {
      if (!TOLD.test(keyword))
        findings.push(unreadableLine(source, line, one, 'a keyword of a policy file is expected'));
      else {
        const group = told.get(keyword) ?? { line, values: [] };
        told.set(keyword, group);
        group.values.push(value);
      }
      continue;
    }
    const [target, action] = known;
    try {
      rules.push({ line, target, match: foreignMatch(target, prefixMatch(value)), action });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.push(unreadableLine(source, line, one, `${error.expected} expected, ${error.actual} found`));
    }
  }
  for (const [keyword, { line, values }] of told)
    findings.push(
      lineFinding(source, line, 'snapvolKeyword', 'info', 'This keyword changes nothing that a path shows.', {
        keyword,
        count: values.length,
        values: values.slice(0, 20),
      }),
    );
  return { rules, findings };
}

/** A prefix of a path as a pattern. */
function prefixMatch(value: string): { readonly kind: 'subtree' | 'children'; readonly p: string } {
  const path = value.replace(/%username%/gi, '*');
  const within = path.replace(/^%[^%]*%/, '');
  if (within.includes('%') || path === '')
    throw new FormatError({
      code: 'InvalidArgument',
      where: { source: 'rule', offset: null },
      expected: 'a path',
      actual: value === '' ? 'nothing' : value,
    });
  if (path.endsWith('\\')) return { kind: 'children', p: path.replace(/\\+$/, '') };
  return { kind: 'subtree', p: path.endsWith('%') || path.endsWith('*') ? path : `${path}*` };
}
