import { useEffect, useState } from 'preact/hooks';
import { formatCount } from '../../base/format.ts';
import type { FileDetail } from '../../engine/api.ts';
import { folderOf, lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { TabList } from '../frame/tabs.tsx';
import { Compare } from './compare.tsx';
import { DetailHead } from './detail-head.tsx';
import { HexView } from './hex-view.tsx';
import { Places } from './places.tsx';
import { SaveButton } from './save-button.tsx';
import { Security } from './security.tsx';
import { TextView } from './text-view.tsx';
import { Versions } from './versions.tsx';
import { Why } from './why.tsx';

type FileTab = 'compare' | 'text' | 'hex' | 'security' | 'streams' | 'where';

export function FileDetailView({ file }: { file: FileDetail }) {
  const app = useApp();
  const t = useText();
  const { detail } = app;
  const [tab, setTab] = useState<FileTab>('compare');
  const [stream, setStream] = useState('');
  const layer = detail.layer.value;
  const { directory } = file.row;
  const version = file.versions.find((v) => v.layer === layer);
  const tabs: FileTab[] = directory
    ? ['compare', 'security', 'streams', 'where']
    : ['compare', 'text', 'hex', 'security', 'streams', 'where'];
  const current = tabs.includes(tab) ? tab : 'compare';
  useEffect(() => setStream(''), [file.node]);
  useEffect(() => {
    if (layer !== null) detail.loadVersion(layer);
  }, [file, layer]);
  const read = layer === null ? undefined : detail.versions.value.get(layer);
  const size = stream === '' ? (version?.size ?? 0) : (read?.detail.streams.find((s) => s.name === stream)?.size ?? 0);

  return (
    <>
      <DetailHead title={lastName(file.path)} path={folderOf(file.path)} address={{ pane: 'files', path: file.path }}>
        <SaveButton file={file} layer={layer} stream={stream} size={size} />
      </DetailHead>
      <Why steps={file.why} />
      <Versions
        versions={file.versions}
        kind="file"
        directory={directory}
        chosen={layer}
        onChoose={detail.chooseLayer}
      />
      {layer !== null && version !== undefined && (
        <section class="detail-section">
          <TabList
            class="subtabs"
            prefix="file-"
            label={t.detail.tabs.label}
            current={current}
            tabs={tabs.map((id) => ({ id, text: t.detail.tabs[id] }))}
            onChange={setTab}
          />
          <div role="tabpanel" id={`file-pane-${current}`} aria-labelledby={`file-tab-${current}`}>
            {current === 'compare' && <Compare file={file} layer={layer} />}
            {current === 'text' && <TextView node={file.node} layer={layer} stream={stream} size={size} />}
            {current === 'hex' && <HexView node={file.node} layer={layer} stream={stream} size={size} />}
            {current === 'security' && read !== undefined && <Security info={read.security} />}
            {current === 'where' && read !== undefined && <Places places={read.places} />}
            {current === 'streams' && read !== undefined && (
              <table class="facts">
                <tbody>
                  {read.detail.streams.map((s) => (
                    <tr key={s.name}>
                      <th scope="row">
                        <button
                          type="button"
                          class="link-button"
                          aria-pressed={stream === s.name}
                          onClick={() => {
                            setStream(s.name);
                            if (!directory) setTab('hex');
                          }}
                        >
                          {s.name === '' ? t.detail.unnamed : s.name}
                        </button>
                      </th>
                      <td class="number">{t.detail.length(formatCount(s.size, t.locale))}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {current === 'streams' && read !== undefined && read.detail.streams.length === 0 && (
              <p class="faint">{t.detail.noStreams}</p>
            )}
          </div>
        </section>
      )}
    </>
  );
}
