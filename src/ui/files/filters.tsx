/** The tool bar over a tree: states with their counts, then layers. A pressed chip is shown, a struck one is off. */

import { formatCount } from '../../base/format.ts';
import type { RowState } from '../../engine/api.ts';
import type { Tree, TreeRow } from '../../store/tree.ts';
import { useApp, useText } from '../context.ts';
import { Chip } from '../widgets/marks.tsx';
import { Sign } from '../widgets/signs.tsx';
import { isStateShown, toggledLayer, toggledState } from './filter-logic.ts';

const STATES: readonly Exclude<RowState, 'unchanged'>[] = ['added', 'overrides', 'hidden', 'same'];

export function Filters<Row extends TreeRow>({ tree, counts }: { tree: Tree<Row>; counts: boolean }) {
  const app = useApp();
  const t = useText();
  const spec = tree.spec.value;
  const stats = app.workspace.value?.stats;
  const layers = app.layers.value;
  const count = (state: (typeof STATES)[number]) => {
    if (stats === undefined || !counts) return null;
    return state === 'same' ? stats.same + stats.unchanged : stats[state];
  };
  return (
    <div class="tools" role="toolbar" aria-label={t.filters.label}>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          class="filter"
          aria-pressed={isStateShown(spec, state)}
          onClick={() => void tree.change(toggledState(spec, state))}
        >
          <Sign name={state} />
          <span class="label">{t.states[state === 'same' ? 'unchanged' : state]}</span>
          {count(state) !== null && <span class="count">{formatCount(count(state)!, t.locale)}</span>}
        </button>
      ))}
      <button
        type="button"
        class="filter only"
        aria-pressed={spec.conflictsOnly}
        onClick={() => void tree.change({ conflictsOnly: !spec.conflictsOnly })}
      >
        <Sign name="conflict" />
        <span class="label">{t.filters.conflicts}</span>
        {stats !== undefined && counts && <span class="count">{formatCount(stats.conflicts, t.locale)}</span>}
      </button>
      {layers.length > 1 && <span class="rule-v optional" />}
      {layers.length > 1 &&
        layers.map((layer) => {
          const shown = spec.layers === null || spec.layers.includes(layer.id);
          return (
            <button
              key={layer.id}
              type="button"
              class="filter layer-filter optional"
              aria-pressed={shown}
              aria-label={t.filters.fromLayer(layer.name)}
              title={t.filters.fromLayer(layer.name)}
              onClick={() =>
                void tree.change(
                  toggledLayer(
                    spec,
                    layer.id,
                    layers.map((l) => l.id),
                  ),
                )
              }
            >
              <Chip layer={layer} named={!shown} />
            </button>
          );
        })}
    </div>
  );
}
