/**
 * Files that are valid only together: a database and its logs. Which file is the main one, and whose companion a name is.
 *
 *     hive     NTUSER.DAT              NTUSER.DAT.LOG1, .LOG2, .LOG
 *     sqlite   mail.db                 mail.db-wal, mail.db-shm, mail.db-journal
 *     ese      WebCacheV01.dat|*.edb   V01.log, V0100001.log, V01.chk, V01tmp.log, V01res00001.jrs, WebCacheV01.jfm ...
 *
 * ESE names its logs by three characters that the application chose and not by the database, so the logs of a folder belong
 * to the one database in it; where a folder holds several, nobody can tell by names alone. Names come folded to upper case.
 */
export type GroupKind = 'hive' | 'sqlite' | 'ese';

/** Ends of companions; the main file's name is what stands before. */
const SUFFIXES: readonly (readonly [end: string, what: GroupKind])[] = [
  ['.LOG1', 'hive'],
  ['.LOG2', 'hive'],
  ['-WAL', 'sqlite'],
  ['-SHM', 'sqlite'],
  ['-JOURNAL', 'sqlite'],
];
const ESE_MAIN = /^(?:.+\.EDB|WEBCACHEV\d+\.DAT)$/;
const ESE_LOG = /^.{3}(?:(?:[0-9A-F]{5}|[0-9A-F]{8}|TMP)?\.(?:LOG|JTX)|\.CHK|RES[0-9A-F]*\.(?:JRS|LOG))$/;

/** Parts of names that make them worth a look: one of them is in every name that `companionOf` and `isEseMain` know. */
export const GROUP_MARKS: readonly string[] = [...SUFFIXES.map(([end]) => end), '.EDB', 'WEBCACHEV'];

/** Name of the main file and kind of a companion that is named after it; null for other names. */
export function companionOf(name: string): { readonly main: string; readonly what: GroupKind } | null {
  for (const [end, what] of SUFFIXES)
    if (name.length > end.length && name.endsWith(end)) return { main: name.slice(0, -end.length), what };
  return null;
}

export const isEseMain = (name: string): boolean => ESE_MAIN.test(name);

/** True for a name that ESE gives to companions of the database `main`. */
export function isEseCompanion(name: string, main: string): boolean {
  return ESE_LOG.test(name) || name === `${main.replace(/\.[^.]*$/, '')}.JFM`;
}
