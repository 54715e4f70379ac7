/** A thread of `stratascope verify`: opens the image and checks the shares that it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { openSelection } from './args.ts';
import { nodeHost } from './host.ts';
import type { PoolData, PoolReport } from './verify-pool.ts';

const STEP_MS = 100;

const { argument, mount, of } = workerData as PoolData;
const report = (message: PoolReport) => parentPort!.postMessage(message);
const opened = openSelection(nodeHost(), argument);

parentPort!.on('message', async (part: number) => {
  try {
    const { image } = await opened;
    const findings: Finding[] = [];
    for (;;) {
      const step = image.verifyNext(mount, STEP_MS, { part, of });
      findings.push(...step.findings);
      if (step.finished) break;
      report({ fraction: step.total === null ? 0 : step.done / Math.max(1, step.total), findings: null, error: null });
    }
    report({ fraction: 0, findings, error: null });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report({ fraction: 0, findings: null, error: error.toData() });
  }
});
