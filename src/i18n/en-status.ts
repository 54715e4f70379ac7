/** English for the status bar and the notices. */
import { plural } from './plural.ts';

const n = (count: number, one: string, other: string) => plural('en', count, { one, other });

export const enStatus = {
  status: {
    files: (count: number) => n(count, '{n} file', '{n} files'),
    keys: (count: number) => n(count, '{n} key', '{n} keys'),
    values: (count: number) => n(count, '{n} value', '{n} values'),
    valuesHere: (count: number) => n(count, '{n} value in this key', '{n} values in this key'),
    fromLayer: (count: number, layer: string) => n(count, '{n} from ', '{n} from ') + layer,
    hidden: (count: number) => n(count, '{n} hidden', '{n} hidden'),
    shown: (count: number) => n(count, '{n} row shown', '{n} rows shown'),
    selected: (count: number) => n(count, '{n} selected', '{n} selected'),
    rules: (count: number) => n(count, '{n} rule', '{n} rules'),
    withoutEffect: (count: number) => n(count, '{n} without effect', '{n} without effect'),
    merged: (ms: string) => `merged in ${ms} ms`,
    busy: 'Merging',
    local: 'Local time',
    utc: 'UTC',
    switchTime: 'Switch between local time and UTC',
    safe: (requests: number) => `Nothing has left this tab · ${n(requests, '{n} request', '{n} requests')}`,
    unsafe: (requests: number) => n(requests, '{n} request left this tab', '{n} requests left this tab'),
  },

  notices: {
    copied: (text: string) => `Copied ${text}`,
    notFound: (text: string) => `${text} is in no layer that is shown.`,
    notAnAddress: (text: string) => `“${text}” is neither a path nor a key.`,
    noMatch: (text: string) => `No row has “${text}” in its name.`,
    layerMoved: (name: string, place: number, of: number) => `${name} is now layer ${place} of ${of} from the top.`,
    layerRemoved: (name: string) => `${name} was removed. The file itself is untouched.`,
    layerShown: (name: string) => `${name} takes part in the view again.`,
    layerHidden: (name: string) => `${name} is left out of the view.`,
    planSaved: (name: string) => `${name} was handed to the browser's downloads.`,
    nothingToOpen: 'Nothing was found that could be a layer.',
    noPermission: (name: string) => `The files of ${name} may not be read again. Drop them here once more.`,
    imageRenewed: (name: string) => `${name} was read again with the files that have come.`,
    restarted: (name: string) => `The reader of ${name || 'an image'} was started again.`,
    dismiss: 'Dismiss',
    showDetails: 'Copy details',
  },
};
export type StatusWords = typeof enStatus;
