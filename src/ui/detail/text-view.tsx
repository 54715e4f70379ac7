/** The beginning of a file as text, when it is text. */
import { useMemo } from 'preact/hooks';
import { formatSize } from '../../base/format.ts';
import { guessText } from '../../store/text-guess.ts';
import { useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { useBytes } from './use-bytes.ts';

const SHOWN = 65_536;

export function TextView({ node, layer, stream, size }: { node: number; layer: string; stream: string; size: number }) {
  const t = useText();
  const { bytes, error } = useBytes(node, layer, stream, 0, Math.min(SHOWN, size));
  const guess = useMemo(() => (bytes === null ? null : guessText(bytes, size <= SHOWN)), [bytes, size]);
  if (error !== null) return <ErrorText error={error} />;
  if (size === 0) return <p class="faint">{t.detail.noData}</p>;
  if (bytes === null) return null;
  if (guess === null) return <p class="faint">{t.detail.noText}</p>;
  return (
    <>
      <p class="faint">
        {t.detail.facts.encoding}: {guess.encoding}
        {size > SHOWN && ` · ${t.detail.textCut(formatSize(SHOWN, t.locale), formatSize(size, t.locale))}`}
      </p>
      <pre class="text-view">{guess.text}</pre>
    </>
  );
}
