/** Calls whose answers the pictures do not show: each says that there is nothing. */
import type { WorkspaceApi } from '../../engine/api.ts';
import type { Wait } from './wait.ts';

const NONE = { entries: 0, bytes: 0 };
const NO_CHANGES = { added: NONE, removed: NONE, changed: NONE, metadata: NONE, same: NONE };

export const fakeSilence = (wait: Wait) =>
  ({
    filesBelow: () => wait([]),
    compare: () => wait({ totals: NO_CHANGES, shared: null, listed: 0 }),
    compareProgress: () => wait(null),
    compareRows: () => wait({ count: 0, rows: [] }),
    endCompare: () => wait(undefined),
    rebase: () =>
      wait({
        before: { layer: 'os', name: 'Windows 11 Enterprise', build: '26100.1742' },
        after: { layer: 'os', name: 'Windows 11 Enterprise', build: '26100.2033' },
        files: { changed: 0, added: 0, removed: 0 },
        values: { changed: 0, removed: 0 },
        unreadPrograms: 0,
        groups: [],
      }),
    rebaseProgress: () => wait(null),
    rebaseFile: () => wait({ name: 'rebase.csv', file: new Blob([]) }),
    endRebase: () => wait(undefined),
    useBase: () => wait(null),
    undoBase: () => wait(undefined),
    exportKey: () => wait({ id: 1, name: 'key.reg' }),
    squash: () => wait({ id: 1, name: 'layers.tar' }),
    squashNext: () => wait({ bytes: new Uint8Array(0), finished: true, report: null }),
    endSquash: () => wait(undefined),
    exportNext: () => wait({ bytes: new Uint8Array(0), keys: 1, left: 0, finished: true }),
    compareNodes: () =>
      wait({
        news: [],
        ranges: 0,
        bytes: { differs: 0, unknown: 0, onlyFirst: 0, onlySecond: 0 },
        done: 1,
        total: 1,
        compared: 0,
        full: false,
        finished: true,
      }),
    deletedFiles: () => wait({ files: [], done: 1, total: 1, finished: true, supported: true }),
    readDeletedFile: () => wait(new Uint8Array(0)),
    hiveDeleted: () => wait({ rows: [], total: 0 }),
    hiveReplayed: () => wait(null),
    compareRegistry: () =>
      wait({ totals: { added: 0, removed: 0, changed: 0, times: 0, same: 0 }, rows: [], total: 0 }),
    registryProgress: () => wait(null),
    endRegistryCompare: () => wait(undefined),
    endExport: () => wait(undefined),
  }) satisfies Partial<WorkspaceApi>;
