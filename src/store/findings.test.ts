/** The list of findings: groups, what is open, what stays under the cursor. */
import { signal } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../base/findings.ts';
import type { FindingGroup, MergeFinding, WorkspaceApi, WorkspaceState } from '../engine/api.ts';
import { createFindings, rowsOf, shownGroups } from './findings.ts';
import { createNotices } from './notices.ts';

const damage = (code: string, severity: Finding['severity'] = 'warning'): Finding => ({
  code,
  severity,
  where: { source: 'a.vhd', offset: 0 },
  message: 'Something.',
});
const merged = (code: string, path: string): MergeFinding => ({
  ...damage(code),
  facts: { path },
  pain: 1,
  path: `C:\\${path}`,
  note: '',
  evidence: [],
  proposal: null,
  wider: null,
  accept: null,
  means: {},
});
const group = (code: string, severity: Finding['severity'], ...paths: string[]): FindingGroup => ({
  code,
  severity,
  pain: 1,
  total: paths.length,
  items: paths.map((path) => merged(code, path)),
});

describe('groups', () => {
  test('damage of one code stands together; errors come first', () => {
    const groups = shownGroups({ groups: [group('b', 'warning', 'x')], progress: null }, [
      damage('d'),
      damage('e', 'error'),
      damage('d'),
    ]);
    expect(groups.map(({ key, total }) => [key, total])).toEqual([
      ['error e', 1],
      ['warning b', 1],
      ['warning d', 2],
    ]);
  });

  test('notes begin closed, more than are listed are counted', () => {
    const many = Array.from({ length: 150 }, (_, i) => `f${i}`);
    const groups = shownGroups(
      { groups: [group('a', 'warning', ...many), group('n', 'info', 'x')], progress: null },
      [],
    );
    const rows = rowsOf(groups, new Set());
    expect(rows).toHaveLength(1 + 100 + 1 + 1);
    expect(rows.at(-2)).toMatchObject({ kind: 'more', count: 50 });
    expect(rows.at(-1)).toMatchObject({ kind: 'group', open: false });
    expect(rowsOf(groups, new Set(['info n'])).at(-1)).toMatchObject({ kind: 'item' });
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });
});

describe('the model', () => {
  function model(found: () => readonly FindingGroup[]) {
    const asked: unknown[] = [];
    const api = {
      mergeFindings: async () => ({ groups: found(), progress: null }),
      findings: async () => found().flatMap(({ items }) => items),
      changeRules: async (...args: unknown[]) => {
        asked.push(args);
        return ['u1'];
      },
    } as unknown as WorkspaceApi;
    const state = signal<WorkspaceState | null>(null);
    const notices = createNotices();
    const made = createFindings(api, state, () => true, notices);
    const turn = async (findingsTurn: number) => {
      state.value = { generation: 1, findingsTurn, findingsProgress: null } as WorkspaceState;
      await new Promise((resolve) => setTimeout(resolve));
    };
    return { made, turn, asked, notices };
  }

  test('the cursor begins at the first finding, and goes to the next one when its own goes', async () => {
    let groups = [group('a', 'warning', 'x', 'y', 'z')];
    const { made, turn } = model(() => groups);
    await turn(1);
    expect(made.selected.value).toMatchObject({ path: 'C:\\x' });
    made.cursor.value = made.rows.value[2]!.key;
    expect(made.selected.value).toMatchObject({ path: 'C:\\y' });
    groups = [group('a', 'warning', 'x', 'z')];
    await turn(2);
    expect(made.selected.value).toMatchObject({ path: 'C:\\z' });
    groups = [];
    await turn(3);
    expect(made.selected.value).toBeNull();
    expect(made.cursor.value).toBeNull();
  });

  test('one severity is shown, a note is opened for it', async () => {
    const { made, turn } = model(() => [group('a', 'warning', 'x'), group('n', 'info', 'y')]);
    await turn(1);
    made.show('info');
    expect(made.rows.value.map(({ kind }) => kind)).toEqual(['group', 'item']);
    expect(made.selected.value).toMatchObject({ path: 'C:\\y' });
    made.toggle('info n', false);
    expect(made.rows.value).toHaveLength(1);
  });

  test('a proposal becomes a rule, and is told', async () => {
    const { made, asked, notices } = model(() => []);
    const add = [{ target: 'file', match: { kind: 'exact', p: 'a' }, action: 'keepLower' }] as const;
    await made.apply({ add, drop: ['u7'] });
    expect(asked).toEqual([[add, ['u7']]]);
    expect(notices.toasts.value.at(-1)?.notice).toEqual({ code: 'ruleAdded', action: 'keepLower', text: 'a' });
    await made.apply({ add: [], drop: ['u7'] });
    expect(notices.toasts.value.at(-1)?.notice).toEqual({ code: 'ruleRemoved' });
  });
});
