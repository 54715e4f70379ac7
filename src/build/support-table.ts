/** The README's support table, made from the registries: what is not registered is not claimed. */
import { containerFormats } from '../container/registry.ts';
import { fsFormats } from '../fs/registry.ts';
import { hiveFormats } from '../hive/registry.ts';
import { STORES } from '../layer/stores/registry.ts';
import type { FormatDescriptor } from '../source/format.ts';

export const TABLE_START = '<!-- support table: made by src/build/support-table.ts, do not edit -->';
export const TABLE_END = '<!-- end of support table -->';

function rows(stage: string, formats: readonly FormatDescriptor[]): string[] {
  return formats
    .filter((format) => format.reads.length > 0)
    .map(
      ({ title, extensions, reads, notYet }) =>
        `| ${stage} | ${title} | ${extensions.join(' ')} | ${reads.join('; ')} | ${notYet.join('; ')} |`,
    );
}

export function supportTable(): string {
  return [
    TABLE_START,
    '',
    '| | Format | Usual names | Reads | Not yet |',
    '|---|---|---|---|---|',
    ...rows('Container', containerFormats),
    ...rows('File system', fsFormats),
    ...rows('Registry', hiveFormats),
    `| Layer store | ${STORES.map((store) => store.title).join(', ')} | | recognised by content | |`,
    '',
    TABLE_END,
  ].join('\n');
}

/** `readme` with the table of today. */
export function withSupportTable(readme: string): string {
  const start = readme.indexOf(TABLE_START);
  const end = readme.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error('the README has lost the marks around its support table');
  return readme.slice(0, start) + supportTable() + readme.slice(end + TABLE_END.length);
}
