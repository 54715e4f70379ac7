/** English for what a hive tells besides its tree: deleted keys and values, changes by its logs. */
import { plural } from './plural.ts';

export const enTraces = {
  traces: {
    open: 'Recover deleted keys and values',
    button: 'Recover deleted',
    title: (hive: string) => `Traces in ${hive}`,
    layer: 'Layer',
    tabs: { label: 'Traces', deleted: 'Deleted', replayed: 'Changed by the log' },
    filter: 'Filter by path, name or data',
    why: 'Read from free cells of the hive file. Guesses that hold up; never part of the merged registry.',
    logs: (ranges: number, bytes: string) =>
      `The transaction log wrote ${bytes} in ${ranges} ${plural('en', ranges, { one: 'place', other: 'places' })}. The file itself is as it was.`,
    notBefore: 'Without its log this hive cannot be read: everything counts as added.',
    busy: 'Reading the hive',
    none: 'No deleted keys or values',
    noneWhy: 'The free cells of this hive hold none that can be recognised.',
    noneFit: 'Nothing fits the filter',
    noChanges: 'The log changed no key and no value',
    cut: (shown: string, total: string) => `${shown} of ${total} are listed`,
    columns: {
      path: 'Key and value',
      type: 'Type',
      data: 'Data or last write',
      offset: 'Offset',
      before: 'Before',
      after: 'After',
    },
    deleted: 'Deleted',
    kinds: { key: 'Key', value: 'Value' },
    changes: { added: 'Added', removed: 'Removed', changed: 'Changed', times: 'Only the time' },
    aspects: {
      class: 'another class',
      security: 'another security descriptor',
      layer: 'another layer mark',
      link: 'link or not',
    },
    lost: '(key not known)',
    overwritten: 'overwritten',
    default: '(Default)',
    copy: 'Copy the list',
    copied: 'The list is on the clipboard',
    close: 'Close',
    what: 'What is compared',
    files: 'Files',
    registry: 'Registry',
    ignoreTimes: 'Ignore times only',
    nothing: 'Choose two layers to compare their registries',
    nothingWhy: 'Hives at one mount, key by key: data by hash, classes and security descriptors.',
    equal: 'Both registries have the same keys and values',
    totals: (added: string, removed: string, changed: string, times: string, same: string) =>
      `Keys: ${added} added, ${removed} removed, ${changed} changed, ${times} with another time only, ${same} the same`,
  },
};
export type TracesWords = typeof enTraces;
