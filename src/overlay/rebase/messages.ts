/** What the rebase report says, a sentence a kind. */
export const REBASE_MESSAGES = {
  rebaseHidesNewer: 'A program above is older than the one the new base brings: the update does not take effect.',
  rebaseHidesChange: 'The new base changed this, and a copy above hides the change.',
  rebaseAddedInBoth: 'The new base brings a file that a layer above has already, with other content.',
  rebaseDeletesChange: 'A layer above deletes what the new base changed or brings.',
  rebaseHidesFolder: 'What stands at this folder above hides everything that the new base changed below it.',
  rebaseKeepsRemoved: 'The new base no longer has this: the copy above stays, and nothing keeps it up to date.',
  rebaseStaleMark: 'The mark deletes nothing any more: the new base does not have this name.',
  rebaseHidesValue: 'The new base changed this value, and the value above hides the change.',
  rebaseKeepsValue: 'The new base no longer has this value: the one above stays.',
} as const;
export type RebaseCode = keyof typeof REBASE_MESSAGES;
