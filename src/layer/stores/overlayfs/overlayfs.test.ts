import { describe, expect, test } from 'vitest';
import { type ExtendedAttribute, NodeFlag } from '../../../fs/types.ts';
import { lookup, pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { dir, file, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { overlayfsStore, overlayMarks } from './index.ts';

const upcase = windowsUpcase();
const bytes = (text: string) => new TextEncoder().encode(text);
const GONE = file({ reparseTag: 0x8000_0025 });
const marked = { flags: NodeFlag.overlay };

/** @param attributes by path: `opaque=y`, names in `trusted.overlay.` unless they say more */
function apply(tree: TreeSpec, attributes: Readonly<Record<string, string>> = {}) {
  const table = nodeTable(tree);
  const known = new Map<number, ExtendedAttribute[]>();
  for (const [path, text] of Object.entries(attributes)) {
    const list = text.split(' ').map((one) => {
      const [name = '', value = ''] = one.split('=');
      return { name: name.includes('.') ? name : `trusted.overlay.${name}`, value: bytes(value) };
    });
    known.set(lookup(table, path, upcase), list);
  }
  const result = overlayfsStore.apply(table, upcase, [], 'upper.tar', known);
  return {
    ...result,
    rootPath: pathOf(table, result.root),
    codes: result.findings.map(({ code }) => code),
    marks: result.markers
      .map((m) => `${m.kind} ${m.path.join('/')}${m.kind === 'origin' ? ` from ${m.from.join('/')}` : ''}`)
      .sort(),
    inside: result.internal.map((row) => pathOf(table, row)).sort(),
  };
}

test('is recognised by devices or attributes, in an archive or a volume of Linux', () => {
  const store = (tree: TreeSpec, format: string) => detectStore(nodeTable(tree), upcase, format).id;
  expect(store({ usr: { gone: GONE } }, 'tar')).toBe('overlayfs');
  expect(store({ usr: { gone: GONE } }, 'ext4')).toBe('overlayfs');
  expect(store({ usr: { gone: GONE } }, 'ntfs')).toBe('plain');
  expect(store({ usr: dir(marked, {}) }, 'tar')).toBe('overlayfs');
  expect(store({ usr: dir({ flags: NodeFlag.ea }, {}) }, 'tar')).toBe('plain');
  // marks in stores of other images are none of the disk's own
  expect(store({ var: { lib: { docker: { overlay2: { l: { gone: GONE } } } } } }, 'ext4')).toBe('plain');
  expect(store({ Files: { gone: GONE }, Hives: { Software_Delta: file({ size: 8192 }) } }, 'tar')).toBe('oci');
});

test('devices, opaque folders, and the names of fuse-overlayfs', () => {
  const tree: TreeSpec = {
    etc: dir(marked, { passwd: GONE, new: 'x' }),
    opt: dir(marked, {}),
    srv: dir(marked, {}),
    '.wh.tmp': '',
    home: { '.wh..wh..opq': '' },
  };
  const { marks, inside, codes } = apply(tree, {
    etc: 'impure=y origin=xx',
    opt: 'user.overlay.opaque=y',
    srv: 'user.fuseoverlayfs.opaque=y',
  });
  expect(marks).toEqual(['opaque home', 'opaque opt', 'opaque srv', 'whiteout etc/passwd', 'whiteout tmp']);
  expect(inside).toEqual(['.wh.tmp', 'etc\\passwd', 'home\\.wh..wh..opq']);
  expect(codes).toEqual([]);
});

test('renamed folders: by path, by name beside it, inside one another', () => {
  const tree: TreeSpec = {
    new: dir(marked, { kept: { inner: dir(marked, {}) }, b: dir(marked, {}) }),
    fresh: dir(marked, {}),
  };
  const { marks } = apply(tree, {
    new: 'redirect=/old/place',
    'new\\b': 'redirect=a',
    'new\\kept\\inner': 'redirect=was',
    // nothing of the old place is seen
    fresh: 'redirect=/old opaque=y',
  });
  expect(marks).toEqual([
    'opaque fresh',
    'origin new from old/place',
    'origin new/b from old/place/a',
    'origin new/kept/inner from old/place/kept/was',
  ]);
});

test.each(['', '/', '../x', '/a/../b', 'a/b', '.'])('a redirect to "%s" leads nowhere, and is told', (redirect) => {
  const { marks, codes } = apply({ d: dir(marked, {}) }, { d: `redirect=${redirect}` });
  expect(marks).toEqual([]);
  expect(codes).toEqual(['overlayRedirectInvalid']);
});

test('files of which only the metadata was copied up show what is below them', () => {
  const tree: TreeSpec = {
    a: file({ ...marked, size: 9 }),
    b: file({ ...marked, size: 9 }),
    c: file({ ...marked, size: 9 }),
    d: dir(marked, { e: file({ ...marked, size: 9 }) }),
    f: file({ ...marked, size: 9 }),
  };
  const { inside, codes, facts, marks } = apply(tree, {
    a: 'metacopy',
    b: 'metacopy redirect=/far/old',
    c: 'origin=x',
    d: 'redirect=/was',
    'd\\e': 'metacopy redirect=other',
    f: 'metacopy redirect=../x',
  });
  expect(inside.sort()).toEqual(['a', 'b', 'd\\e']);
  // one that was renamed is what the layers below have under its old name
  expect(marks).toEqual(['origin b from far/old', 'origin d from was', 'origin d/e from was/other']);
  expect(codes).toEqual(['overlayRedirectInvalid', 'overlayMetacopy']);
  expect(facts).toMatchObject({ metacopy: 3, redirects: 3 });
});

test('whiteouts that are files count only where the folder says so', () => {
  const tree: TreeSpec = {
    x: dir(marked, { gone: file(marked), full: file({ ...marked, size: 3 }), plain: '' }),
    y: { gone: file(marked) },
  };
  const list = { x: 'opaque=x', 'x\\gone': 'whiteout', 'x\\full': 'whiteout', 'y\\gone': 'whiteout' };
  expect(apply(tree, list).marks).toEqual(['whiteout x/gone']);
});

test('marks of an overlay within are ordinary attributes', () => {
  expect(apply({ d: dir(marked, {}) }, { d: 'trusted.overlay.overlay.opaque=y' }).marks).toEqual([]);
});

describe('where the upper directory lies', () => {
  const upper: TreeSpec = { etc: dir(marked, { gone: GONE }) };

  test.each(['upper', 'diff'])('in %s beside its work directory', (name) => {
    const { rootPath, marks, inside } = apply(
      { [name]: upper, work: { work: { '#1': GONE }, index: {} }, link: 'l' },
      { [`${name}\\etc`]: 'opaque=y' },
    );
    expect(rootPath).toBe(name);
    expect(marks).toEqual(['opaque etc', 'whiteout etc/gone']);
    expect(inside).toEqual([`${name}\\etc\\gone`]);
  });

  test('a folder of that name alone is content', () => {
    expect(apply({ upper }, { 'upper\\etc': 'opaque=y' }).marks).toEqual([
      'opaque upper/etc',
      'whiteout upper/etc/gone',
    ]);
  });
});

test('attributes that cannot be read are not taken for none', () => {
  expect(apply({ d: dir(marked, {}) }).codes).toEqual(['overlayAttributesMissing']);
});

test('values end with their bytes, or with the NUL of C', () => {
  const mark = (value: string) => overlayMarks([{ name: 'trusted.overlay.opaque', value: bytes(value) }]).opaque;
  expect([mark('y'), mark('y\0'), mark('n')]).toEqual(['y', 'y', 'n']);
});
