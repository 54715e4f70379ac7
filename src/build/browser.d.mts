/** Path of a usable browser, or null. */
export function findBrowser(): Promise<string | null>;
/** As `findBrowser`, but installs one when there is none. @throws with what to do when that fails too */
export function ensureBrowser(): Promise<string>;
