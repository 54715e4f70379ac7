/** English for images of several files: chains of disks, split sets, what is missing of them. */
import { plural } from './plural.ts';

const n = (count: number, one: string, other: string) => plural('en', count, { one, other });

export const enChain = {
  /** How a file leads to its tree. */
  way: {
    between: ', ',
    hive: 'registry hive',
    image: (number: string) => `image ${number}`,
    partition: (number: string) => `partition ${number}`,
    chain: (format: string, disks: string) => `${format} chain of ${disks}`,
  },
  chain: {
    title: (name: string) => `Files of ${name}`,
    open: (name: string) => `Show the files of ${name}`,
    label: (name: string) => `Chain of ${name}`,
    files: (count: number) => n(count, '{n} file', '{n} files'),
    missing: (count: number) => n(count, '{n} file is missing', '{n} files are missing'),
    kinds: { parent: 'parent', extent: 'extent', part: 'part', blobs: 'lends data' },
    /** A file that is missing and has no known name. */
    unnamed: {
      parent: 'Parent disk',
      extent: (number: string) => `Extent ${number}`,
      part: (number: string) => `Part ${number}`,
      blobs: 'The WIM this delta was made from',
    },
    more: (count: number) => n(count, '{n} more is here', '{n} more are here'),
    self: 'the image itself',
    renamed: (name: string) => `was known as ${name}`,
    notHere: 'Not here.',
    needed: 'Nothing can be shown without it.',
    partly: 'What lies in it cannot be shown.',
    identity: (text: string) => `What is wanted has the ${text}.`,
    /** Between sentences. */
    between: ' ',
    differs: (file: string, fact: string, actual: string) => `${file} is here, but its ${fact} is ${actual}.`,
    picked: (fact: string, expected: string, actual: string) =>
      `Chosen by hand. Its ${fact} is ${actual}, wanted is ${expected}: what is read may be wrong.`,
    ambiguous: 'Several files fit. Say which one it is.',
    loop: 'The chain comes back to a file that is already in it.',
    use: (file: string) => `Use ${file}`,
    useAnyway: (file: string) => `Use ${file} anyway`,
    choose: 'Choose a file…',
    chooseOther: 'Choose another file…',
    chooseFor: (name: string) => `Choose the file for ${name}`,
    dropHint: 'Drop what is missing anywhere in the window: it is put in its place.',
    points: 'Earlier states of these disks',
    pointsHint: 'Tick one to open the disk as it was at that point.',
    point: (name: string) => `below ${name}`,
    close: 'Close',
    compareWith: (name: string) => `Compare with ${name}`,
    compareOf: (parent: string, name: string) => `Compare ${parent} with ${name}`,
    blocks: {
      what: 'Blocks',
      choose: 'Choose a point of the chain',
      nothing: 'Choose two points of a chain',
      nothingWhy: 'Two disks of one chain are compared by reading only what was written between them.',
      equal: 'No differences',
      equalWhy: 'Both points hold the same bytes.',
      found: (count: number, text: string, bytes: string) =>
        `${text} ${plural('en', count, { one: 'range', other: 'ranges' })} with ${bytes} differ`,
      read: (bytes: string, total: string) => `${bytes} of ${total} had to be read`,
      unreadable: (bytes: string) => `${bytes} cannot be read`,
      cut: (rows: string) => `the first ${rows} are listed`,
      full: 'there are more than can be told',
      stopped: 'stopped before the end',
      kind: 'Difference',
      columns: { start: 'First byte', end: 'Last byte', length: 'Bytes' },
      kinds: {
        differs: 'other bytes',
        unknown: 'cannot be read',
        onlyFirst: 'only before',
        onlySecond: 'only after',
      },
    },
  },
};
export type ChainWords = typeof enChain;
