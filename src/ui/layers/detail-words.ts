/** How a file leads to its tree (`VHDX chain of 3, NTFS`, `WIM, image 1`), in the words of the page. Pure. */
import type { Dictionary } from '../../i18n/en.ts';

export function detailWords(detail: string, t: Dictionary): string {
  const { hive, image, partition, chain } = t.way;
  return detail
    .split(', ')
    .map((part) => {
      const numbered = /^(image|partition) (\d+)$/.exec(part);
      if (numbered !== null) return (numbered[1] === 'image' ? image : partition)(numbered[2]!);
      const disks = /^(.+) chain of (\d+)$/.exec(part);
      if (disks !== null) return chain(disks[1]!, disks[2]!);
      return part === 'registry hive' ? hive : part;
    })
    .join(t.way.between);
}
