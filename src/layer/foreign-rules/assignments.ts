/**
 * FSLogix assignment files (`.fxa`): for whom the rule set of the same name counts.
 *
 *     1 <tab> days a licence is kept
 *     0x00000011 <tab> S-1-1-0 <tab> DN <tab> Everyone <tab> assigned <tab> unassigned
 *
 *     0x1 applies   0x2 does not   0x4 user   0x8 process   0x10 group   0x20 network   0x40 computer   0x80 container
 *     0x100 with child processes   0x2000 environment variable
 *
 * From top to bottom, the last line that fits decides. Which groups a user is in, which computer it is and which process asks is
 * known in the guest only: lines about those are told as undecided, unless somebody says who is meant.
 */
import type { Finding } from '../../base/findings.ts';
import { linesOf } from './text.ts';
import { lineFinding, unreadableLine } from './types.ts';

const APPLY = 0x1;
const REMOVE = 0x2;
const KINDS = [
  [0x4, 'user'],
  [0x8, 'process'],
  [0x10, 'group'],
  [0x20, 'network'],
  [0x40, 'computer'],
  [0x80, 'container'],
  [0x2000, 'environment'],
] as const;

export type AssignmentKind = (typeof KINDS)[number][1];

export interface Assignment {
  readonly line: number;
  readonly applies: boolean;
  readonly kind: AssignmentKind;
  /** SID, name, path or address. */
  readonly id: string;
  /** Distinguished name and the name people read; often empty. */
  readonly distinguished: string;
  readonly name: string;
}

/** Somebody at the guest: the names and SIDs of the user, and of groups that the user is known to be in. */
export interface Principal {
  readonly user: readonly string[];
  readonly groups: readonly string[];
}

/** Groups that everybody who signs in is a member of. */
const EVERYBODY: ReadonlySet<string> = new Set(
  ['S-1-1-0', 'Everyone', 'S-1-5-11', 'Authenticated Users', 'S-1-5-32-545', 'Users', 'S-1-5-4', 'Interactive'].map(
    (id) => id.toUpperCase(),
  ),
);

export function looksLikeAssignments(text: string): boolean {
  const [first, second] = linesOf(text.slice(0, 65_536));
  if (first === undefined || !/^1\t\d*\s*$/.test(first.text)) return false;
  return second === undefined || /^0x[0-9a-f]+\t/i.test(second.text);
}

export function readAssignments(
  text: string,
  source: string,
): { readonly assignments: readonly Assignment[]; readonly findings: readonly Finding[] } {
  const assignments: Assignment[] = [];
  const findings: Finding[] = [];
  for (const { line, text: one } of linesOf(text).slice(1)) {
    const [flags = '', id = '', distinguished = '', name = ''] = one.split('\t').map((field) => field.trim());
    const bits = /^(?:0x)?[0-9a-f]{1,8}$/i.test(flags) ? Number.parseInt(flags, 16) : 0;
    const kind = KINDS.find(([bit]) => (bits & bit) !== 0)?.[1];
    if (kind === undefined || (bits & (APPLY | REMOVE)) === 0 || (id === '' && name === ''))
      findings.push(unreadableLine(source, line, one, 'an assignment with its kind is expected'));
    else assignments.push({ line, applies: (bits & REMOVE) === 0, kind, id, distinguished, name });
  }
  return { assignments, findings };
}

/** `DOMAIN\name` and `name` are one. */
const bare = (name: string): string => name.slice(name.lastIndexOf('\\') + 1).toUpperCase();

function fits({ kind, id, name, distinguished }: Assignment, who: Principal): boolean | null {
  const names = [id, name, distinguished].filter((text) => text !== '');
  const among = (known: readonly string[]) => names.some((text) => known.some((one) => bare(one) === bare(text)));
  if (kind === 'user') return among(who.user);
  if (kind !== 'group') return null;
  return names.some((text) => EVERYBODY.has(bare(text))) || among(who.groups) ? true : null;
}

/**
 * Whether a rule set counts for somebody.
 * @returns `undecided`: lines behind the deciding one that only the guest can answer
 */
export function resolveAssignments(
  assignments: readonly Assignment[],
  who: Principal,
): { readonly applies: boolean; readonly decided: Assignment | null; readonly undecided: readonly Assignment[] } {
  let decided: Assignment | null = null;
  let undecided: Assignment[] = [];
  for (const assignment of assignments) {
    const found = fits(assignment, who);
    if (found === true) {
      decided = assignment;
      undecided = [];
    } else if (found === null) undecided.push(assignment);
  }
  return { applies: decided?.applies ?? false, decided, undecided };
}

const WORDS: Readonly<Record<AssignmentKind, string>> = {
  user: 'the user',
  process: 'the process',
  group: 'the group',
  network: 'the network',
  computer: 'the computer',
  container: 'the container',
  environment: 'the environment variable',
};

/** `the group Sales`. */
export function assignmentText({ kind, id, name }: Assignment): string {
  return `${WORDS[kind]} ${name !== '' ? name : id}`;
}

/** What is said about a rule set: for whom it counts here, and what was not asked. */
export function assignmentFindings(
  assignments: readonly Assignment[],
  { applies, decided, undecided }: ReturnType<typeof resolveAssignments>,
  source: string,
): Finding[] {
  const findings = [
    lineFinding(
      source,
      decided?.line ?? 1,
      'maskAssigned',
      'info',
      applies ? 'The rule set counts for this user.' : 'The rule set does not count for this user.',
      {
        by: decided === null ? null : assignmentText(decided),
        assignments: assignments.slice(0, 100).map((one) => `${one.applies ? '+' : '-'} ${assignmentText(one)}`),
      },
    ),
  ];
  if (undecided.length > 0)
    findings.push(
      lineFinding(
        source,
        undecided[0]!.line,
        'maskUndecided',
        'info',
        'Only the guest can say whether further assignments of the rule set fit; here they do not.',
        { assignments: undecided.slice(0, 100).map((one) => `${one.applies ? '+' : '-'} ${assignmentText(one)}`) },
      ),
    );
  return findings;
}
