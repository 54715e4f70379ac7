/** English for the deleted files of a volume. */
import { plural } from './plural.ts';

const n = (count: number, one: string, other: string) => plural('en', count, { one, other });

export const enDeleted = {
  deletedFiles: {
    open: 'Deleted files',
    title: (layer: string) => `Deleted files of ${layer}`,
    why: 'Read from entries of the file table that no file uses any more. They are never part of the merged view.',
    filter: 'Filter by path',
    list: 'Deleted files',
    deleted: 'Deleted',
    columns: { path: 'Path', size: 'Size', modified: 'Modified', left: 'What is left' },
    folder: 'Folder',
    lost: '(name not known)',
    left: {
      none: 'No bytes',
      resident: 'Whole, in its entry',
      free: 'Clusters are free',
      partly: 'Partly used again',
      used: 'Used by other files',
      unknown: 'Not known',
    },
    /** Why a state is what it is; shown for the row that is chosen. */
    about: {
      none: 'It had no bytes.',
      resident: 'Its bytes stand in the entry itself: they are the file.',
      free: 'No file uses its clusters now. Another deleted file may have been written there in between: look at what you save.',
      partly: 'Other files use some of its clusters now. It cannot be saved: it would hold bytes of theirs.',
      used: 'Other files use its clusters now: nothing of it is left.',
      unknown: 'Its clusters cannot be told any more.',
      folder: 'A folder has no bytes to save.',
    },
    busy: 'Looking for deleted files',
    stop: 'Stop',
    stopped: 'Stopped before the end.',
    none: 'No deleted files',
    noneWhy: 'Every free entry of this volume was cleared or used again.',
    count: (shown: string, total: string) => `${shown} of ${total} are listed`,
    found: (count: number) => n(count, '{n} found', '{n} found'),
    save: 'Save a copy',
    close: 'Close',
  },
};
export type DeletedWords = typeof enDeleted;
