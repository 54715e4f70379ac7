/** Who a package or a bundle is, by its manifest: for people. */
import { FormatError } from '../../base/errors.ts';
import type { Facts } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { openEntry } from './data.ts';
import type { ZipTree } from './tree.ts';

const MANIFESTS = [['AppxManifest.xml'], ['AppxMetadata', 'AppxBundleManifest.xml']] as const;
/** Manifests of large applications have some hundred KiB. */
const MAX_MANIFEST = 4 << 20;
const FIELDS = {
  Name: 'name',
  Version: 'version',
  ProcessorArchitecture: 'architecture',
  Publisher: 'publisher',
} as const;

/** @returns nothing when no manifest can be read: that is told where somebody asks for it */
export function packageFacts(source: ByteSource, tree: ZipTree, codecs: Codecs): Facts {
  for (const path of MANIFESTS) {
    let node = tree.nodes[0];
    for (const name of path) node = node?.children?.get(name);
    const entry = node?.entry;
    if (entry == null || entry.size > MAX_MANIFEST) continue;
    try {
      const text = new TextDecoder().decode(readBytes(openEntry(source, entry, codecs), 0, entry.size));
      const identity = /<Identity(?=\s)([^<>]*)>/.exec(text)?.[1] ?? '';
      const facts: Record<string, string> = {};
      for (const [attribute, name] of Object.entries(FIELDS)) {
        const value = new RegExp(`(?:^|\\s)${attribute}\\s*=\\s*"([^"<>]{1,1000})"`).exec(identity)?.[1];
        if (value !== undefined) facts[name] = value;
      }
      return facts;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return {};
}
