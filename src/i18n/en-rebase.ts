/** English for another base under the layers. */
export const enRebase = {
  rebase: {
    what: 'Another base',
    base: 'New base',
    choose: 'Choose the new base',
    present: (name: string) => `Present base: ${name}`,
    steps: {
      scan: 'Reading the new base',
      hives: 'Reading its registry',
      compare: 'Comparing the two bases',
      programs: 'Reading versions of programs',
    },
    totals: (changed: string, added: string, removed: string, values: string, gone: string) =>
      `The new base: ${changed} files changed, ${added} added, ${removed} removed; ` +
      `${values} registry values changed or added, ${gone} removed.`,
    unread: (programs: string) => `The versions of ${programs} programs were not read.`,
    formats: { markdown: 'Markdown', csv: 'CSV', json: 'JSON' },
    nothing: 'What would another base bring?',
    nothingWhy:
      'Choose another version of the base: a layer, or an image of an opened file. The layers above stay as they are; the report says what they hide of its changes.',
    clean: 'Nothing is hidden',
    cleanWhy: 'Everything that the new base changes would be seen.',
    use: 'Use this base now',
  },
  swap: {
    label: 'Another base is tried',
    tried: (name: string, instead: string) => `What if: ${name} in place of ${instead}.`,
    differ: (files: string, keys: string, gone: string | null) =>
      `It changed ${files} files and folders, ${keys} keys${gone === null ? '' : `; ${gone} are shown no more`}.`,
    nothing: 'It changed nothing that is shown.',
    only: 'Only what it changed',
    undo: 'Take it back',
    mark: 'Changed by the base that is tried',
  },
};
export type RebaseWords = typeof enRebase;
