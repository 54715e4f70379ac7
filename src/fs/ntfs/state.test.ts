/** What a volume says of how it was left: restart pages, marks, hiberfil.sys. */
import { describe, expect, test } from 'vitest';
import { buildNtfs, type NtfsOptions } from '../../testing/ntfs-builder.ts';
import { openNtfs } from '../../testing/ntfs-volume.ts';

interface Page {
  readonly lsn: bigint;
  readonly clients?: number;
  readonly flags?: number;
  readonly major?: number;
  readonly signature?: string;
}

/** One restart page of 4 KiB with its update sequence. */
function restartPage({ lsn, clients = 0xffff, flags = 0, major = 1, signature = 'RSTR' }: Page): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(signature));
  view.setUint16(4, 30, true);
  view.setUint16(6, 9, true);
  view.setUint32(16, 4096, true);
  view.setUint32(20, 4096, true);
  view.setUint16(24, 48, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, major, true);
  view.setBigUint64(48, lsn, true);
  view.setUint16(48 + 12, clients, true);
  view.setUint16(48 + 14, flags, true);
  for (let at = 510; at < 4096; at += 512) view.setUint16(at, 7, true);
  view.setUint16(30, 7, true);
  return bytes;
}

function log(...pages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pages.length * 4096);
  pages.forEach((page, i) => {
    bytes.set(page, i * 4096);
  });
  return bytes;
}

const open = (options: Omit<NtfsOptions, 'root'>, root: NtfsOptions['root'] = []) => {
  const { facts, findings } = openNtfs(buildNtfs({ root, ...options }));
  return { facts, codes: findings.map((f) => `${f.severity} ${f.code}`) };
};

describe('$LogFile', () => {
  const clean = restartPage({ lsn: 10n });
  const dirty = restartPage({ lsn: 11n, clients: 0, major: 2 });

  test('the page with the higher LSN counts', () => {
    const newer = open({ log: log(clean, dirty) });
    expect(newer.facts).toMatchObject({ log: 'dirty', logVersion: '2.1', logLsn: '11' });
    expect(newer.codes).toEqual(['warning ntfsLogNotClean']);
    const older = open({ log: log(restartPage({ lsn: 12n }), dirty) });
    expect(older.facts).toMatchObject({ log: 'clean', logVersion: '1.1', logLsn: '12' });
    expect(older.codes).toEqual([]);
  });

  test('a torn page does not count', () => {
    const torn = dirty.slice();
    torn[1022]! ^= 1;
    expect(open({ log: log(clean, torn) }).facts).toMatchObject({ log: 'clean', logLsn: '10' });
    const both = clean.slice();
    both[510]! ^= 1;
    const { facts, codes } = open({ log: log(both, torn) });
    expect(facts).toMatchObject({ log: 'unknown' });
    expect(codes).toEqual([]);
  });

  test('a log in use whose volume is marked clean is clean; one emptied by a tool holds nothing', () => {
    expect(open({ log: log(restartPage({ lsn: 1n, clients: 0, flags: 2 }), clean) }).facts['log']).toBe('clean');
    expect(open({}).facts).toMatchObject({ log: 'empty' });
    expect(open({}).facts['logVersion']).toBeUndefined();
  });

  test('tells that chkdsk wrote it last', () => {
    const { facts } = open({ log: log(restartPage({ lsn: 20n, signature: 'CHKD' }), clean) });
    expect(facts).toMatchObject({ log: 'clean', logByChkdsk: true });
  });
});

test('tells the marks of $Volume that matter and names all', () => {
  const { facts, codes } = open({ volumeFlags: 0xc03f });
  expect(facts['dirty']).toBe(true);
  expect(facts['volumeFlags']).toEqual([
    'dirty',
    'resizeLogFile',
    'upgradeOnMount',
    'mountedOnNt4',
    'deleteUsnUnderway',
    'repairObjectIds',
    'chkdskUnderway',
    'modifiedByChkdsk',
  ]);
  expect(codes).toEqual([
    'warning ntfsDirty',
    'warning ntfsChkdskUnderway',
    'info ntfsModifiedByChkdsk',
    'info ntfsUpgradeOnMount',
  ]);
  const plain = open({});
  expect(plain.facts).toMatchObject({ dirty: false });
  expect(plain.facts['volumeFlags']).toBeUndefined();
});

describe('hiberfil.sys', () => {
  const text = (s: string) => new TextEncoder().encode(s);

  test.each(['hibr', 'HIBR'])('%s keeps a Windows', (signature) => {
    const { facts, codes } = open({}, [{ name: 'HiberFil.sys', data: text(`${signature} memory`) }]);
    expect(facts).toMatchObject({ hibernated: true });
    expect(codes).toEqual(['info ntfsHibernated']);
  });

  test.each(['wake', 'RSTR', 'hib', ''])('"%s" keeps none', (signature) => {
    const { facts, codes } = open({}, [{ name: 'hiberfil.sys', data: text(signature) }]);
    expect(facts['hibernated']).toBeUndefined();
    expect(codes).toEqual([]);
  });

  test('is looked for in the root alone', () => {
    expect(open({}, [{ name: 'd', dir: [{ name: 'hiberfil.sys', data: text('hibr') }] }]).codes).toEqual([]);
  });
});
