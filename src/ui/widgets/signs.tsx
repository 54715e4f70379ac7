/** Signs of 12 px for the state of a row, and severities told apart by their shape. */
import type { JSX } from 'preact';
import type { RowFlag, RowState } from '../../engine/api.ts';

export type SignName = 'added' | 'overrides' | 'hidden' | 'same' | 'opaque' | 'conflict' | 'excluded' | 'damaged';

const PATHS: Record<SignName, JSX.Element> = {
  added: <path d="M6 2v8M2 6h8" />,
  overrides: <path d="M1.5 7.25C2.6 4.2 4.6 4.2 6 6s3.4 1.8 4.5-1.25" />,
  hidden: <path d="M2 6h8" />,
  same: <path d="M6 6h.01" stroke-width="2.2" />,
  opaque: <rect x="2" y="2" width="8" height="8" fill="currentColor" stroke-width="1" />,
  conflict: <path d="M6 1.75v5M6 9.9h.01" stroke-width="2" />,
  excluded: (
    <>
      <circle cx="6" cy="6" r="4.1" />
      <path d="M3.2 8.8l5.6-5.6" />
    </>
  ),
  damaged: <path d="M7 1.5 3.5 6.5h4L5 10.5" />,
};

export function Sign({ name }: { name: SignName }) {
  return (
    <svg class={`sign sign-${name}`} viewBox="0 0 12 12" aria-hidden="true">
      {PATHS[name]}
    </svg>
  );
}

/** The most telling sign of a row: what must be looked at goes before what merely is. */
export function signOf(state: RowState, flags: readonly RowFlag[], merged = false): SignName {
  if (flags.includes('conflict')) return 'conflict';
  if (flags.includes('damaged')) return 'damaged';
  if (flags.includes('excluded')) return 'excluded';
  if (flags.includes('opaque')) return 'opaque';
  // several layers make up a merged folder: its attributes may be overridden, but that is not what one asks about it
  return state === 'unchanged' || merged ? 'same' : state;
}

export function SeverityIcon({ severity }: { severity: 'error' | 'warning' | 'info' }) {
  return (
    <svg class={`severity severity-${severity}`} viewBox="0 0 16 16" aria-hidden="true">
      {severity === 'error' ? (
        <>
          <path d="M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z" fill="currentColor" stroke="none" />
          <path d="M5.75 5.75l4.5 4.5M10.25 5.75l-4.5 4.5" class="cross" stroke-width="1.6" />
        </>
      ) : severity === 'warning' ? (
        <>
          <path d="M8 2 14.75 13.75H1.25z" stroke-width="1.4" />
          <path d="M8 6.5v3.25M8 11.75h.01" stroke-width="1.5" />
        </>
      ) : (
        <>
          <circle cx="8" cy="8" r="6" stroke-width="1.4" />
          <path d="M8 7.5v3.5M8 5.1h.01" stroke-width="1.5" />
        </>
      )}
    </svg>
  );
}
