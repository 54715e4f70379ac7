/** Fixed times: the sample is the same bytes wherever and whenever it is made. */
import { filetimeOf } from '../../base/filetime.ts';

/** When the OS image was captured, when its programs were updated, when Ann worked. */
export const OS_TIME = filetimeOf(new Date('2025-10-14T06:20:00Z'));
export const PATCH_TIME = filetimeOf(new Date('2025-11-11T08:05:30Z'));
export const USER_TIME = filetimeOf(new Date('2025-11-18T16:42:10Z'));
/** A copy that an updater left in the user layer before the OS layer was patched. */
export const STALE_TIME = filetimeOf(new Date('2025-09-02T11:15:45Z'));
