/** English for the compare tab. */
import { plural } from './plural.ts';

const n = (count: string, many: boolean, one: string, other: string) => `${count} ${many ? other : one}`;

export const enCompare = {
  compare: {
    before: 'Before',
    after: 'After',
    choose: 'Choose a tree',
    stored: (layer: string) => `${layer}, as its store keeps it`,
    view: 'Merged view',
    viewWithout: (layer: string) => `Merged view without ${layer}`,
    swap: 'Swap the two sides',
    run: 'Compare',
    cancel: 'Cancel',
    busy: 'Comparing',
    title: 'Differences',
    nothing: 'Choose two trees to compare',
    nothingWhy: 'Any two layers, or two images of one file: names, contents by hash, sizes and times.',
    equal: 'No differences',
    equalWhy: 'Both trees have the same names with the same contents.',
    noneOfKind: 'No differences of the kinds shown',
    filter: 'Filter by path',
    changes: { added: 'Added', removed: 'Removed', changed: 'Changed', metadata: 'Only metadata', same: 'Same' },
    evidence: {
      type: 'another type',
      reparse: 'another kind of link',
      hash: 'another hash',
      size: 'another size',
      time: 'another time',
      sizeTime: 'same size and time',
      attributes: 'other attributes',
      times: 'other times',
      target: 'leads elsewhere',
      streams: 'other streams',
      security: 'another security descriptor',
      missing: 'data that is not here',
    },
    columns: { path: 'Path', before: 'Before', after: 'After', how: 'Known by' },
    shared: (blobs: string, one: boolean, bytes: string) =>
      `${n(blobs, !one, 'content', 'contents')} (${bytes}) shared by both`,
    same: (count: number, text: string) =>
      `${text} ${plural('en', count, { one: 'entry is', other: 'entries are' })} the same`,
    show: 'Show in the merged view',
    kinds: { file: 'File', dir: 'Folder', link: 'Link' },
    hash: 'SHA-1 begins with',
    absent: 'not there',
  },
};
export type CompareWords = typeof enCompare;
