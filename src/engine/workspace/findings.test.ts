/** Looking for findings: answers are kept, a changed merge gives up what runs, what cannot be read is not known. */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { PAINS } from '../../testing/pains/pains.ts';
import type { ImageApi } from '../api-image.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const [STALE] = PAINS;

/** The layers of the first pain over images whose answers go through `wrap`. */
async function open(wrap: (api: ImageApi) => Partial<ImageApi>): Promise<Workspace> {
  const workspace = new Workspace(host);
  const { os, user } = STALE!.hurts();
  for (const [role, bytes] of [
    ['os', os],
    ['user', user],
  ] as const) {
    const { image } = openImage(host, new MemorySource(role, bytes));
    const own = wrap(image);
    const api = new Proxy(image, {
      get(target, name) {
        const value: unknown = own[name as keyof ImageApi] ?? Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    workspace.attachImage(role, image.report(), api);
    const { mount } = mountable(image.report().root)[0]!;
    await workspace.addLayer({ image: role, mount, role, name: null });
  }
  await workspace.settled();
  return workspace;
}

const found = async (workspace: Workspace) => {
  await workspace.examined();
  return (await workspace.mergeFindings()).groups.flatMap(({ items }) => items.map(({ code }) => code));
};

describe('contents', () => {
  test('are asked for when somebody wants to know, and once', async () => {
    let asked = 0;
    const workspace = await open((api) => ({
      pe: (...args) => {
        asked++;
        return api.pe(...args);
      },
    }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(0);
    expect(await found(workspace)).toContain('staleUpperBinary');
    expect(asked).toBe(2);
    const [, top] = workspace.layerRecords.map(({ id }) => id);
    await workspace.setEnabled(top!, false);
    expect(await found(workspace)).not.toContain('staleUpperBinary');
    await workspace.setEnabled(top!, true);
    expect(await found(workspace)).toContain('staleUpperBinary');
    expect(asked).toBe(2);
  });

  test('that cannot be read are not known, which is said, and asked for again', async () => {
    let broken = true;
    const workspace = await open((api) => ({
      pe: (...args) => {
        if (!broken) return api.pe(...args);
        throw new FormatError({
          code: 'InvalidData',
          where: { source: 'x', offset: 0 },
          expected: 'a program',
          actual: 'damage',
        });
      },
    }));
    expect(await found(workspace)).toEqual(['checkIncomplete']);
    const [{ items: [told] = [] } = {}] = (await workspace.mergeFindings()).groups;
    expect(told).toMatchObject({ note: 'staleBinary: 2', path: `C:\\${STALE!.place}` });
    expect(told!.evidence.map(({ facts }) => facts)).toEqual([{ state: 'damage' }, { state: 'damage' }]);
    broken = false;
    await workspace.setEnabled(workspace.layerRecords[1]!.id, false);
    await workspace.setEnabled(workspace.layerRecords[1]!.id, true);
    expect(await found(workspace)).toEqual(['staleUpperBinary']);
  });

  test('a fault of the reader is a check that failed, not a file without facts', async () => {
    const workspace = await open(() => ({
      pe: () => {
        throw new TypeError('not a function');
      },
    }));
    expect(await found(workspace)).toEqual(['checkFailed']);
  });
});

test('a merge that changes while it is looked through is looked through again', async () => {
  let release: (() => void) | null = null;
  const workspace = await open((api) => ({
    pe: async (...args) => {
      await new Promise<void>((resolve) => {
        release = resolve;
        setTimeout(resolve, 50);
      });
      return api.pe(...args);
    },
  }));
  const first = found(workspace);
  while (release === null) await new Promise((resolve) => setTimeout(resolve));
  const draft = { target: 'file', match: { kind: 'exact', p: STALE!.place }, action: 'keepLower' } as const;
  await workspace.changeRules([draft], []);
  expect(await first).not.toContain('staleUpperBinary');
  expect(await found(workspace)).toEqual([]);
});

test('who listens is told as it goes, rows before findings', async () => {
  const workspace = await open(() => ({}));
  const turns: (number | null)[] = [];
  workspace.subscribe(({ findingsProgress }) => {
    turns.push(findingsProgress === null ? null : findingsProgress.done);
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  // begun, but nothing is looked at while rows may be asked for
  expect(turns.at(-1) ?? 0).toBe(0);
  await workspace.examined();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(turns.at(-1)).toBeNull();
  expect(workspace.state().findings.warning).toBeGreaterThan(0);
});

test('no layers, no findings', async () => {
  const workspace = new Workspace(host);
  await workspace.examined();
  expect(await workspace.mergeFindings()).toEqual({ groups: [], progress: null });
});
