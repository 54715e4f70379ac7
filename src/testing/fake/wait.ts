/** Answers after the delay that was asked for. */
export type Wait = <T>(value: T) => Promise<T>;

export const waitFor =
  (milliseconds: number): Wait =>
  (value) =>
    new Promise((done) => setTimeout(() => done(value), milliseconds));
