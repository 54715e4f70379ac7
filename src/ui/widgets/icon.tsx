/** Icons of 16 px in lucide's manner: one line of 1.25, round ends, no fill. They tell the kind of a thing, never its state. */
import type { JSX } from 'preact';

const SHAPES = {
  folder: (
    <>
      <path d="M1.75 12.25v-8.5a1 1 0 0 1 1-1h3l1.5 2h6a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1h-10.5a1 1 0 0 1-1-1z" />
    </>
  ),
  file: (
    <>
      <path d="M3.75 1.75h5l3.5 3.5v9h-8.5z" />
      <path d="M8.75 1.75v3.5h3.5" />
    </>
  ),
  text: (
    <>
      <path d="M3.75 1.75h5l3.5 3.5v9h-8.5z" />
      <path d="M6 8.25h4M6 10.75h4" />
    </>
  ),
  application: (
    <>
      <rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1" />
      <path d="M1.75 5.75h12.5M4 4.25h.01M6 4.25h.01" />
    </>
  ),
  library: (
    <>
      <rect x="2.75" y="2.75" width="10.5" height="10.5" rx="1" />
      <path d="M2.75 8h10.5M8 2.75v10.5" />
    </>
  ),
  hive: (
    <>
      <ellipse cx="8" cy="3.75" rx="5.25" ry="2" />
      <path d="M2.75 3.75v8.5c0 1.1 2.35 2 5.25 2s5.25-.9 5.25-2v-8.5M2.75 8c0 1.1 2.35 2 5.25 2s5.25-.9 5.25-2" />
    </>
  ),
  key: (
    <>
      <circle cx="5" cy="8" r="2.75" />
      <path d="M7.75 8h6.5v2.25M11.5 8v1.75" />
    </>
  ),
  value: (
    <>
      <path d="M3.25 4.75h9.5M3.25 8h9.5M3.25 11.25h6" />
    </>
  ),
  data: (
    <>
      <path d="M3 3.5h2v3.5H3zM8.5 3.5v3.5M12.5 3.5v3.5M3.5 9.5V13M7 9.5h2V13H7zM12.5 9.5V13" />
    </>
  ),
  link: (
    <>
      <path d="M5.25 10.75l5.5-5.5M6.25 5.25h4.5v4.5" />
      <rect x="1.75" y="1.75" width="12.5" height="12.5" rx="2" />
    </>
  ),
  cloud: (
    <>
      <path d="M4.5 12.25a2.75 2.75 0 0 1-.3-5.48 3.9 3.9 0 0 1 7.5.6 2.45 2.45 0 0 1-.2 4.88z" />
    </>
  ),
  chevron: (
    <>
      <path d="M6 3.5 10.5 8 6 12.5" />
    </>
  ),
  down: (
    <>
      <path d="M3.5 6 8 10.5 12.5 6" />
    </>
  ),
  up: (
    <>
      <path d="M3.5 10 8 5.5 12.5 10" />
    </>
  ),
  back: (
    <>
      <path d="M9.75 3.5 5.25 8l4.5 4.5" />
    </>
  ),
  forward: (
    <>
      <path d="M6.25 3.5 10.75 8l-4.5 4.5" />
    </>
  ),
  find: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.25 10.25 4 4" />
    </>
  ),
  eye: (
    <>
      <path d="M1.5 8S4 3.75 8 3.75 14.5 8 14.5 8 12 12.25 8 12.25 1.5 8 1.5 8z" />
      <circle cx="8" cy="8" r="1.75" />
    </>
  ),
  eyeOff: (
    <>
      <path d="M2.5 2.5l11 11M6.2 4A6.6 6.6 0 0 1 8 3.75C12 3.75 14.5 8 14.5 8a12 12 0 0 1-1.9 2.3M4.2 5.1A11.6 11.6 0 0 0 1.5 8S4 12.25 8 12.25c1 0 1.9-.25 2.7-.65" />
    </>
  ),
  plus: (
    <>
      <path d="M8 3v10M3 8h10" />
    </>
  ),
  close: (
    <>
      <path d="m4 4 8 8M12 4l-8 8" />
    </>
  ),
  check: (
    <>
      <path d="m3 8.5 3.25 3.25L13 4.75" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 2.25v11.5M8 5.5h5.1M8 8h5.75M8 10.5h5.1" />
    </>
  ),
  help: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M6.25 6.25A1.75 1.75 0 1 1 8 8.25v1M8 11.5h.01" />
    </>
  ),
  lock: (
    <>
      <rect x="3.25" y="7" width="9.5" height="6.75" rx="1" />
      <path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2" />
    </>
  ),
  copy: (
    <>
      <rect x="5.25" y="5.25" width="8" height="8" rx="1" />
      <path d="M10.5 2.75h-7a.75.75 0 0 0-.75.75v7" />
    </>
  ),
  dots: (
    <>
      <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2" />
    </>
  ),
  list: (
    <>
      <path d="M2.5 4h11M2.5 8h11M2.5 12h11" />
    </>
  ),
  save: (
    <>
      <path d="M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5" />
    </>
  ),
  disk: (
    <>
      <rect x="1.75" y="4.25" width="12.5" height="7.5" rx="1" />
      <path d="M4 9.5h3M11.5 9.5h.01" />
    </>
  ),
  replay: (
    <>
      <path d="M3 8a5 5 0 1 0 1.6-3.7M3 2.75V5h2.4" />
    </>
  ),
  window: (
    <>
      <rect x="2.25" y="2.25" width="11.5" height="11.5" rx="1" />
      <path d="M8 2.25v11.5M2.25 8h11.5" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5.25" r="2.75" />
      <path d="M2.75 13.75a5.25 5.25 0 0 1 10.5 0" />
    </>
  ),
  package: (
    <>
      <path d="m8 1.75 5.5 3v6.5L8 14.25l-5.5-3v-6.5z" />
      <path d="M2.5 4.75 8 7.75l5.5-3M8 7.75v6.5" />
    </>
  ),
  out: (
    <>
      <path d="M9 3.25h3.75V7M12.5 3.5 7.75 8.25M11.25 9.25v3.5h-8v-8h3.5" />
    </>
  ),
  trash: (
    <>
      <path d="M2.75 4.25h10.5M6.25 4V2.75h3.5V4M4.25 4.25l.5 9h6.5l.5-9M6.75 7v3.75M9.25 7v3.75" />
    </>
  ),
  image: (
    <>
      <rect x="2.25" y="2.75" width="11.5" height="10.5" rx="1" />
      <path d="m2.75 11.5 3-3.25 2.25 2 2.25-2.75 3 3.5M5.5 5.75h.01" />
    </>
  ),
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg class={extra === undefined ? 'icon' : `icon ${extra}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
