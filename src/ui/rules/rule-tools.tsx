/** Buttons that make rules: one by hand, or those of a usual case. */
import { useState } from 'preact/hooks';
import type { PresetId } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { MenuButton } from '../widgets/menu.tsx';
import { NEW_RULE, RuleEditor } from './rule-editor.tsx';

const PRESETS: readonly PresetId[] = ['userDisk', 'roaming', 'appLayers'];

export function RuleTools() {
  const app = useApp();
  const t = useText();
  const [open, setOpen] = useState(false);
  const none = app.layers.value.length === 0;
  const apply = (preset: PresetId) =>
    void app.bridge.workspace
      .applyPreset(preset)
      .then((made) => app.notices.show({ code: 'presetAdded', count: made.length }), app.notices.failed);
  return (
    <>
      <Button small icon="plus" disabled={none} onClick={() => setOpen(true)}>
        {t.rules.add}
      </Button>
      {!none && (
        <MenuButton
          small
          icon="list"
          label={t.rules.presets}
          items={() => [
            { kind: 'head', text: t.rules.presets },
            ...PRESETS.map((preset) => ({ text: t.rules.presetNames[preset], run: () => apply(preset) })),
          ]}
        />
      )}
      {open && <RuleEditor draft={NEW_RULE} id={null} onClose={() => setOpen(false)} />}
    </>
  );
}
