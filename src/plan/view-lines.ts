/**
 * The effective view as lines of text: what two ways of computing it must agree on, byte by byte. In order of paths
 * (encode.ts), each directory before its content, each key before its values:
 *
 *     ["dir","Windows","user"]                     attributes and security come from layer `user`
 *     ["file","Windows\\a.txt","app1"]             the file of layer app1 at this path
 *     ["file","Windows\\b.txt","app1","Old\\b.txt"]   ... at another path
 *     ["file","Windows\\c.txt","=","3f1c...-120-20-01da..."]  content that is equal in several layers, by its identity
 *     ["key","HKLM/SOFTWARE\\X","os","133..."]     security from `os`, last write
 *     ["value","HKLM/SOFTWARE\\X","Name",1,"8c0f..."]  type and hash of the data (null when they cannot be read)
 *
 * JSON.stringify escapes lone surrogates, so every name has exactly one form. The digest of the view is the Merkle root
 * over SHA-256 of blocks of 4,096 lines, each line ended by a line feed: no step ever holds the whole view.
 */
import { hex } from '../base/guid.ts';
import type { FileKind } from './content-identity.ts';
import { merkleRoot, type Sha256 } from './merkle.ts';

const BLOCK_LINES = 4096;
const encoder = new TextEncoder();

/** A file or link. @param identity null when only the layer can say what it is */
export function fileLine(
  kind: FileKind,
  path: string,
  layer: string,
  layerPath: string,
  identity: string | null,
): string {
  if (identity !== null) return JSON.stringify([kind, path, '=', identity]);
  return JSON.stringify(layerPath === path ? [kind, path, layer] : [kind, path, layer, layerPath]);
}

export function dirLine(path: string, layer: string): string {
  return JSON.stringify(['dir', path, layer]);
}

/** @param lastWrite ticks as decimal text */
export function keyLine(kind: 'key' | 'link', path: string, layer: string, lastWrite: string): string {
  return JSON.stringify([kind, path, layer, lastWrite]);
}

export function valueLine(path: string, name: string, type: number, hash: string | null): string {
  return JSON.stringify(['value', path, name, type, hash]);
}

/** Digest of a view. @param pause called after each block, so that a worker can answer and cancel */
export async function viewDigest(
  lines: Iterable<string>,
  sha256: Sha256,
  pause: () => Promise<void> = async () => {},
): Promise<string> {
  const leaves: Uint8Array[] = [];
  let block: string[] = [];
  const close = async () => {
    leaves.push(await sha256(encoder.encode(`${block.join('\n')}\n`)));
    block = [];
    await pause();
  };
  for (const line of lines) {
    block.push(line);
    if (block.length === BLOCK_LINES) await close();
  }
  if (block.length > 0) await close();
  return hex(await merkleRoot(leaves, sha256));
}
