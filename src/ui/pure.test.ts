import { expect, test } from 'vitest';
import { rightsWords } from '../content/access-rights.ts';
import type { HiveMountInfo, VersionDetail, VersionInfo } from '../engine/api.ts';
import { en } from '../i18n/en.ts';
import { zhCn } from '../i18n/zh-cn.ts';
import { compareFacts, factLines } from './detail/facts.ts';
import { detailWords } from './layers/detail-words.ts';
import { progressLine } from './layers/progress-line.ts';
import { mountOf } from './registry/mount-of.ts';

test('a key lies in the hive with the longest path above it', () => {
  const mount = (path: string): HiveMountInfo => ({
    mount: path,
    path,
    mode: 'merge',
    switchable: true,
    stack: [],
    chosen: true,
    state: 'clean',
  });
  const mounts = [
    mount('HKEY_USERS\\ann'),
    mount('HKEY_USERS\\ann\\Software\\Classes'),
    mount('HKEY_LOCAL_MACHINE\\SAM'),
  ];
  expect(mountOf(mounts, 'hkey_users\\ANN\\Software\\Classes\\.txt')?.path).toBe('HKEY_USERS\\ann\\Software\\Classes');
  expect(mountOf(mounts, 'HKEY_USERS\\ann')?.path).toBe('HKEY_USERS\\ann');
  expect(mountOf(mounts, 'HKEY_USERS\\anna')).toBeNull();
});

const version = (more: Partial<VersionInfo>): VersionInfo => ({
  layer: 'a',
  present: true,
  wins: true,
  reason: 'wins',
  ref: 1,
  size: 10,
  modified: Date.UTC(2024, 9, 9),
  attributes: 0x21,
  byteState: 'wof',
  typeName: null,
  text: null,
  ...more,
});

test('facts before and after the version has been read', () => {
  const before = factLines(version({}), null, false, true, en);
  expect(before.map((l) => [l.key, l.value])).toEqual([
    ['size', '10 bytes'],
    ['modified', '2024-10-09 00:00:00'],
    ['attributes', 'RA: read-only, archive'],
    ['bytes', 'complete, WOF'],
  ]);
  const detail = {
    layer: 'a',
    detail: {
      streams: [{ name: '', size: 10, allocated: 4096 }],
      reparseTarget: null,
      security: null,
      sha1: 'ab',
      objectId: null,
      byteState: 'efs',
      facts: { record: 5 },
    },
    security: null,
    pe: null,
    places: [],
    created: '2024-10-01T00:00:00.1234567Z',
    modified: null,
    changed: null,
    accessed: null,
    error: null,
  } satisfies VersionDetail;
  const after = factLines(version({}), detail, false, true, en);
  expect(after.find((l) => l.key === 'bytes')?.value).toContain('EFS');
  expect(after.find((l) => l.key === 'created')?.exact).toBe('2024-10-01T00:00:00.1234567Z');
  expect(after.at(-1)).toMatchObject({ key: 'sha1', value: 'ab' });
});

test('a comparison marks what differs, also in ticks that are not shown', () => {
  const line = (key: string, value: string, exact?: string) => ({
    key,
    label: key,
    value,
    ...(exact === undefined ? {} : { exact }),
  });
  const rows = compareFacts(
    [line('size', '1'), line('time', '12:00', '12:00.1')],
    [line('time', '12:00', '12:00.2'), line('x', '2'), line('size', '1')],
  );
  expect(rows.map((r) => [r.key, r.differs])).toEqual([
    ['size', false],
    ['time', true],
    ['x', true],
  ]);
});

test('progress never goes without a number', () => {
  const progress = { what: 'scan', done: 1200, total: null, rate: 0, secondsLeft: null } as const;
  expect(progressLine(progress, en)).toBe('1,200 entries');
  expect(progressLine({ ...progress, done: 1, total: 4, rate: 1 << 20, secondsLeft: 3 }, en)).toBe(
    '25.0 % · 1,024 KB/s · 3 s left',
  );
  expect(progressLine({ ...progress, done: 1, total: 4, secondsLeft: 120 }, zhCn)).toBe('25.0 % · 剩余 2 分钟');
});

test('English counts have their plurals', () => {
  expect(en.status.files(1)).toBe('1 file');
  expect(en.status.files(412_331)).toBe('412,331 files');
  expect(en.opening.title(3, 1)).toBe('3 layers from one file');
  expect(zhCn.status.files(412_331)).toBe('412,331 个文件');
});

test('what only one format keeps does not differ; what only one file has does', () => {
  const line = (key: string, value: string) => ({ key, label: key, value });
  const ntfs = [line('company', 'Contoso'), line('fact:record', '58'), line('changed', 'x'), line('size', '1')];
  const wim = [line('fact:resource', '9'), line('sha1', 'ab'), line('size', '2')];
  const differing = compareFacts(ntfs, wim).filter((found) => found.differs);
  expect(differing.map(({ key }) => key)).toEqual(['company', 'size']);
  expect(compareFacts(ntfs, [line('fact:record', '59')])[1]!.differs).toBe(true);
});

test('every right of an access mask has its word in both languages', () => {
  const masks = [...Array.from({ length: 32 }, (_, bit) => 2 ** bit)];
  const whole = [0x1f01ff, 0x1301bf, 0x1200a9, 0x120089, 0x120116, 0x1200a0, 0xf003f, 0x20019, 0x20006];
  const words = new Set(
    (['file', 'key'] as const).flatMap((kind) =>
      [...masks, ...whole].flatMap((mask) => [...rightsWords(mask, kind), ...rightsWords(mask, kind, true)]),
    ),
  );
  const named = [...words].filter((word) => !word.startsWith('0x')).sort();
  expect(named.length).toBeGreaterThan(30);
  for (const { accessRights } of [en, zhCn]) expect(Object.keys(accessRights).sort()).toEqual(named);
});

test.each([
  ['WIM, image 1', 'WIM，映像 1'],
  ['VHDX chain of 3, NTFS, partition 2', 'VHDX 链（3 个盘），NTFS，分区 2'],
  ['registry hive', '注册表配置单元'],
  ['GZIP, TAR', 'GZIP，TAR'],
])('how a file leads to its tree: %s', (detail, chinese) => {
  expect(detailWords(detail, en)).toBe(detail);
  expect(detailWords(detail, zhCn)).toBe(chinese);
});
