/** stratascope diff: what differs between two trees of files or two registries, and how that is known. */
import { parseArgs } from 'node:util';
import type { Change, ComparedEntry } from '../engine/api-compare.ts';
import { type Comparison, comparedEntry, compareMounts } from '../engine/compare-mounts.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { diffBlocks } from './diff-blocks.ts';
import { diffRegistries } from './diff-reg.ts';
import { grouped, json, line, printable, tellFindings } from './output.ts';
import { progress } from './progress.ts';

const MARKS: Readonly<Record<Change, string>> = { added: '+', removed: '-', changed: '~', metadata: '.', same: '=' };

function write(entry: ComparedEntry, asJson: boolean): void {
  const { change, evidence, path } = entry;
  if (asJson) json(entry);
  else line(`${MARKS[change]} ${printable(path)}${evidence === null ? '' : `  (${evidence})`}`);
}

/** Counts for people; with --json they are the last object. */
function writeSummary({ totals, shared }: Comparison, asJson: boolean): void {
  if (asJson) {
    json({ summary: { ...totals, shared } });
    return;
  }
  const count = (change: Change) => `${grouped(totals[change].entries)} ${change}`;
  line(`${count('added')}, ${count('removed')}, ${count('changed')}, ${count('metadata')} only, ${count('same')}`);
  if (shared === null) return;
  const share = ({ blobs, bytes }: { blobs: number; bytes: number }) =>
    `${grouped(blobs)} contents with ${grouped(bytes)} bytes`;
  line(`in both: ${share(shared.both)}; only before: ${share(shared.onlyA)}; only after: ${share(shared.onlyB)}`);
}

export const diff: Command = {
  usage:
    'diff IMAGE[::SEL] IMAGE[::SEL] [--all] [--json] | diff HIVE HIVE [KEY] [--times] | diff IMAGE IMAGE --reg [KEY] [--times] | diff IMAGE IMAGE --blocks [--unit BYTES]',
  about:
    'what differs between two trees, with evidence, or between two hives or registries, or where two disks differ (--blocks); --all lists what is the same too, --times keys whose last write alone differs. Exit 1 when data or names differ',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        blocks: { type: 'boolean' },
        json: { type: 'boolean' },
        reg: { type: 'boolean' },
        times: { type: 'boolean' },
        unit: { type: 'string' },
      },
    });
    const [first, second, key = '', ...more] = positionals;
    if (first === undefined || second === undefined || more.length > 0)
      throw new UsageError('diff takes two images, and for registries at most one key');
    const asJson = values.json === true;
    if (values.blocks) {
      if (key !== '' || values.all || values.reg || values.times)
        throw new UsageError('--blocks goes with --unit only');
      return diffBlocks(host, [first, second], asJson, values.unit);
    }
    if (values.unit !== undefined) throw new UsageError('--unit goes with --blocks');
    const sides = [await openSelected(host, first, asJson), await openSelected(host, second, asJson)] as const;
    const hives = sides.filter(({ node }) => node.kind === 'hive').length;
    if (hives === 1) throw new UsageError('diff takes two trees or two hives, not one of each');
    if (hives === 2 || values.reg)
      return diffRegistries(sides[0], sides[1], key, {
        json: asJson,
        all: values.all === true,
        times: values.times === true,
      });
    if (key !== '' || values.times) throw new UsageError('a key and --times go with hives or --reg');
    const opened = sides.map(({ image, node }, i) => ({ image, mount: node.mount, name: [first, second][i]! }));
    const bar = progress('Reading');
    const comparison = await compareMounts(opened[0]!, opened[1]!, bar);
    bar.end();
    for (const found of comparison.differences())
      if (values.all || found.change !== 'same') write(comparedEntry(comparison, found), asJson);
    writeSummary(comparison, asJson);
    const { added, removed, changed } = comparison.totals;
    const damaged = tellFindings([...comparison.a.findings, ...comparison.b.findings], asJson);
    return damaged || added.entries + removed.entries + changed.entries > 0 ? 1 : 0;
  },
};
