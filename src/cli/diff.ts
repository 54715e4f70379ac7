/** stratascope diff: what differs between two trees of files, and how that is known. */
import { parseArgs } from 'node:util';
import {
  type Change,
  type ComparedEntry,
  type Comparison,
  comparedEntry,
  compareMounts,
} from '../engine/compare-mounts.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { json, line, printable, tellFindings } from './output.ts';
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
  const count = (change: Change) => `${totals[change].entries.toLocaleString('en')} ${change}`;
  line(`${count('added')}, ${count('removed')}, ${count('changed')}, ${count('metadata')} only, ${count('same')}`);
  if (shared === null) return;
  const share = ({ blobs, bytes }: { blobs: number; bytes: number }) =>
    `${blobs.toLocaleString('en')} contents with ${bytes.toLocaleString('en')} bytes`;
  line(`in both: ${share(shared.both)}; only before: ${share(shared.onlyA)}; only after: ${share(shared.onlyB)}`);
}

export const diff: Command = {
  usage: 'diff IMAGE[::SEL] IMAGE[::SEL] [--all] [--json]',
  about:
    'what differs between two trees, with evidence; --all lists what is the same too. Exit 1 when data or names differ',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { all: { type: 'boolean' }, json: { type: 'boolean' } },
    });
    if (positionals.length !== 2) throw new UsageError('diff takes two images');
    const asJson = values.json === true;
    const opened = [];
    for (const argument of positionals) {
      const selected = await openSelected(host, argument, asJson);
      if (selected.node.kind !== 'tree') throw new UsageError(`${argument} is a hive: use reg`);
      opened.push({ image: selected.image, mount: selected.node.mount, name: argument });
    }
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
