import { useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';

type KeyName = keyof ReturnType<typeof useText>['keys']['list'];

const GROUPS: readonly {
  readonly name: keyof ReturnType<typeof useText>['keys']['groups'];
  readonly keys: readonly (readonly [what: KeyName, ...keys: string[]])[];
}[] = [
  {
    name: 'move',
    keys: [
      ['arrows', '↑', '↓'],
      ['ends', 'Home', 'End'],
      ['pages', 'PgUp', 'PgDn'],
      ['sides', '←', '→'],
      ['enter', 'Enter'],
      ['up', 'Backspace', 'Alt ↑'],
      ['history', 'Alt ←', 'Alt →'],
      ['letters', 'A–Z'],
    ],
  },
  {
    name: 'look',
    keys: [
      ['address', 'Alt D'],
      ['filter', '/', 'Ctrl F'],
      ['next', 'F3', 'Shift F3'],
      ['goTo', 'Ctrl G'],
      ['copy', 'Ctrl C'],
    ],
  },
  {
    name: 'show',
    keys: [
      ['star', '*'],
      ['states', 'a', 'r', 'm', 'u'],
      ['select', 'Shift ↑', 'Shift ↓'],
    ],
  },
  {
    name: 'window',
    keys: [
      ['pane', 'F6', 'Shift F6'],
      ['menu', 'Shift F10'],
      ['layer', 'Alt ↑', 'Alt ↓'],
      ['leaveOut', 'Space'],
      ['remove', 'Del'],
      ['sheet', '?'],
      ['escape', 'Esc'],
    ],
  },
];

export function KeySheet({ onClose }: { onClose: () => void }) {
  const t = useText();
  return (
    <Dialog
      wide
      title={t.keys.title}
      onClose={onClose}
      footer={
        <>
          <span class="grow faint">{t.keys.hint}</span>
          <Button autofocus onClick={onClose}>
            {t.keys.close}
          </Button>
        </>
      }
    >
      <div class="key-sheet">
        {GROUPS.map((group) => (
          <section key={group.name}>
            <h3>{t.keys.groups[group.name]}</h3>
            <dl>
              {group.keys.map(([what, ...keys]) => (
                <div key={what}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{t.keys.list[what]}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
