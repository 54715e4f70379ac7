/** Errors in full sentences of the user's language; the technical part stays as the parser said it. */
import { type ErrorData, hexOffset } from '../base/errors.ts';
import type { Dictionary } from '../i18n/en.ts';
import { useText } from './context.ts';

export function errorTitle(error: ErrorData, t: Dictionary): string {
  return t.errors.titles[error.code] ?? error.code;
}

export function errorPlace(error: ErrorData, t: Dictionary): string {
  const { source, offset } = error.where;
  return offset === null ? source : t.errors.at(source, hexOffset(offset));
}

function errorFound({ expected, actual }: ErrorData, t: Dictionary): string {
  const words: Readonly<Record<string, string>> = t.seems;
  return t.errors.found(words[expected] ?? expected, words[actual] ?? actual);
}

/** One line for toasts, titles and the clipboard. */
export function errorSentence(error: ErrorData, t: Dictionary): string {
  return t.errors.placed(errorTitle(error, t), errorPlace(error, t), errorFound(error, t));
}

export function ErrorText({ error }: { error: ErrorData }) {
  const t = useText();
  return (
    <span class="error-text">
      {t.errors.titled(errorTitle(error, t), errorFound(error, t))} <span class="mono">{errorPlace(error, t)}</span>
    </span>
  );
}
