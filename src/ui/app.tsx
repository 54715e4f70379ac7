import type { CSSProperties } from 'preact';
import { useState } from 'preact/hooks';
import type { App } from '../store/app.ts';
import { CompareDetail } from './compare/compare-detail.tsx';
import { ComparePane } from './compare/compare-pane.tsx';
import { AboveContext, AppContext, useText } from './context.ts';
import { DetailPane } from './detail/detail-pane.tsx';
import { KeySheet } from './dialogs/key-sheet.tsx';
import { OpeningDialog } from './dialogs/opening.tsx';
import { PrivacyDialog } from './dialogs/privacy.tsx';
import { Strips } from './dialogs/strips.tsx';
import { Toasts } from './dialogs/toasts.tsx';
import { VerdictDialog } from './dialogs/verifying.tsx';
import { EmptyPage } from './empty/empty-page.tsx';
import { openFiles } from './empty/pickers.ts';
import { FilesPane } from './files/files-pane.tsx';
import { FindingDetail } from './findings/finding-detail.tsx';
import { FindingsPane } from './findings/findings-pane.tsx';
import { BaseSwapBar } from './frame/base-swap.tsx';
import { StatusBar } from './frame/status-bar.tsx';
import { MainTabs } from './frame/tabs.tsx';
import { TopBar } from './frame/top-bar.tsx';
import { DeletedFilesDialog } from './layers/deleted-dialog.tsx';
import { LayersPanel } from './layers/layers-panel.tsx';
import { PlanDetail } from './plan/plan-detail.tsx';
import { PlanPane } from './plan/plan-pane.tsx';
import { RegistryPane } from './registry/registry-pane.tsx';
import { TracesDialog } from './registry/traces-dialog.tsx';
import { useDrop } from './use-drop.ts';
import { useWindowKeys } from './use-window-keys.ts';
import { AbovePage } from './widgets/dialog.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/frame.css';
import './styles/tabs.css';
import './styles/layers.css';
import './styles/chain.css';
import './styles/grid.css';
import './styles/detail.css';
import './styles/panes.css';
import './styles/compare.css';
import './styles/swap.css';
import './styles/traces.css';
import './styles/findings.css';
import './styles/empty.css';
import './styles/overlays.css';
import './styles/narrow.css';

function Above() {
  return (
    <>
      <Strips />
      <Toasts />
    </>
  );
}

type Sheet = { readonly kind: 'keys' | 'privacy' } | null;

function Workbench({ app, open }: { app: App; open: (sheet: Sheet) => void }) {
  const tab = app.tab.value;
  const [side, detail] = [app.settings.sideWidth.value, app.settings.detailWidth.value];
  const widths = {
    '--layers': app.layers.value.length,
    ...(side === null ? {} : { '--side-w': `${side}px` }),
    ...(detail === null ? {} : { '--detail-w': `${detail}px` }),
  } as CSSProperties;
  return (
    <div class="app" style={widths}>
      <TopBar onKeys={() => open({ kind: 'keys' })} />
      <LayersPanel />
      <main class="main">
        <MainTabs />
        <BaseSwapBar />
        {tab === 'files' && <FilesPane />}
        {tab === 'registry' && <RegistryPane />}
        {tab === 'findings' && <FindingsPane />}
        {tab === 'compare' && <ComparePane />}
        {tab === 'plan' && <PlanPane />}
      </main>
      {tab === 'plan' ? (
        <PlanDetail />
      ) : tab === 'findings' ? (
        <FindingDetail finding={app.found.selected.value} />
      ) : tab === 'compare' ? (
        <CompareDetail />
      ) : (
        <DetailPane />
      )}
      <StatusBar />
    </div>
  );
}

function Content({ app }: { app: App }) {
  const t = useText();
  const [sheet, open] = useState<Sheet>(null);
  const over = useDrop(app);
  useWindowKeys(
    app,
    () => open({ kind: 'keys' }),
    () => void openFiles(app),
  );
  const close = () => open(null);
  const empty = app.layers.value.length === 0 && app.tab.value !== 'plan';
  return (
    <>
      {empty ? (
        <EmptyPage over={over} onKeys={() => open({ kind: 'keys' })} onPrivacy={() => open({ kind: 'privacy' })} />
      ) : (
        <Workbench app={app} open={open} />
      )}
      {over && !empty && (
        <div class="drop-veil" aria-hidden="true">
          <span>{t.empty.dropHere}</span>
        </div>
      )}
      <OpeningDialog />
      <TracesDialog />
      <DeletedFilesDialog />
      <VerdictDialog />
      {sheet?.kind === 'keys' && <KeySheet onClose={close} />}
      {sheet?.kind === 'privacy' && <PrivacyDialog onClose={close} />}
      <AbovePage />
    </>
  );
}

export function Page({ app }: { app: App }) {
  return (
    <AppContext.Provider value={app}>
      <AboveContext.Provider value={Above}>
        <Content app={app} />
      </AboveContext.Provider>
    </AppContext.Provider>
  );
}
