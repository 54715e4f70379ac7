/** What a differencing VHD says about its parent: enough to find it among other files, and to name it in a sentence. */
import { FormatError } from '../../base/errors.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { DynamicHeader } from './structures.ts';

/** Longest path a locator may state: NT paths end at 32,767 UTF-16 units. */
const MAX_LOCATOR = 65_536;

/** Names under which the parent was stored: the header's name, then the Windows locators, without repetition. */
export function parentNames(source: ByteSource, header: DynamicHeader): string[] {
  const names = new Set<string>();
  if (header.parentUnicodeName !== '') names.add(header.parentUnicodeName);
  for (const { platformCode, platformDataLength: length, platformDataOffset } of header.parentLocators) {
    if (platformCode !== 'W2ku' && platformCode !== 'W2ru') continue;
    if (length === 0 || length > MAX_LOCATOR) continue;
    try {
      const name = readView(source, platformDataOffset, length).utf16(0, length >> 1);
      names.add(name.replace(/\0.*$/s, ''));
    } catch (error) {
      // a locator that leads nowhere is no loss: the parent is known by its unique id
      if (!(error instanceof FormatError)) throw error;
    }
  }
  names.delete('');
  return [...names];
}
