/** What can be done with a row of the files: what the keys do, and saving. */
import type { FileRow } from '../../engine/api.ts';
import { spellings } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import type { MenuItem } from '../widgets/menu.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';

export function useFileMenu(): (row: FileRow) => readonly MenuItem[] {
  const app = useApp();
  const t = useText();
  const copy = useCopy();
  const busy = () => app.saving.state.value !== null;
  return (row) => {
    const { node, name, layer, size } = row;
    const save = row.directory
      ? {
          text: `${t.saving.saveFolder}…`,
          disabled: busy(),
          run: () => void app.saving.folder(node, name.replace(/[\\/:]/g, '')),
        }
      : {
          text: `${t.saving.saveFile}…`,
          disabled: busy() || layer === null || row.state === 'hidden',
          run: () => {
            if (layer !== null) void app.saving.file(node, layer, '', size, name);
          },
        };
    return [
      {
        text: t.saving.menu.details,
        // on a folder this key opens it
        ...(row.expandable ? {} : { hint: 'Enter' }),
        // the menu gives the focus back to the list as it closes
        run: () => setTimeout(() => document.getElementById('detail')?.focus()),
      },
      ...(row.expandable
        ? [{ text: t.saving.menu.expand, hint: '*', run: () => void app.files.expand(row, true, true) }]
        : []),
      { kind: 'line' },
      save,
      { kind: 'line' },
      {
        text: t.registry.menu.copyPath,
        hint: 'Ctrl C',
        run: () => void app.addressOf(node).then((here) => copy(spellings(here)[0]!), app.notices.failed),
      },
      { text: t.saving.menu.copyName, run: () => copy(name) },
    ];
  };
}
