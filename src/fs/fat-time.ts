/** Dates and times as FAT and exFAT store them: two words of local time, and hundredths of a second apart. */
import { filetimeOf } from '../base/filetime.ts';

/** Local time without a zone as if it were UTC. @returns 0n for a date that no calendar has */
export function fatTime(date: number, time: number, hundredths = 0): bigint {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 || hundredths > 199) return 0n;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return at.getUTCDate() === day ? filetimeOf(at) + BigInt(hundredths) * 100_000n : 0n;
}
