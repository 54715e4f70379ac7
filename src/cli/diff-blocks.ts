/** stratascope diff --blocks: where two disks differ, whatever is on them; two nodes of a chain are compared by what is between. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../base/errors.ts';
import { type BlockDifference, type BlockDifferenceKind, compareDisks } from '../engine/compare-disks.ts';
import type { Host } from '../engine/host.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { imageArgument, UsageError } from './args.ts';
import { atFile } from './host.ts';
import { grouped, json, line } from './output.ts';
import { progress } from './progress.ts';

const STEP_MS = 50;
const SECTOR = 512;
const MAX_UNIT = 1 << 20;

/** Base names that stand for one and the same file on both sides. */
function sharedNames(first: readonly string[], second: readonly string[]): Set<string> {
  const full = [first, second].map((files) => new Set(files.map((file) => realpathSync(file))));
  const all = [...new Set(full.flatMap((files) => [...files]))];
  const both = all.filter((file) => full.every((files) => files.has(file))).map((file) => path.basename(file));
  return new Set(both.filter((name) => all.filter((file) => path.basename(file) === name).length === 1));
}

function unitOf(text: string | undefined): number {
  const unit = text === undefined ? SECTOR : Number(text);
  if (!Number.isInteger(unit) || unit < SECTOR || unit > MAX_UNIT || unit % SECTOR !== 0)
    throw new UsageError(`--unit takes whole sectors of ${SECTOR} bytes, at most ${MAX_UNIT}`);
  return unit;
}

/** @returns exit code: 1 when they differ or cannot be compared everywhere */
export function diffBlocks(host: Host, images: readonly [string, string], asJson: boolean, unit?: string): number {
  const size = unitOf(unit);
  const sides = images.map((image) => {
    const { files, selector } = imageArgument(image);
    if (selector.length > 0) throw new UsageError('--blocks compares whole disks: no selector');
    const sources = files.map((file) => atFile(file, 'a file that can be opened', () => new NodeFileSource(file)));
    return { files, sources };
  });
  const [first, second] = [sides[0]!, sides[1]!];
  const bytes: Record<BlockDifferenceKind, number> = { differs: 0, unknown: 0, onlyFirst: 0, onlySecond: 0 };
  const write = (difference: BlockDifference): void => {
    const { kind, offset, length } = difference;
    bytes[kind] += length;
    if (asJson) json(difference);
    else line(`${kind}  0x${offset.toString(16).padStart(12, '0')}  ${grouped(length)} bytes`);
  };
  const shared = sharedNames(first.files, second.files);
  const comparison = compareDisks(host, first.sources, second.sources, write, { unit: size, shared });
  const bar = progress('Comparing');
  while (!comparison.step(STEP_MS)) bar.progress?.(comparison.done, comparison.total);
  bar.end();
  if (comparison.full)
    fail('UnsupportedSize', images[0], comparison.done, 'fewer differences', 'too many: try a larger --unit');
  const { compared } = comparison;
  if (asJson) json({ summary: { ...bytes, compared, unit: size } });
  else line(`${grouped(bytes.differs)} bytes differ, ${grouped(compared)} had to be compared`);
  return Object.values(bytes).some((count) => count > 0) ? 1 : 0;
}
