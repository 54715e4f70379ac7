/**
 * The chain of an image: its own file on top, below it what it is made of, as a core drawn upright. What is missing stands
 * in its place, with what is known of it and a way to point to it.
 */
import type { ChainCandidate, ChainEntry } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { isPoint } from '../../store/compare-blocks.ts';
import type { Taken } from '../../store/dropped.ts';
import { useApp, useText } from '../context.ts';
import { pickFile } from '../empty/pickers.ts';
import { Button } from '../widgets/controls.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { type ChainRow, chainRows, lastName, wantedName } from './chain-rows.ts';

interface ChainProps {
  /** Name of the image's own file. */
  name: string;
  chain: readonly ChainEntry[];
  onPick: (need: string, file: Taken | number) => void;
  /** Compares the image with what its disk was at a parent; absent where there is no layer yet. */
  onCompare?: ((need: string) => void) | undefined;
}

/** What is to be said of an entry, in sentences; empty when all is well. */
function sentences(entry: ChainEntry, t: Dictionary): string[] {
  const { status, file, candidates, names, identity } = entry;
  const known = lastName(names[0] ?? '');
  const differing = candidates.find((candidate) => candidate.differs !== null);
  if (status === 'found')
    return file !== null && known !== '' && known.toLowerCase() !== lastName(file).toLowerCase()
      ? [t.chain.renamed(known)]
      : [];
  if (status === 'differs' && file !== null && differing?.differs != null) {
    const { fact, expected, actual } = differing.differs;
    return [t.chain.picked(fact, expected, actual)];
  }
  const first =
    status === 'ambiguous'
      ? t.chain.ambiguous
      : status === 'loop'
        ? t.chain.loop
        : differing?.differs != null
          ? t.chain.differs(lastName(differing.file), differing.differs.fact, differing.differs.actual)
          : t.chain.notHere;
  return [
    first,
    entry.required ? t.chain.needed : t.chain.partly,
    ...(identity === '' ? [] : [t.chain.identity(identity)]),
  ];
}

function Candidate({ candidate, onUse }: { candidate: ChainCandidate; onUse: () => void }) {
  const t = useText();
  const name = lastName(candidate.file);
  return (
    <Button small onClick={onUse}>
      {candidate.differs === null ? t.chain.use(name) : t.chain.useAnyway(name)}
    </Button>
  );
}

interface LinkProps extends Pick<ChainProps, 'onPick' | 'onCompare'> {
  self: string;
}

function Entry({ entry, self, onPick, onCompare }: LinkProps & { entry: ChainEntry }) {
  const app = useApp();
  const t = useText();
  const lacking = entry.file === null;
  const name = entry.file ?? wantedName(entry, t);
  const told = sentences(entry, t);
  const paths = lacking ? entry.names.filter((path) => path !== name) : [];
  const choose = () => {
    pickFile(app).then((taken) => {
      if (taken !== null) onPick(entry.id, taken);
    }, app.notices.failed);
  };
  return (
    <li class={`link ${lacking ? 'lacking' : entry.status}`} data-depth={Math.min(entry.depth, 6)}>
      <span class="link-name" title={name}>
        {lastName(name)}
      </span>
      <span class="link-kind">{t.chain.kinds[entry.kind]}</span>
      {(told.length > 0 || paths.length > 0) && (
        <div class="link-told">
          {entry.status !== 'found' && <SeverityIcon severity={lacking && entry.required ? 'error' : 'warning'} />}
          <span>
            {told.join(t.chain.between)}
            {paths.length > 0 && <span class="mono link-paths">{paths.join('\n')}</span>}
          </span>
        </div>
      )}
      <div class={entry.status === 'found' ? 'link-tools on-demand' : 'link-tools'}>
        {lacking &&
          entry.candidates.map((candidate) => (
            <Candidate key={candidate.index} candidate={candidate} onUse={() => onPick(entry.id, candidate.index)} />
          ))}
        {onCompare !== undefined && isPoint(entry) && (
          <button
            type="button"
            class="link-button"
            aria-label={t.chain.compareOf(lastName(name), self)}
            onClick={() => onCompare(entry.id)}
          >
            {t.chain.compareWith(self)}
          </button>
        )}
        <button type="button" class="link-button" aria-label={t.chain.chooseFor(lastName(name))} onClick={choose}>
          {lacking ? t.chain.choose : t.chain.chooseOther}
        </button>
      </div>
    </li>
  );
}

function Row({ row, ...link }: LinkProps & { row: ChainRow }) {
  const t = useText();
  if (row.kind === 'entry') return <Entry entry={row.entry} {...link} />;
  return (
    <li class="link folded" data-depth={Math.min(row.entries[0]!.depth, 6)}>
      <span class="link-name" title={row.entries.map(({ file }) => file).join('\n')}>
        {t.chain.more(row.entries.length)}
      </span>
      <span class="link-kind">{t.chain.kinds[row.entries[0]!.kind]}</span>
    </li>
  );
}

export function Chain({ name, chain, onPick, onCompare }: ChainProps) {
  const t = useText();
  return (
    <ol class="chain" aria-label={t.chain.label(lastName(name))}>
      <li class="link found self">
        <span class="link-name" title={name}>
          {lastName(name)}
        </span>
        <span class="link-kind">{t.chain.self}</span>
      </li>
      {chainRows(chain).map((row) => (
        <Row
          key={row.kind === 'entry' ? row.entry.id : `more/${row.entries[0]!.id}`}
          row={row}
          self={lastName(name)}
          onPick={onPick}
          onCompare={onCompare}
        />
      ))}
    </ol>
  );
}

/** Marks drawn of a long chain; the words beside them have the whole number. */
const MARKS = 12;

/** The chain as a line of cells, the image's own file left: filled is here, dashed is missing. */
export function ChainMarks({ chain }: { chain: readonly ChainEntry[] }) {
  return (
    <span class="chain-marks" aria-hidden="true">
      <i />
      {chain.slice(0, MARKS).map((entry) => (
        <i key={entry.id} class={entry.file === null ? 'lacking' : entry.status === 'differs' ? 'differs' : ''} />
      ))}
    </span>
  );
}
