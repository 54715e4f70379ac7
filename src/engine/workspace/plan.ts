import { fail } from '../../base/errors.ts';
import type { PlanCheck, PlanSummary } from '../api.ts';
export async function buildPlan(_: unknown): Promise<{ summary: PlanSummary; file: Blob; name: string }> {
  return fail('UnsupportedFeature', 'plan', null, '', '');
}
export async function checkPlan(_: Blob, __: unknown): Promise<PlanCheck> {
  return fail('UnsupportedFeature', 'plan', null, '', '');
}
