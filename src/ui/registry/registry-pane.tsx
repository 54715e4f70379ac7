/** The merged registry: keys left, values of the key right. */
import type { CSSProperties } from 'preact';
import { useApp, useText } from '../context.ts';
import { Filters } from '../files/filters.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Splitter } from '../widgets/splitter.tsx';
import { HiveBar } from './hive-bar.tsx';
import { KeysTree } from './keys-tree.tsx';
import { ValuesList } from './values-list.tsx';

export function RegistryPane() {
  const app = useApp();
  const t = useText();
  const width = app.settings.keysWidth.value;
  const state = app.workspace.value;
  const none = state !== null && state.stats.keys === 0 && !state.busy;
  return (
    <div class="pane" id="pane-registry" role="tabpanel" aria-labelledby="tab-registry">
      <Filters tree={app.keys} counts={false} />
      {none ? (
        <EmptyState icon="hive" title={t.grid.noRegistry} text={t.grid.noRegistryWhy} />
      ) : (
        <>
          <HiveBar />
          <div class="two" style={width === null ? undefined : ({ '--keys-w': `${width}px` } as CSSProperties)}>
            <div class="two-left">
              <KeysTree />
              <Splitter
                width={app.settings.keysWidth}
                label={t.split.keys}
                min={140}
                max={640}
                standard={272}
                side={1}
              />
            </div>
            <div class="two-right">
              <ValuesList />
            </div>
          </div>
        </>
      )}
    </div>
  );
}
