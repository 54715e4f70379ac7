/** A registry key or one of its values. */
import { useEffect, useState } from 'preact/hooks';
import { formatCount, formatTime } from '../../base/format.ts';
import type { KeyDetail, KeyWords, ValueDetail } from '../../engine/api.ts';
import { lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { TabList } from '../frame/tabs.tsx';
import { useKeyMenu } from '../registry/key-menu.ts';
import { LinkButton } from '../widgets/controls.tsx';
import { MenuButton } from '../widgets/menu.tsx';
import { DetailHead } from './detail-head.tsx';
import { HexDump } from './hex-view.tsx';
import { Places } from './places.tsx';
import { Security } from './security.tsx';
import { Versions } from './versions.tsx';
import { Why } from './why.tsx';

function KeyFacts({ detail }: { detail: KeyDetail }) {
  const app = useApp();
  const t = useText();
  const utc = app.settings.utc.value;
  const { lastWrite } = detail;
  return (
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">{t.detail.facts.values}</th>
          <td>{formatCount(detail.row.values, t.locale)}</td>
        </tr>
        <tr>
          <th scope="row">{t.detail.facts.lastWrite}</th>
          <td title={lastWrite ?? undefined}>
            {lastWrite === null ? t.detail.notSet : formatTime(Date.parse(lastWrite), utc, true)}
          </td>
        </tr>
        <tr>
          <th scope="row">{t.detail.facts.className}</th>
          <td>{detail.className ?? t.detail.none}</td>
        </tr>
        {detail.linkTarget !== null && (
          <tr>
            <th scope="row">{t.registry.linkTarget}</th>
            <td class="mono">
              <LinkButton onClick={() => void app.go(detail.linkTarget ?? '')}>{detail.linkTarget}</LinkButton>
            </td>
          </tr>
        )}
        {detail.really.map((path, i) => (
          <tr key={path}>
            <th scope="row">{i === 0 ? t.registry.really : ''}</th>
            <td class="mono">
              <LinkButton onClick={() => void app.go(path)}>{path}</LinkButton>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A key of a hive with a meaning of its own: an object of the boot store, a record of Amcache. */
function Words({ words }: { words: KeyWords }) {
  const t = useText();
  return (
    <section class="detail-section">
      <h3>
        {t.registry.words[words.kind]}: {words.title}
      </h3>
      <table class="facts words">
        <tbody>
          {words.lines.map((line, i) => (
            <tr key={`${i} ${line.name}`}>
              <th scope="row">{line.name}</th>
              <td class="mono">{line.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type KeyTab = 'key' | 'security';

export function KeyDetailView({ detail }: { detail: KeyDetail }) {
  const app = useApp();
  const t = useText();
  const items = useKeyMenu();
  const [tab, setTab] = useState<KeyTab>('key');
  const security = app.detail.keySecurity.value;
  useEffect(() => {
    if (tab === 'security') app.detail.loadKeySecurity();
  }, [tab, detail]);
  const above = detail.path.includes('\\') ? detail.path.slice(0, detail.path.lastIndexOf('\\')) : detail.path;
  return (
    <>
      <DetailHead title={lastName(detail.path)} path={above} address={{ pane: 'registry', path: detail.path }}>
        <MenuButton
          icon="save"
          label={t.registry.menu.button}
          items={() => items(detail.node, lastName(detail.path))}
        />
      </DetailHead>
      {detail.words !== null && <Words words={detail.words} />}
      <Why steps={detail.why} />
      <Versions versions={detail.versions} kind="key" directory chosen={null} onChoose={null} />
      <section class="detail-section">
        <TabList
          class="subtabs"
          prefix="key-"
          label={t.detail.tabs.label}
          current={tab}
          tabs={[
            { id: 'key', text: t.detail.tabs.key },
            { id: 'security', text: t.detail.tabs.security },
          ]}
          onChange={setTab}
        />
        <div role="tabpanel" id={`key-pane-${tab}`} aria-labelledby={`key-tab-${tab}`}>
          {tab === 'key' ? <KeyFacts detail={detail} /> : security !== undefined && <Security info={security} />}
        </div>
      </section>
    </>
  );
}

type ValueTab = 'data' | 'hex' | 'key' | 'security' | 'where';
const VALUE_TABS: readonly ValueTab[] = ['data', 'hex', 'key', 'security', 'where'];
const HEX_SHOWN = 4096;

export function ValueDetailView({ detail }: { detail: ValueDetail }) {
  const app = useApp();
  const t = useText();
  const [tab, setTab] = useState<ValueTab>('data');
  const [mark, setMark] = useState<number | null>(null);
  const security = app.detail.keySecurity.value;
  const { value, data } = detail;
  useEffect(() => setMark(null), [detail]);
  useEffect(() => {
    if (tab === 'security') app.detail.loadKeySecurity();
  }, [tab, detail]);
  return (
    <>
      <DetailHead
        title={value.name === '' ? t.grid.default : value.name}
        path={detail.key.path}
        address={{ pane: 'registry', path: detail.key.path }}
      />
      <Why steps={detail.key.why} />
      <Versions versions={detail.versions} kind="value" directory={false} chosen={null} onChoose={null} />
      <section class="detail-section">
        <TabList
          class="subtabs"
          prefix="value-"
          label={t.detail.tabs.label}
          current={tab}
          tabs={VALUE_TABS.map((id) => ({ id, text: t.detail.tabs[id] }))}
          onChange={setTab}
        />
        <div role="tabpanel" id={`value-pane-${tab}`} aria-labelledby={`value-tab-${tab}`}>
          {tab === 'data' && (
            <table class="facts">
              <tbody>
                <tr>
                  <th scope="row">{t.detail.facts.type}</th>
                  <td class="mono">{value.typeName}</td>
                </tr>
                <tr>
                  <th scope="row">{t.detail.facts.size}</th>
                  <td>{t.detail.bytes(value.size)}</td>
                </tr>
                <tr>
                  <th scope="row">{t.detail.facts.data}</th>
                  <td class="mono value-lines">{detail.lines.join('\n')}</td>
                </tr>
              </tbody>
            </table>
          )}
          {tab === 'hex' &&
            (data === null || data.length === 0 ? (
              <p class="faint">{t.detail.noData}</p>
            ) : (
              <HexDump bytes={data.subarray(0, HEX_SHOWN)} base={0} mark={mark} onMark={setMark} />
            ))}
          {tab === 'key' && <KeyFacts detail={detail.key} />}
          {tab === 'security' && security !== undefined && <Security info={security} />}
          {tab === 'where' && <Places places={detail.place === null ? [] : [detail.place]} />}
        </div>
      </section>
    </>
  );
}
