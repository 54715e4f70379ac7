/** The stack of copies of one item, top first: the core of the row turned upright. */
import { formatDay, formatSize } from '../../base/format.ts';
import type { VersionInfo } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';

interface VersionsProps {
  versions: readonly VersionInfo[];
  kind: 'file' | 'key' | 'value';
  directory: boolean;
  chosen: string | null;
  onChoose: ((layer: string) => void) | null;
}

export function Versions({ versions, kind, directory, chosen, onChoose }: VersionsProps) {
  const app = useApp();
  const t = useText();
  const layers = app.layerById.value;
  const utc = app.settings.utc.value;
  const several = versions.filter((v) => v.present).length > 1;

  const words = (v: VersionInfo): string => {
    // a mark may be a line in a journal: the layer has no entry of this name then
    if (v.reason === 'marker') return t.detail.deletionMark;
    if (!v.present)
      return kind === 'file' ? t.detail.notHere : kind === 'value' ? t.detail.noSuchValue : t.detail.noSuchKey;
    if (v.text !== null) return v.text;
    return t.detail.reasons[v.reason];
  };
  return (
    <section class="detail-section">
      <h3>{kind === 'value' ? t.detail.valueVersions : t.detail.versions}</h3>
      <div class={kind === 'value' ? 'versions of-value' : 'versions'} role="list">
        {versions.map((v) => {
          const layer = layers.get(v.layer);
          if (layer === undefined) return null;
          const wins = v.wins || v.reason === 'contributes';
          const cells = (
            <>
              <span class="tick">{v.wins && <Icon name="check" />}</span>
              <Chip layer={layer} named={!wins} />
              <span class={v.text !== null ? 'version-text mono trunc' : 'version-text trunc'} title={words(v)}>
                {words(v)}
              </span>
              <span class="number">
                {v.present && v.reason !== 'marker'
                  ? v.typeName !== null
                    ? v.typeName.replace(/^REG_/, '')
                    : kind === 'file' && !directory
                      ? formatSize(v.size, t.locale)
                      : ''
                  : ''}
              </span>
              <span class="number">{v.present ? formatDay(v.modified, utc) : ''}</span>
            </>
          );
          const names = `version${v.present ? '' : ' absent'}${wins ? ' wins' : ''}${several && chosen === v.layer ? ' chosen' : ''}`;
          return (
            <div role="listitem" key={v.layer} class={names} data-hue={layer.hue}>
              {onChoose !== null && several && v.present && v.reason !== 'marker' ? (
                <button
                  type="button"
                  title={t.detail.look(layer.name)}
                  aria-pressed={chosen === v.layer}
                  onClick={() => onChoose(v.layer)}
                >
                  {cells}
                </button>
              ) : (
                <div>{cells}</div>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}
