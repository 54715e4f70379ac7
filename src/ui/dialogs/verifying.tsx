/** The verdict of the check of an image's hashes. */
import { formatCount } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

/** Files that are listed; the count above them is of all. */
const MAX_PATHS = 500;

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
