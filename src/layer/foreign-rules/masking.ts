/**
 * FSLogix App Masking: rule sets (`.fxr`), beside each an assignment file (`.fxa`, `assignments.ts`) that says for whom.
 *
 *     1                                                                     version
 *     ## a comment about the rule that follows
 *     SrcParent <tab> Src <tab> DestParent <tab> Dest <tab> 0x00000221 <tab> Binary
 *
 *     0x1 folder or key   0x2 file or value   0x8 user's variables   0x10 copy   0x20 persistent
 *     0x100 redirect   0x200 hide   0x400 printer   0x800 value   0x1000 Java   0x2000 disk   0x4000 font
 *
 * UTF-16LE, lines end in CR LF. A folder may stand whole in SrcParent or with its last name in Src; registry paths begin
 * with HKLM, HKCU or their long names. Binary of a value: two digits of its type, then its data, all in hexadecimal.
 *
 * Hiding files, folders, keys and values is a rule of ours, and so is a path that is shown in the place of another; a font is the
 * value that Windows lists it by. What has no place among our rules (another key behind a name, paths of every user, a value for a
 * name, printers, disks, Java) is told with everything it says.
 *
 * Sources: Microsoft's documentation of App Masking; FSLogix.PowerShell.Rules (behaviour).
 */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { valueText, valueTypeName } from '../../content/registry-value.ts';
import { linesOf, type TextLine } from './text.ts';
import { type ForeignRule, type ForeignRules, foreignMatch, lineFinding, unreadableLine } from './types.ts';

const FOLDER_OR_KEY = 0x1;
const FILE_OR_VALUE = 0x2;
const REDIRECT = 0x100;
const HIDE = 0x200;
const HIDE_PRINTER = 0x400;
const VALUE = 0x800;
const JAVA = 0x1000;
const AUTOMOUNT = 0x2000;
const HIDE_FONT = 0x4000;
const TYPES = REDIRECT | HIDE | HIDE_PRINTER | VALUE | JAVA | AUTOMOUNT | HIDE_FONT;
const FIELDS = 6;

export function looksLikeMaskRules(text: string): boolean {
  const [first, second] = linesOf(text.slice(0, 65_536));
  if (first?.text.trim() !== '1') return false;
  return second !== undefined && (second.text.startsWith('##') || second.text.split('\t').length >= FIELDS - 1);
}

const join = (parent: string, name: string): string =>
  [parent.trim().replace(/\\+$/, ''), name.trim().replace(/^\\+|\\+$/g, '')].filter((part) => part !== '').join('\\');

const isKey = (path: string): boolean => /^(?:HK|\\?REGISTRY\\)/i.test(path);

export function readMaskRules(text: string, source: string): ForeignRules {
  const rules: ForeignRule[] = [];
  const findings: Finding[] = [];
  for (const one of linesOf(text).slice(1)) {
    if (one.text.startsWith('##')) continue;
    const fields = one.text.split('\t');
    const flags = /^(?:0x)?[0-9a-f]{1,8}$/i.test((fields[4] ?? '').trim()) ? Number.parseInt(fields[4]!, 16) : null;
    if (fields.length < FIELDS - 1 || flags === null || (flags & TYPES) === 0) {
      findings.push(unreadableLine(source, one.line, one.text, 'six fields with a kind of rule are expected'));
      continue;
    }
    for (const found of maskRule(one, fields, flags, source)) {
      if ('code' in found) findings.push(found);
      else rules.push(found);
    }
  }
  return { rules, findings };
}

/** Where Windows lists its fonts: a value for each, `Arial (TrueType)`. */
const FONTS = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Fonts';
const FONT_KINDS = ['', ' (TrueType)', ' (OpenType)', ' (All res)'];

/** What a line is to us: rules, or what is to be said of it, or both. */
function maskRule(
  { line, text }: TextLine,
  fields: readonly string[],
  flags: number,
  source: string,
): (ForeignRule | Finding)[] {
  const path = join(fields[0]!, fields[1]!);
  const to = join(fields[2]!, fields[3]!);
  const what = (code: string, message: string, facts: Finding['facts'] = {}) => [
    lineFinding(source, line, code, 'info', message, { path, ...facts }),
  ];
  const target = isKey(path) ? 'key' : 'file';
  /** Rules about one place; null for a path that no rule can name, which is told. */
  const hiding = (kind: 'subtree' | 'exact', p: string, values: readonly string[] | null) => {
    try {
      const match = foreignMatch(values === null ? target : 'key', { kind, p });
      const rule = { line, target: values === null ? target : 'key', match, action: 'hide' } as const;
      return values === null ? [rule] : values.map((value) => ({ ...rule, value }));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return [unreadableLine(source, line, text, `${error.expected} expected, ${error.actual} found`)];
    }
  };
  if ((flags & HIDE_FONT) !== 0) {
    const names = /\)$/.test(path) ? [path] : FONT_KINDS.map((kind) => path + kind);
    return [
      ...what(
        'maskFont',
        'The rule set hides a font: Windows’ list of fonts is shown without it, its file is still there.',
      ),
      ...hiding('exact', FONTS, names),
    ];
  }
  if ((flags & HIDE_PRINTER) !== 0) return what('maskPrinter', 'The rule set hides a printer, which is no path.');
  if ((flags & JAVA) !== 0) return what('maskJava', 'The rule set chooses a version of Java by address.');
  if ((flags & AUTOMOUNT) !== 0)
    return what('maskDisk', 'The rule set puts a disk behind this path; add the disk as a layer to see it.', {
      disk: to,
    });
  if ((flags & VALUE) !== 0)
    return what('maskValue', 'The rule set answers for this value, whatever the layers hold.', binaryFacts(fields[5]));
  const elsewhere = (flags & REDIRECT) === 0 || target === 'key' ? null : redirection(path, to, line);
  if (elsewhere !== null) return [elsewhere];
  if ((flags & REDIRECT) !== 0)
    return what('maskRedirect', 'The rule set shows another path in the place of this one.', {
      to,
      copied: (flags & 0x10) !== 0,
    });
  if (target === 'key' && (flags & FILE_OR_VALUE) !== 0) {
    // a value may stand behind its key, or in a field of its own
    const own = fields[1]!.trim();
    const at = path.lastIndexOf('\\');
    return own === ''
      ? hiding('exact', path.slice(0, at), [path.slice(at + 1)])
      : hiding('exact', join(fields[0]!, ''), [own]);
  }
  return hiding((flags & FOLDER_OR_KEY) !== 0 ? 'subtree' : 'exact', path, null);
}

/** One path in the place of another; null where one of them is none, or is every user's. */
function redirection(path: string, to: string, line: number): ForeignRule | null {
  try {
    const [match, there] = [path, to].map((p) => foreignMatch('file', { kind: 'exact', p }));
    if (match!.kind !== 'exact' || there!.kind !== 'exact') return null;
    return { line, target: 'file', match: match!, action: 'redirect', to: there!.p };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return null;
  }
}

/** Type and data of a value: `04` and `2A000000`. */
function binaryFacts(binary: string | undefined): Finding['facts'] {
  const hex = (binary ?? '').trim();
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return { data: hex.slice(0, 300) };
  const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  const type = bytes[0]!;
  return { type: valueTypeName(type), text: valueText(type, bytes.subarray(1)).slice(0, 300) };
}
