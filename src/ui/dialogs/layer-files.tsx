/** The files that a layer's image is made of, and those that it lacks. */
import { useRef } from 'preact/hooks';
import type { LayerInfo } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { Chain } from '../layers/chain.tsx';
import { Button } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';

export function LayerFilesDialog() {
  const app = useApp();
  const layer = app.layers.value.find(({ id }) => id === app.filesOf.value);
  return layer === undefined ? null : <LayerFiles layer={layer} />;
}

function LayerFiles({ layer }: { layer: LayerInfo }) {
  const app = useApp();
  const t = useText();
  const leadsTo = useRef<string | null>(null);
  const lacking = layer.chain.some((entry) => entry.file === null);
  const close = () => {
    app.filesOf.value = null;
  };
  return (
    <Dialog
      title={t.chain.title(layer.name)}
      onClose={close}
      leadsTo={leadsTo}
      footer={
        <>
          <span class="grow dim">{lacking ? t.chain.dropHint : t.opening.readOnly}</span>
          <Button primary autofocus onClick={close}>
            {t.chain.close}
          </Button>
        </>
      }
    >
      <div data-hue={layer.hue}>
        <Chain
          name={layer.imageName}
          chain={layer.chain}
          onCompare={(need) => {
            // one goes on where the answer is
            leadsTo.current = 'tab-compare';
            close();
            app.tab.value = 'compare';
            app.compare.withPoint(layer, need);
          }}
          onPick={(need, file) => void app.opening.pick({ image: layer.image }, need, file)}
        />
      </div>
    </Dialog>
  );
}
