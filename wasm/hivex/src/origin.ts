/** What is known of a hive when it has been read. */
import type { ReplayChanges } from './changes.ts';
import type { HiveFinding } from './findings.ts';
import type { Hive } from './hive.ts';
import type { LogReport, Recovery } from './replay.ts';

/** How a hive came to be as it is. */
export interface Origin {
  readonly recovery: Recovery | null;
  readonly logs: readonly LogReport[];
  /** What its logs wrote, and the hive without them. */
  readonly before: { readonly ranges: ReplayChanges['ranges']; open(): Hive } | null;
  /** What was odd about the base block. */
  readonly found: { readonly items: readonly HiveFinding[]; readonly dropped: number };
}
