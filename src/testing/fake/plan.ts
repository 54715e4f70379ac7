/** The plan of the made world. */
import type { WorkspaceApi } from '../../engine/api.ts';
import { LAYERS, RULES } from './data.ts';
import type { Wait } from './wait.ts';

type PlanCalls = Pick<WorkspaceApi, 'buildPlan' | 'checkPlan'>;

export function fakePlan(wait: Wait): PlanCalls {
  const calls: PlanCalls = {
    async buildPlan() {
      const summary = {
        planId: '9f4c02e76b1d83aa50c7f91e2d8846b39f4c02e76b1d83aa50c7f91e2d8846b3',
        binding: 'pinned' as const,
        records: 41_231,
        fileRecords: 40_002,
        registryRecords: 1229,
        segments: 11,
        bytes: 4_089_446,
        effectiveViewSha256: '5d92a3f85d92a3f85d92a3f85d92a3f85d92a3f85d92a3f85d92a3f85d92a3f8',
        proven: true,
        warnings: ['Office was not closed cleanly: its fingerprint holds until it is mounted again.'],
        rules: RULES.length,
      };
      return wait({ summary, file: new Blob(['{}']), name: 'w11-24h2-ann.lmplan.zip' });
    },
    async checkPlan() {
      const { summary } = await calls.buildPlan();
      return {
        summary,
        layers: LAYERS.map((l, i) => ({
          id: l.id,
          role: l.role,
          name: l.name,
          match: i === 2 ? ('different' as const) : ('exact' as const),
          differs: i === 2 ? ['vhdx.bat', 'ntfs.mft'] : [],
        })),
        view: { lines: 890_511, total: 0, gaps: [] },
        refused: null,
        rules: [],
        extra: [],
        samples: [
          {
            path: 'C:\\Program Files\\Google\\Chrome\\Application\\master_preferences',
            action: 'whiteout',
            layer: 'user',
          },
          { path: 'C:\\Program Files\\Google\\Chrome\\Application\\SetupMetrics', action: 'opaque', layer: 'user' },
        ],
      };
    },
  };
  return calls;
}
