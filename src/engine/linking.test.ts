import { describe, expect, test } from 'vitest';
import type { Facts } from '../base/findings.ts';
import type { Need } from '../source/format.ts';
import type { ProbeResult } from './api-image.ts';
import { link } from './linking.ts';
import { holderKey, linkNeeds, MAX_CHAIN } from './needs.ts';

const file = (name: string, format: string | null, over: Partial<ProbeResult> = {}): ProbeResult => ({
  name,
  size: 1,
  format,
  title: '',
  identity: {},
  needs: [],
  setPart: null,
  refusal:
    format === null
      ? { code: 'UnsupportedFormat', where: { source: name, offset: 0 }, expected: '', actual: '' }
      : null,
  ...over,
});

const need = (over: Partial<Need> = {}): Need => ({
  id: 'parent',
  kind: 'parent',
  want: 'disk',
  match: [],
  names: [],
  hashes: [],
  title: 'the parent',
  required: true,
  ...over,
});

/** A disk that says it is `id`, over the one that is `parent`. */
const disk = (name: string, id: string, parent?: string, over: Partial<ProbeResult> = {}): ProbeResult =>
  file(name, 'vhdx', {
    identity: { format: 'vhdx', guid: id, format2: 'x' },
    needs: parent === undefined ? [] : [need({ match: [{ format: 'vhdx', guid: parent }], names: [`${parent}.vhdx`] })],
    ...over,
  });

const group = (main: number, others: number[] = [], inner = false, logs: number[] = []) => ({
  main,
  others,
  logs,
  inner,
});

describe('logs', () => {
  test('go to their hive in the order LOG1, LOG2, LOG, whatever the drop order', () => {
    const files = [
      file('a/SYSTEM.LOG2', null),
      file('a/SYSTEM', 'regf'),
      file('a/system.LOG', null),
      file('a/System.log1', null),
      file('b/SYSTEM.LOG1', null),
      file('os.wim', 'wim'),
      file('x.plan', 'plan'),
      file('notes.log', null),
    ];
    expect(link(files)).toEqual({
      groups: [group(1, [], false, [3, 0, 2]), group(5)],
      plans: [6],
      rules: [],
      refused: [4, 7],
    });
  });

  test('a hive that happens to be called x.log is a hive', () => {
    expect(link([file('x', 'regf'), file('x.log', 'regf')]).groups).toHaveLength(2);
  });
});

describe('chains', () => {
  const chain = [disk('c.avhdx', 'c', 'b'), disk('renamed.vhdx', 'b', 'a'), disk('a.vhdx', 'a')];

  test.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ])('are linked by identity in the order %i %i %i', (...order) => {
    const files = order.map((i) => chain[i]!);
    const at = (i: number) => order.indexOf(i);
    const { groups, refused } = link(files);
    expect(groups.find(({ main }) => main === at(0))).toEqual(group(at(0), [at(1), at(2)]));
    expect(groups.find(({ main }) => main === at(1))).toEqual(group(at(1), [at(2)], true));
    expect(groups.find(({ main }) => main === at(2))).toEqual(group(at(2), [], true));
    expect(refused).toEqual([]);
  });

  test('a parent serves several children, which are images of their own', () => {
    const files = [disk('a.vhdx', 'a'), disk('x.avhdx', 'x', 'a'), disk('y.avhdx', 'y', 'a')];
    expect(link(files).groups).toEqual([group(0, [], true), group(1, [0]), group(2, [0])]);
  });

  test('a missing one is told at its place, with the one that needs it', () => {
    const links = linkNeeds([chain[0]!, chain[1]!], 0);
    expect(links.map(({ id, depth, needer, status, files }) => ({ id, depth, needer, status, files }))).toEqual([
      { id: 'parent', depth: 1, needer: 0, status: 'found', files: [1] },
      { id: 'parent/parent', depth: 2, needer: 1, status: 'missing', files: [] },
    ]);
  });

  test('the right name with another identity is told and not taken', () => {
    const files = [disk('c.avhdx', 'c', 'b'), disk('B.VHDX', 'other')];
    expect(linkNeeds(files, 0)).toMatchObject([
      {
        status: 'differs',
        files: [],
        candidates: [{ file: 1, differs: { fact: 'guid', expected: 'b', actual: 'other' } }],
      },
    ]);
    // it can be named and chosen, and is a layer of its own besides
    expect(link(files).groups).toEqual([group(0, [1]), group(1)]);
  });

  test('another name that says the same in part is the parent, changed since', () => {
    const match = [{ format: 'vdi', uuid: 'aaaaaaaa-p', modification: '1' }];
    const files = [
      file('c.vdi', 'vdi', { needs: [need({ match })] }),
      file('p.vdi', 'vdi', { identity: { format: 'vdi', uuid: 'aaaaaaaa-p', modification: '2' } }),
      file('q.vdi', 'vdi', { identity: { format: 'vdi', uuid: 'aaaaaaaa-q', modification: '7' } }),
    ];
    expect(linkNeeds(files, 0)[0]).toMatchObject({
      status: 'differs',
      candidates: [{ file: 1, differs: { fact: 'modification', expected: '1', actual: '2' } }],
    });
  });

  test('of copies the one in the same folder is taken; files that only claim to be the same one are a choice', () => {
    const copies = [disk('x/c.avhdx', 'c', 'a'), disk('y/a.vhdx', 'a'), disk('x/a.vhdx', 'a')];
    expect(linkNeeds(copies, 0)[0]).toMatchObject({ status: 'found', files: [2], candidates: [{ file: 1 }] });
    const other = disk('y/a.vhdx', 'a', undefined, { size: 2 });
    expect(linkNeeds([copies[0]!, other, copies[2]!], 0)[0]).toMatchObject({
      status: 'ambiguous',
      files: [],
      candidates: [{ file: 1 }, { file: 2 }],
    });
  });

  test('the first identity that is wanted is better than the second', () => {
    const match: Facts[] = [{ guid: 'new' }, { guid: 'old' }];
    const files = [file('c', 'vhdx', { needs: [need({ match })] }), disk('1', 'old'), disk('2', 'new')];
    expect(linkNeeds(files, 0)[0]).toMatchObject({ status: 'found', files: [2], candidates: [{ file: 1 }] });
  });

  test('two that name each other are shown, each with the fault', () => {
    const files = [disk('a', 'a', 'b'), disk('b', 'b', 'a')];
    expect(linkNeeds(files, 0).map(({ status }) => status)).toEqual(['found', 'loop']);
    expect(link(files).groups).toEqual([group(0, [1]), group(1, [0])]);
    // a file is never its own parent
    expect(linkNeeds([disk('a', 'a', 'a')], 0)[0]!.status).toBe('missing');
  });

  test('a pick wins over what fits, and says how it differs', () => {
    const files = [chain[0]!, chain[1]!, chain[2]!];
    const [first, ...rest] = linkNeeds(files, 0, { picks: { parent: 2 } });
    expect(first).toMatchObject({
      status: 'differs',
      files: [2],
      candidates: [
        { file: 2, differs: { fact: 'guid', expected: 'b', actual: 'a' } },
        { file: 1, differs: null },
      ],
    });
    expect(rest).toEqual([]);
    expect(linkNeeds(files, 0, { picks: { parent: 1 } })[0]).toMatchObject({ status: 'found', files: [1] });
    expect(linkNeeds(files, 0, { picks: { 'parent/parent': 0 } })[1]).toMatchObject({ status: 'loop', files: [] });
  });

  test('ends, however long and however often the same files are named', () => {
    const long = Array.from({ length: MAX_CHAIN + 9 }, (_, i) => disk(`${i}`, `${i}`, `${i + 1}`));
    expect(linkNeeds(long, 0)).toHaveLength(MAX_CHAIN);
    const wide = Array.from({ length: 40 }, (_, i) =>
      file(`${i}`, 'vhdx', {
        identity: { guid: `${i}` },
        needs: ['a', 'b'].map((id) => need({ id, match: [{ guid: `${i + 1}` }] })),
      }),
    );
    expect(linkNeeds(wide, 0).length).toBeLessThanOrEqual(4096 + 40);
  });
});

describe('extents and parts', () => {
  const extent = (id: number, name: string) =>
    need({ id: `extent:${id}`, kind: 'extent', want: 'file', names: [name], title: name });

  test('extents are found by name, beside the descriptor first, and are no images of their own', () => {
    const files = [
      file('b/disk-flat.vmdk', null),
      file('a/disk.vmdk', 'vmdk', { needs: [extent(0, 'disk-flat.vmdk'), extent(1, 'd:\\vm\\more.vmdk')] }),
      file('a/Disk-FLAT.vmdk', null),
      file('a/more.vmdk', 'vmdk'),
    ];
    expect(link(files)).toEqual({ groups: [group(1, [2, 3, 0])], plans: [], rules: [], refused: [0] });
  });

  test('two extents of one name and no folder are a choice: nothing says which', () => {
    const files = [file('d.vmdk', 'vmdk', { needs: [extent(0, 'x')] }), file('x', null), file('x', null)];
    expect(linkNeeds(files, 0)[0]!.status).toBe('ambiguous');
  });

  test('the lowest part that is there opens the set', () => {
    const part = (name: string, set: string, n: number) =>
      file(name, 'wim', {
        identity: { guid: set, part: n },
        setPart: { set, part: n, total: 3 },
        needs: [1, 2, 3].flatMap((other) =>
          other === n
            ? []
            : need({ id: `part:${other}`, kind: 'part', want: 'file', match: [{ guid: set, part: other }] }),
        ),
      });
    expect(link([part('c', 's', 3), part('b', 's', 2), part('d', 't', 2)]).groups).toEqual([group(1, [0]), group(2)]);
    expect(link([part('c', 's', 3), part('a', 's', 1), part('b', 's', 2)]).groups).toEqual([group(1, [2, 0])]);
  });

  test('blobs are looked for where the bytes say they are', () => {
    const blobs = need({ id: 'blobs', kind: 'blobs', want: 'file', hashes: ['00'], required: false });
    const files = [file('delta.wim', 'wim', { needs: [blobs] }), file('base.wim', 'wim'), file('x.wim', 'wim')];
    const holders = new Map([[holderKey(0, blobs), [1, 2]]]);
    expect(link(files, holders).groups).toEqual([group(0, [1, 2]), group(1, [], true), group(2, [], true)]);
    expect(link(files).groups).toEqual([group(0), group(1), group(2)]);
    // what a part of a set lacks may lie in its other parts
    const set = [1, 2].map((part) => ({ setPart: { set: 's', part, total: 2 }, needs: [blobs] }));
    const parts = [file('1', 'wim', set[0]), file('2', 'wim', set[1]), file('x', 'wim')];
    expect(linkNeeds(parts, 0, { holders: new Map([[holderKey(0, blobs), [1]]]) })).toEqual([]);
    expect(linkNeeds(parts, 0, { holders: new Map([[holderKey(0, blobs), [1, 2]]]) })).toMatchObject([{ files: [2] }]);
  });
});
