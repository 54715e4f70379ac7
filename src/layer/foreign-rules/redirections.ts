/**
 * FSLogix `redirections.xml`: folders of a profile that do not lie in the profile's disk.
 *
 *     <FrxProfileFolderRedirection ExcludeCommonFolders="0">
 *       <Excludes><Exclude Copy="0">AppData\Local\Temp</Exclude> ... </Excludes>
 *       <Includes><Include>AppData\Local\Temp\kept</Include> ... </Includes>
 *     </FrxProfileFolderRedirection>
 *
 * An excluded folder is redirected to `C:\Users\local_NAME`, empty at sign-in; what the disk has there is not seen. Copy is a sum:
 * 1 the disk's content is copied there at sign-in (so it is seen), 2 what was written goes back at sign-out. ExcludeCommonFolders
 * is a sum of the folders below. It speaks of files only, and of profile disks, not of Office (ODFC) disks. What its numbers mean
 * stands in none of Microsoft's pages any more: the list is that of the agent's own documentation, as Microsoft's people repeat it
 * (MicrosoftDocs/fslogix-docs, issue 131), who saw 8 exclude Downloads. Each folder it excludes is told.
 *
 * The agent takes the file from the profile itself: AppData\Local\FSLogix\Redirections.xml.
 *
 * Sources: Microsoft's documentation of custom profile redirections; files that people have published.
 */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { normalMatch } from '../rule-draft.ts';
import { type ForeignRule, type ForeignRules, lineFinding, unreadableLine } from './types.ts';

const ROOT = /<FrxProfileFolderRedirection(?=[\s>/])([^<>]*)>/i;
const COMMON: readonly (readonly [bit: number, folders: readonly string[]])[] = [
  [1, ['Contacts']],
  [2, ['Desktop']],
  [4, ['Documents']],
  [8, ['Downloads']],
  [16, ['Links']],
  [32, ['Music', 'Podcasts']],
  [64, ['Pictures', 'Videos']],
  [128, ['AppData\\LocalLow']],
];
const ALL_COMMON = COMMON.reduce((all, [bit]) => all | bit, 0);
const COPY_IN = 1;
const COPY_OUT = 2;

export function looksLikeRedirections(text: string): boolean {
  return ROOT.test(text.slice(0, 65_536));
}

/** The text with comments blanked, so that places stay. An open comment ends the text. */
function withoutComments(text: string): string {
  let out = '';
  for (let at = 0; ; ) {
    const start = text.indexOf('<!--', at);
    if (start < 0) return out + text.slice(at);
    const end = text.indexOf('-->', start + 4);
    out += text.slice(at, start);
    if (end < 0) return out;
    out += text.slice(start, end + 3).replace(/[^\n]/g, ' ');
    at = end + 3;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function decodeXmlText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10_ffff ? String.fromCodePoint(point) : all;
  });
}

/** @param profile folder that the paths are below: `Users\ann`, or `%USERPROFILE%` for everybody's */
export function readRedirections(text: string, source: string, profile = '%USERPROFILE%'): ForeignRules {
  const rules: ForeignRule[] = [];
  const findings: Finding[] = [];
  const xml = withoutComments(text);
  const lineStarts = [0];
  for (let at = xml.indexOf('\n'); at >= 0; at = xml.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  const lineAt = (index: number): number => {
    let [low, high] = [0, lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lineStarts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const add = (line: number, path: string, action: 'exclude' | 'merge', shown: string) => {
    try {
      if (path === '' || /^[a-z]:/i.test(path)) throw notBelow(path);
      const match = normalMatch('file', { kind: 'subtree', p: `${profile}\\${path}` });
      rules.push({ line, target: 'file', match, action });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.push(unreadableLine(source, line, shown, `${error.expected} expected, ${error.actual} found`));
    }
  };
  const root = ROOT.exec(xml);
  const common = Number(/\bExcludeCommonFolders\s*=\s*["']\s*(\d{1,9})\s*["']/i.exec(root?.[1] ?? '')?.[1] ?? 0);
  const excluded = COMMON.filter(([bit]) => (common & bit) !== 0).flatMap(([, folders]) => folders);
  for (const folder of excluded) add(lineAt(root!.index), folder, 'exclude', folder);
  if (common > 0)
    findings.push(
      lineFinding(
        source,
        lineAt(root!.index),
        'redirectionCommon',
        'info',
        'Folders of the profile are left out by their number, not by their names.',
        { ExcludeCommonFolders: common, folders: excluded, unknown: common & ~ALL_COMMON },
      ),
    );
  let open = 0;
  for (const _ of xml.matchAll(/<(?:Exclude|Include)(?=[\s>])/gi)) open++;
  for (const found of xml.matchAll(/<(Exclude|Include)(?=[\s>])([^<>]*)>([^<]*)<\/\1\s*>/gi)) {
    open--;
    const line = lineAt(found.index);
    const path = decodeXmlText(found[3]!)
      .trim()
      .replaceAll('/', '\\')
      .replace(/^\\+|\\+$/g, '');
    if (found[1]!.toLowerCase() === 'include') {
      add(line, path, 'merge', found[0]);
      continue;
    }
    const copy = Number(/\bCopy\s*=\s*["']\s*(\d{1,9})\s*["']/i.exec(found[2]!)?.[1] ?? 0);
    if ((copy & COPY_IN) === 0) add(line, path, 'exclude', found[0]);
    else
      findings.push(
        lineFinding(
          source,
          line,
          'redirectionCopied',
          'info',
          (copy & COPY_OUT) === 0
            ? 'This folder is copied out of the profile disk at sign-in: its content is seen, what is written is lost.'
            : 'This folder is copied out of the profile disk at sign-in and back at sign-out: its content is seen.',
          { path, copy },
        ),
      );
  }
  if (root === null || open > 0)
    findings.push(unreadableLine(source, 1, xml.slice(0, 300), 'elements that begin and end are expected'));
  return { rules, findings };
}

function notBelow(path: string): FormatError {
  return new FormatError({
    code: 'InvalidArgument',
    where: { source: 'rule', offset: null },
    expected: 'a folder below the profile',
    actual: path === '' ? 'nothing' : path,
  });
}
