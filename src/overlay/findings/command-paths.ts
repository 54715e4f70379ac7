/**
 * Command lines and paths of the registry -> places on the volume they may mean.
 *
 *     %SystemRoot%\System32\svchost.exe -k netsvcs      \SystemRoot\System32\drivers\x.sys      System32\drivers\x.sys
 *     "C:\Program Files\X\x.exe" /auto      C:\Program Files\X y\x.exe /auto      rundll32.exe C:\X\x.dll,Start
 *
 * An unquoted path with spaces is tried at each space, as CreateProcess does. What lies on another drive, on the network
 * or is searched along %PATH% cannot be judged and gives nothing.
 */

const SYSTEM = 'Windows\\System32';

const VARIABLES: Readonly<Record<string, string>> = {
  SYSTEMROOT: 'C:\\Windows',
  WINDIR: 'C:\\Windows',
  SYSTEMDRIVE: 'C:',
  PROGRAMFILES: 'C:\\Program Files',
  PROGRAMW6432: 'C:\\Program Files',
  'PROGRAMFILES(X86)': 'C:\\Program Files (x86)',
  COMMONPROGRAMFILES: 'C:\\Program Files\\Common Files',
  'COMMONPROGRAMFILES(X86)': 'C:\\Program Files (x86)\\Common Files',
  PROGRAMDATA: 'C:\\ProgramData',
  ALLUSERSPROFILE: 'C:\\ProgramData',
  PUBLIC: 'C:\\Users\\Public',
};
const OF_USER: Readonly<Record<string, string>> = {
  USERPROFILE: '',
  APPDATA: '\\AppData\\Roaming',
  LOCALAPPDATA: '\\AppData\\Local',
};

export interface CommandContext {
  /** `Users\ann` for commands of her hive, null when it is not known. */
  readonly profile: string | null;
  /** The text stands below Wow6432Node: 32-bit folders are meant first. */
  readonly wow64: boolean;
}

/** Longest text that is looked at: command lines end at 32,767 units. */
const MAX_TEXT = 32_767;
/** Spaces at which an unquoted path is cut. */
const MAX_CUTS = 16;

/** Volume-relative paths that the text may mean, the likeliest first; empty when it cannot be judged. */
export function commandPaths(text: string, context: CommandContext): string[] {
  const trimmed = text.slice(0, MAX_TEXT).trim();
  const found = new Set<string>();
  const add = (candidate: string) => {
    const place = volumePath(candidate, context);
    if (place === null) return;
    found.add(place);
    if (context.wow64 && place.toLowerCase().startsWith(`${SYSTEM.toLowerCase()}\\`))
      found.add(`Windows\\SysWOW64${place.slice(SYSTEM.length)}`);
  };
  const { program, rest } = split(trimmed);
  if (rest !== '' && /(^|\\)(rundll32|regsvr32)(\.exe)?$/i.test(program)) {
    const named = split(rest.replace(/^(\/\S+\s+)+/, ''));
    add((trimmed.includes('"') ? named.program : rest).replace(/,.*$/, ''));
    return [...found];
  }
  if (trimmed.startsWith('"')) add(program);
  else {
    const cuts = [...trimmed.matchAll(/\s+/g)].slice(0, MAX_CUTS).map((match) => match.index);
    const wholes = [...cuts.map((at) => trimmed.slice(0, at)), trimmed];
    // the likeliest is the first that has an extension
    for (const whole of [...wholes.filter(hasExtension), ...wholes.filter((one) => !hasExtension(one))]) add(whole);
  }
  return [...found];
}

const hasExtension = (path: string) => /\.[a-z0-9]{2,4}$/i.test(path);

function split(text: string): { program: string; rest: string } {
  const quoted = /^"([^"]*)"?\s*(.*)$/s.exec(text);
  if (quoted !== null) return { program: quoted[1]!, rest: quoted[2]! };
  const at = text.search(/\s/);
  return at < 0 ? { program: text, rest: '' } : { program: text.slice(0, at), rest: text.slice(at).trim() };
}

/** A single path -> volume-relative, null when it is not on the merged volume or not absolute. */
export function volumePath(path: string, { profile, wow64 }: CommandContext): string | null {
  let whole = path.trim().replaceAll('/', '\\');
  const variable = /^%([^%]+)%/.exec(whole);
  if (variable !== null) {
    const name = variable[1]!.toUpperCase();
    const own = OF_USER[name];
    const value =
      own !== undefined
        ? profile === null
          ? undefined
          : `C:\\${profile}${own}`
        : wow64 && (name === 'PROGRAMFILES' || name === 'COMMONPROGRAMFILES')
          ? VARIABLES[`${name}(X86)`]
          : VARIABLES[name];
    if (value === undefined) return null;
    whole = value + whole.slice(variable[0].length);
  }
  whole = whole.replace(/^\\(\?\?|\\\?|\\\.)\\/, '').replace(/^\\SystemRoot\\/i, 'C:\\Windows\\');
  if (/^system32\\/i.test(whole)) whole = `C:\\Windows\\${whole}`;
  if (!/^c:\\/i.test(whole)) return null;
  const parts: string[] = [];
  for (const part of whole.slice(3).split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (parts.length === 0 || parts.some((part) => /["*?<>|:]/.test(part))) return null;
  return parts.join('\\');
}
