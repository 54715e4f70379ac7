import { expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import type { WorkspaceApi } from '../engine/api.ts';
import { createNotices } from './notices.ts';
import { createPlan } from './plan.ts';

const ended = () =>
  new FormatError({
    code: 'Cancelled',
    where: { source: 'disk.vhdx', offset: null },
    expected: 'the end of the scan',
    actual: 'a request to stop',
  });

test('a plan that ends before its end says so: nobody can cancel one here', async () => {
  const api = {
    buildPlan: async () => {
      throw ended();
    },
  } as unknown as WorkspaceApi;
  const plan = createPlan(api);
  expect(await plan.build(1)).toBeNull();
  expect([plan.error.value?.code, plan.busy.value]).toEqual(['Cancelled', null]);
});

test('what is told as a fault is shown: who cancels something himself does not tell it', () => {
  const notices = createNotices();
  notices.failed(ended());
  expect(notices.toasts.value.map(({ notice }) => notice.code)).toEqual(['error']);
});
