/** What can be done with a key: saved with all below it, copied as text, its path copied. */
import type { RegistryFormat } from '../../engine/api.ts';
import { spellings } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import type { MenuItem } from '../widgets/menu.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';

const FORMATS: readonly RegistryFormat[] = ['reg', 'json', 'csv', 'hive'];

export function useKeyMenu(): (node: number, name: string) => readonly MenuItem[] {
  const app = useApp();
  const t = useText();
  const copy = useCopy();
  const words = t.registry.menu;
  return (node, name) => [
    { kind: 'head', text: words.export },
    ...FORMATS.map((format) => ({
      text: `${words.formats[format]}\u2026`,
      disabled: app.saving.state.value !== null,
      run: () => void app.saving.key(node, format, name),
    })),
    { kind: 'line' },
    {
      text: words.copyReg,
      run: () =>
        void app.saving
          .keyText(node)
          .then((text) => navigator.clipboard.writeText(text))
          .then(() => app.notices.show({ code: 'keyCopied', name }), app.notices.failed),
    },
    {
      text: words.copyPath,
      run: () => void app.addressOf(node).then((here) => copy(spellings(here)[0]!), app.notices.failed),
    },
  ];
}
