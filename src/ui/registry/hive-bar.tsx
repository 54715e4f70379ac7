/** Which layers make up the hive of the selected key, and how they are put together. */
import type { HiveMountInfo } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { Select } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { mountOf } from './mount-of.ts';

export const MODES: readonly HiveMountInfo['mode'][] = ['merge', 'baseOnly', 'replace', 'never'];

export function HiveBar() {
  const app = useApp();
  const t = useText();
  const path = app.address.value?.path ?? '';
  const mount = mountOf(app.workspace.value?.mounts ?? [], path);
  if (mount === null) return null;
  const layers = app.layerById.value;
  const states: Record<string, string> = t.registry.hiveStates;
  return (
    <div class="hive-bar">
      <span>
        <Icon name="hive" />
        <strong>{mount.path.slice(mount.path.lastIndexOf('\\') + 1)}</strong>
      </span>
      <span class="chips" title={t.registry.stack(mount.path)}>
        {mount.stack.map((id) => {
          const layer = layers.get(id);
          return layer === undefined ? null : <Chip key={id} layer={layer} />;
        })}
      </span>
      {mount.state !== '' && <span class="trunc">{states[mount.state] ?? mount.state}</span>}
      <span class="grow" />
      <span class="optional">{t.registry.mode}</span>
      <Select
        value={mount.mode}
        label={t.plan.modeOf(mount.path)}
        disabled={!mount.switchable}
        options={MODES.map((mode) => ({ value: mode, text: t.registry.modes[mode] }))}
        onChange={(mode) => void app.bridge.workspace.setHiveMode(mount.mount, mode).catch(app.notices.failed)}
      />
    </div>
  );
}
