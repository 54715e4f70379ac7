/** Which layers make up the hive of the selected key, and how they are put together. */
import type { HiveMountInfo } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { Select } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { mountOf } from './mount-of.ts';

export const MODES: readonly HiveMountInfo['mode'][] = ['merge', 'baseOnly', 'replace', 'never'];

/** Whom HKEY_CURRENT_USER is shown for, when there is a choice. */
function UserSelect() {
  const app = useApp();
  const t = useText();
  const users = app.workspace.value?.users ?? [];
  const user = app.workspace.value?.user ?? null;
  if (user === null || users.length < 2) return null;
  return (
    <>
      <span class="optional">{t.registry.user}</span>
      <Select
        value={user}
        label={t.registry.user}
        options={users.map(({ mount, name }) => ({ value: mount, text: name }))}
        onChange={(mount) => void app.bridge.workspace.setUser(mount).catch(app.notices.failed)}
      />
    </>
  );
}

export function HiveBar() {
  const app = useApp();
  const t = useText();
  const subject = app.detail.subject.value;
  const key = subject?.kind === 'value' ? subject.detail.key : subject?.kind === 'key' ? subject.detail : null;
  const path = app.address.value?.path ?? '';
  const mount = mountOf(app.workspace.value?.mounts ?? [], key?.really[0] ?? path);
  const ofUser = /^HKEY_(?:CURRENT_USER|CLASSES_ROOT)(?:\\|$)/.test(path);
  if (mount === null) return ofUser ? <div class="hive-bar">{<UserSelect />}</div> : null;
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
      <button
        type="button"
        class="button small"
        title={t.traces.open}
        aria-label={t.traces.open}
        onClick={() => app.traces.open(mount.mount)}
      >
        <Icon name="find" />
        <span class="optional">{t.traces.button}…</span>
      </button>
      <span class="grow" />
      {ofUser && <UserSelect />}
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
