/** Deleted files of a layer's volume: what is left of each, and a way to save what is. Told on request, never merged. */

import { filetimeMs } from '../../base/filetime.ts';
import { formatCount, formatSize, formatTime } from '../../base/format.ts';
import type { DeletedFileRow } from '../../engine/api.ts';
import { isSavable } from '../../store/deleted-files.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { Button, ProgressBar } from '../widgets/controls.tsx';
import { CursorList } from '../widgets/cursor-list.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Sign } from '../widgets/signs.tsx';

/** The folder in grey, then the name; three dots where the beginning of the path is lost. */
function Path({ row }: { row: DeletedFileRow }) {
  const t = useText();
  const path = `${row.folder === 'unknown' ? '…\\' : ''}${row.path}`;
  const at = path.lastIndexOf('\\') + 1;
  const name = path.slice(at) === '' ? t.deletedFiles.lost : path.slice(at);
  return (
    <span class="cell-name mono" role="gridcell" title={path}>
      <Icon name={row.directory ? 'folder' : 'file'} />
      {row.directory && <span class="sr">{t.deletedFiles.folder} </span>}
      {at > 0 && <span class="folder faint">{path.slice(0, at)}</span>}
      <span class="base">{name}</span>
    </span>
  );
}

function Rows() {
  const { deletedFiles, settings } = useApp();
  const t = useText();
  const rows = deletedFiles.shown.value;
  const { path, size, modified, left } = t.deletedFiles.columns;
  return (
    <CursorList
      id="deleted-files"
      class="deleted-grid deleted-files-grid"
      label={t.deletedFiles.list}
      columns={[t.deletedFiles.deleted, path, size, modified, left]}
      count={rows.length}
      onCursor={(index) => {
        deletedFiles.cursor.value = index;
      }}
      cells={(index) => {
        const row = rows[index]!;
        return (
          <>
            <span class="cell-sign" role="gridcell">
              <Sign name="hidden" />
              <span class="sr">{t.deletedFiles.deleted}</span>
            </span>
            <Path row={row} />
            <span class="cut num" role="gridcell">
              {row.directory ? '' : formatSize(row.size, t.locale)}
            </span>
            <span class="cut num faint" role="gridcell">
              {formatTime(filetimeMs(...row.modified), settings.utc.value)}
            </span>
            <span class="cut" role="gridcell">
              {t.deletedFiles.left[row.data]}
            </span>
          </>
        );
      }}
    />
  );
}

function Search() {
  const { deletedFiles } = useApp();
  const t = useText();
  const progress = deletedFiles.progress.value;
  if (progress === null)
    return deletedFiles.stopped.value ? (
      <p class="faint" role="status">
        {t.deletedFiles.stopped}
      </p>
    ) : null;
  return (
    <div class="work" role="status">
      <div class="work-top">
        <span class="grow trunc">
          {t.deletedFiles.busy} · {t.deletedFiles.found(deletedFiles.total.value)}
        </span>
        <Button small onClick={deletedFiles.stop}>
          {t.deletedFiles.stop}
        </Button>
      </div>
      <ProgressBar done={progress.done} total={progress.total} label={t.deletedFiles.busy} />
    </div>
  );
}

function Footer() {
  const { deletedFiles, saving } = useApp();
  const t = useText();
  const shown = deletedFiles.shown.value;
  const row = shown[Math.min(deletedFiles.cursor.value, shown.length - 1)];
  const total = deletedFiles.total.value;
  const count = t.deletedFiles.count(formatCount(shown.length, t.locale), formatCount(total, t.locale));
  return (
    <>
      <span class="grow dim">{total > 0 && count}</span>
      <Button
        icon="save"
        disabled={row === undefined || !isSavable(row) || saving.state.value !== null}
        onClick={() => row !== undefined && deletedFiles.save(row)}
      >
        {t.deletedFiles.save}
      </Button>
      <Button primary onClick={deletedFiles.close}>
        {t.deletedFiles.close}
      </Button>
    </>
  );
}

export function DeletedFilesDialog() {
  const { deletedFiles } = useApp();
  const t = useText();
  const layer = deletedFiles.layer.value;
  if (layer === null) return null;
  const error = deletedFiles.error.value;
  const shown = deletedFiles.shown.value;
  const row = shown[Math.min(deletedFiles.cursor.value, shown.length - 1)];
  const nothing = deletedFiles.total.value === 0 && deletedFiles.progress.value === null && error === null;
  return (
    <Dialog wide title={t.deletedFiles.title(layer.name)} onClose={deletedFiles.close} footer={<Footer />}>
      <div class="traces-tools">
        <input
          class="field"
          type="search"
          data-autofocus=""
          placeholder={t.deletedFiles.filter}
          aria-label={t.deletedFiles.filter}
          value={deletedFiles.filter.value}
          onInput={(event) => {
            deletedFiles.filter.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="traces">
        <p class="faint">{t.deletedFiles.why}</p>
        <Search />
        {error !== null && <ErrorText error={error} />}
        {nothing && !deletedFiles.stopped.value ? (
          <EmptyState icon="check" title={t.deletedFiles.none} text={t.deletedFiles.noneWhy} />
        ) : (
          <Rows />
        )}
        {row !== undefined && (
          <p class="deleted-about" aria-live="polite">
            {t.deletedFiles.about[row.directory ? 'folder' : row.data]}
          </p>
        )}
      </div>
    </Dialog>
  );
}
