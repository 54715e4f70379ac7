/** Paths as people write them: every spelling the address bar takes, and the list that "Copy path as" offers. Pure. */

export type PathPane = 'files' | 'registry';
export interface Address {
  readonly pane: PathPane;
  /** `C:\Windows\...` or `HKEY_LOCAL_MACHINE\...`; no slash at the end but `C:\`. */
  readonly path: string;
}

const ROOTS: Record<string, string> = {
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKCU: 'HKEY_CURRENT_USER',
  HKCR: 'HKEY_CLASSES_ROOT',
  HKU: 'HKEY_USERS',
  HKCC: 'HKEY_CURRENT_CONFIG',
};
const FULL = new Set(Object.values(ROOTS));

/** Where Windows puts these on the volume that becomes C:. Longest values first, for the way back. */
const VARIABLES: readonly (readonly [name: string, path: string])[] = [
  ['ProgramFiles(x86)', 'C:\\Program Files (x86)'],
  ['ProgramFiles', 'C:\\Program Files'],
  ['ProgramW6432', 'C:\\Program Files'],
  ['ProgramData', 'C:\\ProgramData'],
  ['ALLUSERSPROFILE', 'C:\\ProgramData'],
  ['PUBLIC', 'C:\\Users\\Public'],
  ['SystemRoot', 'C:\\Windows'],
  ['windir', 'C:\\Windows'],
  ['SystemDrive', 'C:'],
  ['HOMEDRIVE', 'C:'],
];

function registryPath(text: string): string | null {
  // a key's name may hold a slash (MIME types): slashes separate only where no backslash does
  let rest = text.includes('\\') ? text : text.replaceAll('/', '\\');
  rest = rest.replace(/^\[-?(.*)\]$/, '$1');
  rest = rest
    .replace(/^(?:Computer|My Computer|计算机|此电脑)\\/i, '')
    .replace(/^(?:Microsoft\.PowerShell\.Core\\)?Registry::/i, '');
  rest = rest.replace(/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM').replace(/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU');
  // the name of a value may begin with a backslash or hold several: behind the root everything stays as it is
  rest = rest.replace(/^\\+/, '').replace(/\\+$/, '');
  const end = rest.indexOf('\\');
  const head = (end < 0 ? rest : rest.slice(0, end)).replace(/:$/, '').toUpperCase();
  const root = ROOTS[head] ?? (FULL.has(head) ? head : null);
  return root === null ? null : root + (end < 0 ? '' : rest.slice(end));
}

function filePath(text: string): string | null {
  let rest = text.replaceAll('/', '\\').replace(/^\\\\[?.]\\|^\\\?\?\\/, '');
  const variable = /^%([^%]+)%/.exec(rest);
  if (variable !== null) {
    const found = VARIABLES.find(([name]) => name.toLowerCase() === variable[1]!.toLowerCase());
    if (found === undefined) return null;
    rest = found[1] + rest.slice(variable[0].length);
  }
  if (rest.startsWith('\\\\')) return null;
  const drive = /^([a-z]):(?=\\|$)/i.exec(rest);
  if (drive === null && /^[a-z][\w.+-]*:/i.test(rest)) return null;
  const letter = drive === null ? 'C' : drive[1]!.toUpperCase();
  const parts: string[] = [];
  for (const part of (drive === null ? rest : rest.slice(2)).split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${letter}:\\${parts.join('\\')}`;
}

/** Reads an address in any of its spellings. Null when it is none. */
export function parseAddress(input: string): Address | null {
  const text = input
    .trim()
    .replace(/^["'\u201c\u2018]+|["'\u201d\u2019]+$/g, '')
    .trim();
  if (text === '') return null;
  const key = registryPath(text);
  if (key !== null) return { pane: 'registry', path: key };
  const path = filePath(text);
  return path === null ? null : { pane: 'files', path };
}

function bare(path: string): string {
  return path.replace(/\\$/, '');
}

export interface Crumb {
  readonly label: string;
  readonly path: string;
}

/** From the root to the item; each with the path it leads to. */
export function crumbs(path: string): Crumb[] {
  const parts = bare(path).split('\\');
  return parts.map((label, i) => ({
    label,
    path: parts.slice(0, i + 1).join('\\') + (i === 0 && label.endsWith(':') ? '\\' : ''),
  }));
}

/** Null at a root. */
export function parentPath(path: string): string | null {
  return crumbs(path).at(-2)?.path ?? null;
}

export function lastName(path: string): string {
  return crumbs(path).at(-1)!.label;
}

/** Everything but the last name, without a slash at the end; the path itself at a root. */
export function folderOf(path: string): string {
  return parentPath(path) ?? path;
}

/** Spellings for the clipboard, the plain one first. */
export function spellings({ pane, path }: Address): string[] {
  if (pane === 'files') {
    const list = [path, `"${path}"`, `\\\\?\\${path}`];
    for (const [name, value] of VARIABLES) {
      const whole = path.toLowerCase() === value.toLowerCase();
      if (whole || path.toLowerCase().startsWith(`${value.toLowerCase()}\\`)) {
        list.push(`%${name}%${path.slice(value.length)}`);
        break;
      }
    }
    list.push(path.replaceAll('\\', '/'));
    return list;
  }
  const [root, ...rest] = path.split('\\') as [string, ...string[]];
  const short = Object.keys(ROOTS).find((name) => ROOTS[name] === root) ?? root;
  const tail = rest.map((part) => `\\${part}`).join('');
  const list = [
    path,
    `${short}${tail}`,
    `Computer\\${path}`,
    `[${path}]`,
    `${short}:${tail === '' ? '\\' : tail}`,
    `Registry::${path}`,
  ];
  if (short === 'HKLM') list.push(`\\REGISTRY\\MACHINE${tail}`);
  if (short === 'HKU') list.push(`\\REGISTRY\\USER${tail}`);
  return list;
}
