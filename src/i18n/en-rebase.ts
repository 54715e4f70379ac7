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
      `Looks different: ${files} files and folders, ${keys} keys${gone === null ? '' : `; ${gone} shown no more`}.`,
    nothing: 'Everything looks as before.',
    only: 'Only what looks different',
    undo: 'Take it back',
    mark: 'Looks different under the base that is tried',
  },
};
export type RebaseWords = typeof enRebase;
