/** English for saving files out of the view. */
import { plural } from './plural.ts';

export const enSaving = {
  saving: {
    menu: { details: 'Details', expand: 'Open everything below', copyName: 'Copy the name' },
    saveFile: 'Save this copy',
    saveStream: (name: string) => `Save the stream ${name}`,
    saveFolder: 'Save what is shown here as a ZIP archive',
    busy: (name: string) => `Saving ${name}`,
    cancel: 'Cancel',
    saved: (name: string) => `${name} is saved`,
    without: (name: string, count: number) =>
      count === 1
        ? `${name} was left out: it has no bytes here`
        : `${count} ${plural('en', count, { one: 'item was', other: 'items were' })} left out, ${name} first: they have no bytes here`,
  },
};
export type SavingWords = typeof enSaving;
