import { expect, test } from 'vitest';
import type { Finding } from '../base/findings.ts';
import type { BridgeApi, VerifyControl } from '../bridge/types.ts';
import type { LayerInfo } from '../engine/api.ts';
import { createNotices } from './notices.ts';
import { createVerifying, verdictOf } from './verifying.ts';

const finding = (over: Partial<Finding>): Finding => ({
  code: 'wimBlobHash',
  severity: 'error',
  where: { source: 'x.wim', offset: 10 },
  message: 'damaged',
  ...over,
});
const layer = { image: 'i', mount: '1', name: 'Base' } as LayerInfo;

test('files are counted once, however many findings name them; notes are no damage', () => {
  const verdict = verdictOf('Base', true, [
    finding({ facts: { paths: ['\\a', '\\b'] } }),
    finding({ facts: { path: '\\b' } }),
    finding({ severity: 'info', facts: { path: '\\c' } }),
  ]);
  expect([verdict.files, verdict.damage.length]).toEqual([2, 2]);
});

test('progress, verdict, and no verdict of a check that was stopped', async () => {
  let given: VerifyControl | null = null;
  let end: (error: Error | null) => void = () => {};
  const verify: BridgeApi['verify'] = (_image, _mount, control) => {
    given = control;
    return new Promise((resolve, reject) => {
      end = (error) => (error === null ? resolve({ supported: true, findings: [], workers: 2 }) : reject(error));
    });
  };
  const notices = createNotices();
  const verifying = createVerifying({ verify }, notices);
  const done = verifying.run(layer);
  given!.progress(3, 16);
  expect(verifying.state.value).toEqual({ name: 'Base', done: 3, total: 16 });
  end(null);
  await done;
  expect(verifying.verdict.value).toMatchObject({ supported: true, files: 0 });
  const again = verifying.run(layer);
  verifying.cancel();
  expect(given!.cancelled()).toBe(true);
  end(new Error('stopped'));
  await again;
  expect([verifying.verdict.value, verifying.state.value, notices.toasts.value]).toEqual([null, null, []]);
});
