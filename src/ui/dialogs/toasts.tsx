/** Short messages at the bottom left, and the live region that reads them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Dictionary } from '../../i18n/en.ts';
import type { Notice, Toast } from '../../store/notices.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText, errorSentence } from '../error-text.tsx';
import { Button, IconButton } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

const SHOWN_MS = 6000;

export function noticeText(notice: Notice, t: Dictionary): string {
  switch (notice.code) {
    case 'error':
      return errorSentence(notice.error, t);
    case 'copied':
    case 'notFound':
    case 'notAnAddress':
    case 'noMatch':
      return t.notices[notice.code](notice.text);
    case 'layerMoved':
      return t.notices.layerMoved(notice.name, notice.place, notice.of);
    case 'fileSaved':
      return t.saving.saved(notice.name);
    case 'savedWithout':
      return t.saving.without(notice.name, notice.count);
    case 'keysWithout':
      return t.registry.without(notice.name, notice.count);
    case 'squashed':
      return t.squash.done(notice.name, notice.other);
    case 'squashedWithout':
      return t.squash.without(notice.text, notice.count);
    case 'keyCopied':
      return t.registry.copied(notice.name);
    case 'ruleAdded': {
      const actions: Readonly<Record<string, string>> = t.plan.actions;
      return t.rules.added(actions[notice.action] ?? notice.action, notice.text);
    }
    case 'namesCopied':
      return t.findings.copied(notice.count);
    case 'ruleRemoved':
      return t.rules.removed;
    case 'presetAdded':
      return t.rules.presetAdded(notice.count);
    case 'rulesTaken':
      return t.rules.taken(notice.name, notice.count, notice.fresh);
    case 'nothingToOpen':
      return t.notices.nothingToOpen;
    default:
      return t.notices[notice.code](notice.name);
  }
}

/** What did not come to what was asked for: no check mark for it. */
const FAILED: ReadonlySet<string> = new Set([
  'error',
  'savedWithout',
  'keysWithout',
  'squashedWithout',
  'notFound',
  'notAnAddress',
  'noMatch',
  'nothingToOpen',
  'noPermission',
]);
const failed = (notice: Notice) => FAILED.has(notice.code);

function ToastLine({ toast }: { toast: Toast }) {
  const { notices } = useApp();
  const t = useText();
  const [held, hold] = useState(false);
  const { notice, id } = toast;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // an error stays until it has been read
    if (held || notice.code === 'error') return;
    const timer = setTimeout(() => notices.dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, id]);
  return (
    <div
      ref={element}
      class="toast"
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocusIn={() => hold(true)}
      onFocusOut={() => hold(false)}
    >
      {failed(notice) ? (
        <SeverityIcon severity={notice.code === 'error' ? 'error' : 'warning'} />
      ) : (
        <Icon name="check" />
      )}
      {notice.code === 'error' ? (
        <ErrorText error={notice.error} />
      ) : (
        <span class="toast-text">{noticeText(notice, t)}</span>
      )}
      {notice.code === 'error' && (
        <Button
          small
          onClick={() => void navigator.clipboard.writeText(errorSentence(notice.error, t)).catch(() => undefined)}
        >
          {t.notices.showDetails}
        </Button>
      )}
      <IconButton small icon="close" label={t.notices.dismiss} onClick={() => notices.dismiss(id)} />
    </div>
  );
}

export function Toasts() {
  const { notices } = useApp();
  const t = useText();
  const spoken = notices.spoken.value;
  return (
    <>
      <div class="toasts" role="status">
        {notices.toasts.value.map((toast) => (
          <ToastLine key={toast.id} toast={toast} />
        ))}
      </div>
      <div class="sr" role="status" id="announcer">
        {spoken === null ? '' : noticeText(spoken.notice, t)}
      </div>
    </>
  );
}
