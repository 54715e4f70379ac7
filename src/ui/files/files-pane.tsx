/** The merged disk. */
import type { ViewSpec } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { CoreHead } from '../widgets/marks.tsx';
import { TreeGrid } from '../widgets/tree-grid.tsx';
import { useFileMenu } from './file-menu.ts';
import { FileRowView } from './file-row.tsx';
import { Filters } from './filters.tsx';

type SortBy = ViewSpec['sort']['by'];

function Head({ by, text, class: extra }: { by: SortBy; text: string; class?: string }) {
  const { files } = useApp();
  const t = useText();
  const { sort } = files.spec.value;
  const active = sort.by === by;
  return (
    <span
      class={extra}
      role="columnheader"
      aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      {by === 'layer' && <CoreHead />}
      <button
        type="button"
        tabIndex={-1}
        title={t.columns.sortBy(text)}
        onClick={() => void files.change({ sort: { by, descending: active && !sort.descending } })}
      >
        {text}
        {active && <Icon name={sort.descending ? 'down' : 'up'} />}
      </button>
    </span>
  );
}

export function FilesPane() {
  const app = useApp();
  const t = useText();
  const { files } = app;
  const layers = app.layerById.value;
  const utc = app.settings.utc.value;
  const items = useFileMenu();
  const stats = app.workspace.value?.stats;
  const nothing = stats !== undefined && stats.files + stats.directories === 0;
  return (
    <div class="pane" id="pane-files" role="tabpanel" aria-labelledby="tab-files">
      <Filters tree={files} counts />
      <TreeGrid
        tree={files}
        id="files"
        label={t.grid.files}
        class="files"
        columns={8}
        deps={[layers, utc, t]}
        menu={{ label: (row) => t.menuOf(row.name), items }}
        empty={
          nothing ? (
            <EmptyState icon="disk" title={t.grid.noFiles} text={t.grid.noFilesWhy} />
          ) : (
            <EmptyState
              icon="find"
              title={t.grid.empty}
              action={t.filters.all}
              onAction={() =>
                void files.change({
                  filter: '',
                  states: null,
                  layers: null,
                  conflictsOnly: false,
                  markedOnly: false,
                  showHidden: true,
                })
              }
            />
          )
        }
        header={
          <div class="head" role="row" aria-rowindex={1}>
            <span role="columnheader">
              <span class="sr">{t.columns.state}</span>
            </span>
            <Head by="name" text={t.columns.name} class="head-name" />
            <Head by="size" text={t.columns.size} class="head-number" />
            <Head by="modified" text={t.columns.modified} class="col-modified" />
            <Head by="type" text={t.columns.type} class="col-type" />
            <span class="col-attributes" role="columnheader">
              {t.columns.attributes}
            </span>
            <Head by="layer" text={t.columns.layer} class="head-layer" />
            <Head by="state" text={t.columns.state} class="col-state" />
          </div>
        }
        row={(row, props) => (
          <FileRowView
            key={props.slot}
            {...props}
            row={row}
            layer={row?.layer == null ? undefined : layers.get(row.layer)}
            utc={utc}
            t={t}
          />
        )}
      />
    </div>
  );
}
