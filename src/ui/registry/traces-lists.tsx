/** The two lists of the traces dialog, drawn by range. */
import { formatHex } from '../../base/format.ts';
import type { DeletedRow, RegistryDifference } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { useText } from '../context.ts';
import { CursorList } from '../widgets/cursor-list.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Sign, type SignName } from '../widgets/signs.tsx';

/** The key in grey, then the value; of a key its own name. */
function Name({ row, t }: { row: DeletedRow | RegistryDifference; t: Dictionary }) {
  const path = row.path ?? t.traces.lost;
  const at = row.kind === 'key' ? path.lastIndexOf('\\') : path.length;
  const name = row.kind === 'key' ? path.slice(at + 1) : row.name === '' ? t.traces.default : row.name;
  return (
    <span class="cell-name mono" role="gridcell" title={row.kind === 'key' ? path : `${path}\n${name}`}>
      <Icon name={row.kind === 'key' ? 'folder' : 'value'} />
      <span class="sr">{t.traces.kinds[row.kind]} </span>
      {at > 0 && <span class="folder faint">{path.slice(0, at)}\</span>}
      <span class="base">{name}</span>
    </span>
  );
}

export function DeletedList({ rows }: { rows: readonly DeletedRow[] }) {
  const t = useText();
  const { path, type, data, offset } = t.traces.columns;
  return (
    <CursorList
      id="deleted"
      class="deleted-grid"
      label={t.traces.tabs.deleted}
      columns={[t.traces.deleted, path, type, data, offset]}
      count={rows.length}
      cells={(index) => {
        const row = rows[index]!;
        const text = row.kind === 'key' ? (row.lastWrite ?? '') : (row.text ?? t.traces.overwritten);
        return (
          <>
            <span class="cell-sign" role="gridcell">
              <Sign name="hidden" />
              <span class="sr">{t.traces.deleted}</span>
            </span>
            <Name row={row} t={t} />
            <span class="cut mono faint" role="gridcell">
              {row.type}
            </span>
            <span class="cut mono" role="gridcell" title={text}>
              {text}
            </span>
            <span class="cut mono faint" role="gridcell">
              {formatHex(row.offset)}
            </span>
          </>
        );
      }}
    />
  );
}

const SIGNS: Readonly<Record<RegistryDifference['change'], SignName>> = {
  added: 'added',
  removed: 'hidden',
  changed: 'overrides',
  times: 'same',
};

/** Keys and values before and after: by a log, or in two layers. */
export function ReplayedList({ rows, label }: { rows: readonly RegistryDifference[]; label: string }) {
  const t = useText();
  const { path, before, after } = t.traces.columns;
  return (
    <CursorList
      id="replayed"
      class="replayed-grid"
      label={label}
      columns={[t.traces.changes.changed, path, before, after]}
      count={rows.length}
      cells={(index) => {
        const row = rows[index]!;
        const aspects = row.aspects.map((aspect) => t.traces.aspects[aspect]);
        const last = [row.after ?? '', ...aspects].filter((part) => part !== '').join(' · ');
        return (
          <>
            <span class="cell-sign" role="gridcell">
              <Sign name={SIGNS[row.change]} />
              <span class="sr">{t.traces.changes[row.change]}</span>
            </span>
            <Name row={row} t={t} />
            <span class="cut mono" role="gridcell" title={row.before ?? ''}>
              {row.before}
            </span>
            <span class="cut mono" role="gridcell" title={last}>
              {last}
            </span>
          </>
        );
      }}
    />
  );
}
