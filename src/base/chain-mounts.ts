/** How a volume is named as it was at a parent of its chain: `chain:parent::p1` is `p1` there. */
const PREFIX = 'chain:';

/** The mount of a volume as it is at a parent. */
export function mountAt(need: string | null, mount: string): string {
  if (need === null) return mount;
  return mount === '' ? `${PREFIX}${need}` : `${PREFIX}${need}::${mount}`;
}

/** The parent that a mount lies in, null for the image's own. */
export function nodeOfMount(mount: string): string | null {
  if (!mount.startsWith(PREFIX)) return null;
  const end = mount.indexOf('::');
  return mount.slice(PREFIX.length, end < 0 ? undefined : end);
}
