/** The check of an image's hashes: progress with a way to stop it, then the verdict. */
import { formatCount } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { Button, ProgressBar } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

/** Files that are listed; the count above them is of all. */
const MAX_PATHS = 500;
/** Shares of the work are fractions: the bar counts thousandths. */
const STEPS = 1000;

export function VerifyingStrip() {
  const { verifying } = useApp();
  const t = useText();
  const state = verifying.state.value;
  if (state === null) return null;
  const text = t.verify.busy(state.name);
  const share = Math.floor((state.done / state.total) * STEPS);
  return (
    <div class="opening-strip" role="status">
      <div class="work-top">
        <span class="grow trunc">{text}</span>
        <span class="faint">{Math.floor(share / 10)} %</span>
        <Button small onClick={verifying.cancel}>
          {t.verify.cancel}
        </Button>
      </div>
      <ProgressBar done={share} total={STEPS} label={text} />
    </div>
  );
}

export function VerdictDialog() {
  const { verifying } = useApp();
  const t = useText();
  const verdict = verifying.verdict.value;
  if (verdict === null) return null;
  const close = () => {
    verifying.verdict.value = null;
  };
  const { damage, files, supported } = verdict;
  const count = files > 0 ? files : damage.length;
  const text = formatCount(count, t.locale);
  const paths = damage.flatMap(({ paths }) => paths).slice(0, MAX_PATHS);
  return (
    <Dialog
      title={t.verify.title(verdict.name)}
      onClose={close}
      footer={
        <>
          <span class="grow" />
          <Button primary onClick={close} autofocus>
            {t.verify.close}
          </Button>
        </>
      }
    >
      <p class="verdict">
        {damage.length > 0 && <SeverityIcon severity="error" />}{' '}
        {!supported
          ? t.verify.unsupported
          : damage.length === 0
            ? t.verify.holds
            : files > 0
              ? t.verify.damaged(count, text)
              : t.verify.damagedPlaces(count, text)}
      </p>
      {paths.length > 0 && (
        <ul class="verdict-paths mono">
          {paths.map((path) => (
            <li key={path}>{path}</li>
          ))}
        </ul>
      )}
      {damage.length > 0 && (
        <ul class="verdict-places">
          {damage.slice(0, MAX_PATHS).map(({ finding }) => (
            <li key={JSON.stringify([finding.where.offset, finding.facts?.['expected']])}>
              {finding.message}{' '}
              <span class="faint">
                {finding.where.source}
                {finding.where.offset !== null && ` ${t.verify.at} 0x${finding.where.offset.toString(16)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
