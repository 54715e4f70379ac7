/** Rule files of other products that were dropped: App Masking, redirections of a profile, policies of App Volumes. */
import type { BridgeApi } from '../bridge/types.ts';
import type { Taken } from './dropped.ts';
import type { Notices } from './notices.ts';

/** What is no rule of ours is told among the findings of the layers. */
export async function takeRuleFiles(
  { workspace }: Pick<BridgeApi, 'workspace'>,
  notices: Pick<Notices, 'show' | 'failed'>,
  files: readonly Taken[],
): Promise<void> {
  if (files.length === 0) return;
  try {
    const read = await Promise.all(
      files.map(async ({ file }) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    const { names, rules, fresh } = await workspace.takeRuleFiles(read);
    notices.show({ code: 'rulesTaken', name: names.join(', '), count: rules, fresh });
  } catch (error) {
    notices.failed(error);
  }
}
