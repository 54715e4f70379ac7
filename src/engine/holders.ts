/** The second step of linking: needs that no identity answers are put to the bytes, where those who link have them. */
import { containerFormats } from '../container/registry.ts';
import { fsFormats } from '../fs/registry.ts';
import type { FormatDescriptor } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';
import type { ProbeResult } from './api-image.ts';
import { asksHolders, type Holders, holderKey } from './needs.ts';

const FORMATS: readonly FormatDescriptor[] = [...containerFormats, ...fsFormats];

/** Asks each file whose format can tell for the blobs that another one names. @param sources of the same order as `probes` */
export function findHolders(
  sources: readonly ByteSource[],
  probes: readonly ProbeResult[],
  formats: readonly FormatDescriptor[] = FORMATS,
): Holders {
  const held = new Map<string, number[]>();
  probes.forEach(({ needs }, needer) => {
    for (const need of needs.filter(asksHolders)) {
      const found = probes.flatMap((probe, file) => {
        const format = formats.find(({ id }) => id === probe.format);
        return file !== needer && format?.holds?.(sources[file]!, need.hashes) === true ? [file] : [];
      });
      held.set(holderKey(needer, need), found);
    }
  });
  return held;
}
