/** The files that a layer's image is made of, and those that it lacks. */
import { useEffect, useRef } from 'preact/hooks';
import { useApp, useText } from '../context.ts';
import { Chain } from '../layers/chain.tsx';
import { Button } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';

export function LayerFilesDialog() {
  const app = useApp();
  const t = useText();
  const layer = app.layers.value.find(({ id }) => id === app.filesOf.value);
  const leads = useRef(false);
  const open = layer !== undefined;
  useEffect(() => {
    if (open || !leads.current) return;
    // the dialog has given the focus back to the layer: one goes on where the answer is
    leads.current = false;
    document.getElementById('tab-compare')?.focus();
  }, [open]);
  if (!open) return null;
  const lacking = layer.chain.some((entry) => entry.file === null);
  const close = () => {
    app.filesOf.value = null;
  };
  return (
    <Dialog
      title={t.chain.title(layer.name)}
      onClose={close}
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
            close();
            app.tab.value = 'compare';
            app.compare.withPoint(layer, need);
            leads.current = true;
          }}
          onPick={(need, file) => void app.opening.pick({ image: layer.image }, need, file)}
        />
      </div>
    </Dialog>
  );
}
