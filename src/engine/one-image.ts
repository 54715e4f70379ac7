/** Several files of which the caller says that they are one image: which is the main one is found by linking. */
import { fail } from '../base/errors.ts';
import { createCodecs } from '../codec/codecs.ts';
import { CachedSource } from '../source/cached.ts';
import type { ByteSource } from '../source/types.ts';
import { findHolders } from './holders.ts';
import type { Host } from './host.ts';
import { identify } from './identify.ts';
import { link } from './linking.ts';
import { type LinkedNeed, linkNeeds } from './needs.ts';

/** Heads, tails and tables of each file are read once here and again when the image is opened. */
const PROBE_CACHE = 1 << 20;

/**
 * @returns indices of the file that opens the image, and of the others
 * @throws FormatError InvalidArgument when they are several images that lack nothing, or when one belongs to none
 */
export function oneImage(host: Host, files: readonly ByteSource[]): { main: number; others: number[] } {
  const codecs = createCodecs(host.modules, host.sha1);
  const sources = files.map((file) => new CachedSource(file, PROBE_CACHE));
  const probes = sources.map((source) => identify(source, codecs));
  const holders = findHolders(sources, probes);
  const { groups } = link(probes, holders);
  const name = (i: number) => files[i]!.name;
  const whole = groups.filter(({ main, others }) => files.every((_, i) => i === main || others.includes(i)));
  // of two that name each other the first given is meant
  const found = whole.find(({ inner }) => !inner) ?? whole[0];
  if (found !== undefined) return { main: found.main, others: [...found.others] };
  const outer = groups.filter(({ inner }) => !inner);
  const first = outer[0];
  if (first === undefined)
    fail('InvalidArgument', name(0), null, 'files of one image', `none: ${probes[0]?.refusal?.actual ?? 'unknown'}`);
  // a chain that lacks a link cannot reach the files behind it: what is missing is the better answer
  const lacks = ({ need, files: used }: LinkedNeed) => need.required && used.length === 0;
  const [lacking, ...more] = outer.filter(({ main }) => linkNeeds(probes, main, { holders }).some(lacks));
  if (lacking !== undefined && more.length === 0)
    return { main: lacking.main, others: files.flatMap((_, i) => (i === lacking.main ? [] : i)) };
  const stray = files.findIndex((_, i) => i !== first.main && !first.others.includes(i));
  return fail('InvalidArgument', name(first.main), null, 'files that belong to it', `${name(stray)}, which does not`);
}
