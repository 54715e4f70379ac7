export function BrandMark() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <rect x="2" y="2.5" width="14" height="2.5" rx="1" fill="var(--layer-user)" />
      <rect x="2" y="6.5" width="9" height="2.5" rx="1" fill="var(--layer-2)" />
      <rect x="2" y="10.5" width="12" height="2.5" rx="1" fill="var(--layer-1)" />
      <rect x="2" y="14" width="14" height="2.5" rx="1" fill="var(--layer-base)" />
    </svg>
  );
}
