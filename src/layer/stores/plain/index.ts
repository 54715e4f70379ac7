/** An ordinary volume or image: every file is content, nothing is a mark. */
import type { StoreAdapter } from '../types.ts';

export const plainStore: StoreAdapter = {
  id: 'plain',
  title: 'Plain files',
  detect: () => true,
  needs: () => [],
  apply: () => ({ root: 0, internal: [], markers: [], hives: [], facts: {}, findings: [] }),
};
