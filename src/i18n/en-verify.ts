/** English for the check of an image's hashes. */
export const enVerify = {
  verify: {
    action: 'Verify hashes and checksums',
    busy: (name: string) => `Verifying ${name}`,
    cancel: 'Cancel',
    title: (name: string) => `Verdict on ${name}`,
    holds: 'Every hash and checksum holds.',
    unsupported: 'The format carries nothing that could be checked.',
    damaged: (count: number, text: string) => `${text} ${count === 1 ? 'file is' : 'files are'} damaged.`,
    damagedPlaces: (count: number, text: string) => `${text} ${count === 1 ? 'place is' : 'places are'} damaged.`,
    close: 'Close',
    at: 'at',
  },
};
export type VerifyWords = typeof enVerify;
