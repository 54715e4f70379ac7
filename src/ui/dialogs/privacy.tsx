import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';

export function PrivacyDialog({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const t = useText();
  return (
    <Dialog
      title={t.privacyDialog.title}
      onClose={onClose}
      footer={
        <>
          <span class="grow faint">{t.privacyDialog.count(app.requests.value)}</span>
          <Button autofocus onClick={onClose}>
            {t.privacyDialog.close}
          </Button>
        </>
      }
    >
      <ol class="points">
        {t.privacyDialog.points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ol>
    </Dialog>
  );
}
