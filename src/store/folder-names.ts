/** What the names in a folder tell: whether it is a layer itself, and which of its files are taken when it is not. Pure. */

/** Something in a folder: `/` between names, without the folder's own; `take` is null for a folder. */
export interface NamedEntry {
  readonly path: string;
  readonly take: unknown;
}

/**
 * Folders hold much that is no layer: only names like these are taken from them. Each: images,
 * archives, logs and plans and rules, hives and rule files by their whole name.
 */
const KNOWN = [
  /\.(?:wim|esd|swm\d*|ppkg|a?vhdx?|vmdk|vdi|qcow2?|sdi|iso|udf|img|ima|raw|dd|bin|ntfs|ext4|hiv|hve|hive|dat)$/i,
  /\.(?:tar|gz|tgz|zst|tzst|zip|(?:msix|appx)(?:bundle)?)$/i,
  /\.(?:log[12]?|plan|json|fx[ra])$/i,
  /^(?:system|software|sam|security|default|components|drivers|bcd|snapvol\.cfg|redirections\.xml)$/i,
];
/** Files that lie deeper are not taken. */
const TAKEN_DEPTH = 6;
/** Names that make a folder worth being searched. */
const IMAGE =
  /\.(?:wim|esd|swm\d*|a?vhdx?|iso|img|raw|dd|vmdk|vdi|qcow2?|hiv|hve|ppkg|plan)$|^(?:system|software|sam|security|default|components|drivers|bcd|ntuser\.dat|usrclass\.dat)$/i;
/** Layers at the top of a folder; deeper they are what some program has packed. */
const PACKED = /\.(?:tar|tar\.gz|tgz|tar\.zst|tzst|(?:msix|appx)(?:bundle)?)$/i;
/** Hives where a profile has them: what lies there is no image to be found. */
const IN_PLACE = /(?:^|\/)users\/[^/]+\/(?:ntuser\.dat|appdata\/.*)$/i;
/** Each: names at the top of a folder that together say what it is. */
const SIGNS: readonly (readonly string[])[] = [
  ['windows'],
  ['program files'],
  ['.layer'],
  ['files', 'hives'],
  ['files', 'tombstones.txt'],
  ['drive', 'reghive'],
  ['drive', 'user'],
  ['upper', 'work'],
  ['diff', 'work'],
  ['oci-layout'],
  ['appxmanifest.xml'],
  ['svroot'],
];
const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const depthOf = (path: string): number => path.split('/').length - 1;

/** True for the name of a file that may be a layer or belong to one. */
export function isKnownName(name: string): boolean {
  return KNOWN.some((names) => names.test(name));
}

/** True for a file that is taken from a folder of images. */
export function isTaken(path: string): boolean {
  return depthOf(path) <= TAKEN_DEPTH && isKnownName(lastName(path));
}

/** True when the folder is what a layer covers, not a place where images are kept. */
export function isLayer({ found }: { readonly found: readonly NamedEntry[] }): boolean {
  const tops = new Set(found.filter(({ path }) => !path.includes('/')).map(({ path }) => path.toLowerCase()));
  if (SIGNS.some((names) => names.every((name) => tops.has(name)))) return true;
  const files = found.filter(({ take }) => take !== null);
  const isImage = (path: string) => depthOf(path) <= TAKEN_DEPTH && IMAGE.test(lastName(path)) && !IN_PLACE.test(path);
  return files.length > 0 && !files.some(({ path }) => isImage(path) || (depthOf(path) === 0 && PACKED.test(path)));
}
