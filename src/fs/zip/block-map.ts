/**
 * AppxBlockMap.xml: the hashes of a package's files, in blocks of 64 KiB of what is unpacked.
 *
 *     <BlockMap HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">
 *       <File Name="VFS\ProgramFilesX64\a.dll" Size="136704" LfhSize="62"><Block Hash="base64" Size="5731"/> ...</File>
 *     </BlockMap>
 *
 * The signature of a package signs this file, the rest by way of it. Names are those of Windows, not of the archive.
 */
const MAX_MAP = 256 << 20;
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const BLOCK = 65_536;
export const BLOCK_MAP = 'AppxBlockMap.xml';
/** Parts of the package itself, which the map does not list. */
export const UNLISTED: ReadonlySet<string> = new Set(
  [BLOCK_MAP, 'AppxSignature.p7x', '[Content_Types].xml', 'AppxMetadata\\CodeIntegrity.cat'].map((name) =>
    name.toLowerCase(),
  ),
);

export interface MappedFile {
  readonly size: number;
  /** Base64, one a block. */
  readonly hashes: readonly string[];
}

export interface BlockMap {
  /** By name, `\` between components, in lower case. */
  readonly files: ReadonlyMap<string, MappedFile>;
  /** False when the hashes are none that can be checked here. */
  readonly checkable: boolean;
  readonly method: string;
}

export const isMapTooLarge = (size: number): boolean => size > MAX_MAP;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!);

/** Null when the text is no block map. */
export function readBlockMap(text: string): BlockMap | null {
  const root = /<BlockMap(?=\s)([^<>]*)>/.exec(text.slice(0, BLOCK));
  if (root === null) return null;
  const method = /\bHashMethod\s*=\s*"([^"<>]{1,200})"/.exec(root[1]!)?.[1] ?? '';
  const files = new Map<string, MappedFile>();
  let open: { size: number; hashes: string[] } | null = null;
  for (const tag of text.matchAll(/<(\/?)(File|Block)(?=[\s>/])([^<>]*)>/g)) {
    const [, closing, kind, attributes = ''] = tag;
    if (kind === 'Block') {
      const hash = /\bHash\s*=\s*"([A-Za-z0-9+/=]{1,100})"/.exec(attributes)?.[1];
      open?.hashes.push(hash ?? '');
    } else if (closing === '/') open = null;
    else {
      const name = /\bName\s*=\s*"([^"<>]{1,4000})"/.exec(attributes)?.[1];
      const size = Number(/\bSize\s*=\s*"(\d{1,16})"/.exec(attributes)?.[1] ?? Number.NaN);
      const file = { size, hashes: [] as string[] };
      open = attributes.endsWith('/') ? null : file;
      if (name !== undefined) files.set(plain(name).replaceAll('/', '\\').toLowerCase(), file);
    }
  }
  return { files, checkable: method.toLowerCase() === SHA256, method };
}
