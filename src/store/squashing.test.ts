import { expect, test } from 'vitest';
import type { LayerInfo, SquashReport } from '../engine/api.ts';
import { createNotices } from './notices.ts';
import { canSquash, createSquashing } from './squashing.ts';

const layer = (id: string, over: Partial<LayerInfo> = {}): LayerInfo =>
  ({ id, name: id, role: 'app', enabled: true, status: 'ready', ...over }) as LayerInfo;
const REPORT: SquashReport = { files: 1, folders: 1, bytes: 1, marks: 0, hives: 0, keys: 0, findings: [] };

function make(findings: SquashReport['findings'] = [], saves = true) {
  let layers: readonly LayerInfo[] = [layer('user', { role: 'user' }), layer('app'), layer('os', { role: 'os' })];
  const asked: string[] = [];
  const written: number[] = [];
  const notices = createNotices();
  const api = {
    squash: async (id: string) => {
      asked.push(`squash ${id}`);
      return { id: 7, name: 'x.tar' };
    },
    squashNext: async () => ({ bytes: new Uint8Array(3), finished: true, report: { ...REPORT, findings } }),
    endSquash: async () => void asked.push('end'),
    setEnabled: async (id: string, enabled: boolean) => void asked.push(`${id} ${enabled}`),
    setRole: async (id: string, role: string) => void asked.push(`${id} is ${role}`),
    setOrder: async (ids: readonly string[]) => void asked.push(ids.join()),
  };
  const squash = createSquashing({
    api,
    notices,
    layers: () => layers,
    saving: {
      async stream(name, pieces) {
        asked.push(name);
        if (!saves) return null;
        for await (const bytes of pieces()) written.push(bytes.length);
        return { file: new File([], name), handle: null };
      },
    },
    opening: {
      async open(files) {
        asked.push(`open ${files[0]!.file.name}`);
        layers = [layer('new'), ...layers];
      },
    },
  });
  return { squash, asked, written, codes: () => notices.toasts.value.map(({ notice }) => notice.code) };
}

test('the archive is saved, opened, and takes the place of both layers, which are left out', async () => {
  const { squash, asked, written, codes } = make();
  await squash('user');
  expect(asked).toEqual([
    'user + app.tar',
    'squash user',
    'open user + app.tar',
    'new is user',
    'new,user,app,os',
    'user false',
    'app false',
  ]);
  expect([written, codes()]).toEqual([[3], ['squashed']]);
});

test('what one layer cannot say is told; nothing happens when nothing was saved', async () => {
  const finding = {
    code: 'x',
    severity: 'warning',
    where: { source: '', offset: null },
    message: 'Short names',
  } as const;
  const told = make([finding]);
  await told.squash('user');
  expect(told.codes()).toEqual(['squashedWithout']);
  const none = make([], false);
  await none.squash('user');
  expect([none.asked, none.codes()]).toEqual([['user + app.tar'], []]);
});

test('two layers above the base that are read and switched on', async () => {
  const three = [layer('user'), layer('app'), layer('os')];
  expect([0, 1, 2].map((at) => canSquash(three, at))).toEqual([true, false, false]);
  expect(canSquash([layer('user'), layer('app', { enabled: false }), layer('os')], 0)).toBe(false);
  expect(canSquash([layer('user', { status: 'scanning' }), layer('app'), layer('os')], 0)).toBe(false);
  const { squash, asked } = make();
  await squash('app');
  expect(asked).toEqual([]);
});
