import { describe, expect, it } from 'vitest';
import { defaultRules, hiveRule, withDefaults } from '../layer/defaults.ts';
import type { Rule, RuleAction, RuleMatch, RuleOrigin } from '../layer/types.ts';
import type { TreeSpec } from '../testing/chunks.ts';
import { makeLayers, makeNames, NO_RULES } from '../testing/layers.ts';
import { FileOverlay } from './files/overlay.ts';
import { keyPath, wildcard } from './rules.ts';
import { StateFlag } from './types.ts';

let next = 0;
const rule = (
  kind: RuleMatch['kind'],
  p: string,
  action: RuleAction,
  origin: RuleOrigin = 'user',
  more: Partial<Rule> = {},
): Rule => ({
  id: `r${++next}`,
  target: 'file',
  match: { kind, p },
  action,
  origin,
  enabled: true,
  ...more,
});

const OS: TreeSpec = { A: { f: 'os', B: { f: 'os', g: 'os' } }, 'x.tmp': 'os', only: 'os' };
const APP: TreeSpec = { A: { f: 'app', B: { f: 'app' } } };
const USER: TreeSpec = { A: { f: 'user', B: { f: 'user' } }, 'x.tmp': 'user', mine: 'user' };

function merged(rules: readonly Rule[], layers = makeLayers({ tree: OS }, { tree: APP }, { tree: USER })) {
  const overlay = new FileOverlay(makeNames);
  overlay.update(layers, rules);
  const winner = (path: string) => {
    const node = overlay.find(path.split('\\'));
    return node < 0 ? null : (overlay.layerIds[overlay.resolution.winner[node]!] ?? 'hidden');
  };
  const decides = (path: string) => overlay.rule(overlay.find(path.split('\\')))?.id ?? null;
  return { overlay, winner, decides };
}

describe('actions', () => {
  it('change who is seen', () => {
    const cases: [RuleAction, string | null, string | null][] = [
      ['merge', 'user', 'user'],
      ['passthrough', 'os', 'hidden'],
      ['exclude', 'app1', 'hidden'],
      ['keepLower', 'app1', 'hidden'],
      ['hide', 'hidden', 'hidden'],
      ['readOnly', 'user', 'user'],
    ];
    for (const [action, f, mine] of cases) {
      const { winner } = merged([rule('subtree', 'a', action), rule('exact', 'mine', action)]);
      expect([winner('A\\f'), winner('mine')], action).toEqual([f, mine]);
    }
    const { winner, overlay } = merged([rule('subtree', 'A', 'redirect', 'user', { layer: 'app1' })]);
    expect(winner('A\\f')).toBe('app1');
    expect(winner('A\\B\\g')).toBe('hidden');
    expect(overlay.resolution.flags[overlay.find(['A', 'f'])]! & StateFlag.ruled).toBe(StateFlag.ruled);
  });

  it('let a passthrough shine through the marks of upper layers, but not through a vanished parent', () => {
    const user = { tree: USER, markers: [{ kind: 'opaque', path: ['A', 'B'] } as const] };
    const layers = makeLayers({ tree: OS }, { tree: APP }, user);
    expect(merged([], layers).winner('A\\B\\g')).toBe('hidden');
    expect(merged([rule('exact', 'A\\B\\g', 'passthrough')], layers).winner('A\\B\\g')).toBe('os');
    expect(merged([rule('exact', 'A\\B\\f', 'keepLower')], layers).winner('A\\B\\f')).toBe('app1');
    const gone = makeLayers({ tree: OS }, { tree: {}, markers: [{ kind: 'whiteout', path: ['A'] }] });
    expect(merged([rule('subtree', 'A\\B', 'passthrough')], gone).winner('A\\B\\g')).toBe('hidden');
  });
});

describe('precedence', () => {
  const path = 'A\\B\\f';
  const ladder: [string, () => Rule][] = [
    ['never-merge', () => rule('glob', '**\\f', 'passthrough', 'builtin')],
    ['internal', () => rule('exact', path, 'hide', 'builtin')],
    ['plan entry', () => rule('subtree', 'A', 'merge', 'plan')],
    ['exact', () => rule('exact', path, 'merge')],
    ['longer prefix', () => rule('subtree', 'A\\B', 'merge')],
    ['glob with a prefix', () => rule('glob', 'A\\*\\f', 'merge')],
    ['shorter prefix', () => rule('children', 'A', 'merge')],
    ['glob with more letters', () => rule('glob', '**\\B\\f', 'merge')],
    ['glob', () => rule('glob', '**\\f', 'merge')],
  ];

  it('is one total order, whatever the list order', () => {
    for (let high = 0; high < ladder.length; high++)
      for (let low = high + 1; low < ladder.length; low++) {
        const [a, b] = [ladder[high]![1](), ladder[low]![1]()];
        for (const list of [
          [a, b],
          [b, a],
        ])
          expect(merged(list).decides(path), `${ladder[high]![0]} over ${ladder[low]![0]}`).toBe(a.id);
      }
  });

  it('is list order between equals, and a rule that is off decides nothing', () => {
    const [a, b] = [rule('subtree', 'A', 'keepLower'), rule('subtree', 'A', 'merge', 'default')];
    expect(merged([a, b]).decides(path)).toBe(a.id);
    expect(merged([b, a]).decides(path)).toBe(b.id);
    expect(merged([{ ...a, enabled: false }, b]).decides(path)).toBe(b.id);
  });

  it('tells the step that decided', () => {
    const steps = (rules: readonly Rule[]) => {
      const { overlay } = merged(rules);
      return overlay
        .why(overlay.find(path.split('\\')))
        .steps.map((s) => s.result[0])
        .join('');
    };
    // d decides, N(oMatch) and n(otNeeded) share a letter: the place of d is what counts.
    expect(steps([])).toBe('nnnnnd');
    expect(steps([rule('subtree', 'A', 'merge', 'builtin')])).toBe('dnnnnn');
    expect(steps([rule('subtree', 'A', 'merge', 'plan')])).toBe('nndnnn');
    expect(steps([rule('subtree', 'A', 'merge')])).toBe('nnndnn');
    expect(steps([rule('subtree', 'A', 'merge'), rule('subtree', 'a', 'keepLower')])).toBe('nnnndn');
  });
});

describe('patterns', () => {
  const hits = (kind: RuleMatch['kind'], p: string) => {
    const { overlay } = merged([rule(kind, p, 'merge')]);
    const found: string[] = [];
    for (let node = 0; node < overlay.union.count; node++)
      if (overlay.rule(node) !== null) found.push(overlay.path(node).join('\\'));
    return found;
  };
  it.each([
    ['exact', 'a\\b', ['A\\B']],
    ['subtree', 'A\\B', ['A\\B', 'A\\B\\f', 'A\\B\\g']],
    ['children', 'A\\B', ['A\\B\\f', 'A\\B\\g']],
    ['glob', '*', ['A', 'mine', 'only', 'x.tmp']],
    ['glob', '*.TMP', ['x.tmp']],
    ['glob', '**\\f', ['A\\f', 'A\\B\\f']],
    ['glob', 'A\\**\\g', ['A\\B\\g']],
    ['glob', 'A\\**', ['A', 'A\\B', 'A\\f', 'A\\B\\f', 'A\\B\\g']],
    ['glob', '**\\B\\**\\?', ['A\\B\\f', 'A\\B\\g']],
    ['exact', 'nowhere', []],
  ] as const)('%s %s', (kind, p, expected) => {
    expect(hits(kind, p)).toEqual(expected);
  });

  it('stars in a name take linear time for each star', () => {
    expect(wildcard('A*B?C*')('AxxBBxCyy')).toBe(true);
    expect(wildcard('A*B?C')('AxxBBxCyy')).toBe(false);
    expect(wildcard('*')('')).toBe(true);
    expect(wildcard(`${'*A'.repeat(200)}*B`)('A'.repeat(5000))).toBe(false);
  });
});

describe('default rules', () => {
  it('leave paging files, hives and component stores to the base layer', () => {
    const os: TreeSpec = {
      'pagefile.sys': 'os',
      Windows: { WinSxS: { a: 'os' }, System32: { config: { SYSTEM: 'os', 'SYSTEM.LOG1': 'os' } } },
    };
    const user: TreeSpec = {
      'PAGEFILE.SYS': 'u',
      '.layer': { 'store.json': 'x' },
      Windows: { winsxs: { a: 'u' }, System32: { config: { system: 'u', 'system.log1': 'u' }, 'x.dll': 'u' } },
    };
    const layers = makeLayers({ tree: os }, { tree: user });
    const { winner } = merged(defaultRules().rules, layers);
    const paths = [
      'pagefile.sys',
      'Windows\\WinSxS\\a',
      'Windows\\System32\\config\\SYSTEM',
      'Windows\\System32\\config\\SYSTEM.LOG1',
      'Windows\\System32\\x.dll',
      '.layer',
    ];
    expect(paths.map(winner)).toEqual(['os', 'os', 'os', 'os', 'user', 'hidden']);
    const own = withDefaults({
      ...NO_RULES,
      rules: [rule('subtree', 'Windows\\WinSxS', 'merge'), rule('exact', 'pagefile.sys', 'merge')],
    });
    const changed = merged(own.rules, layers);
    expect(changed.winner('Windows\\WinSxS\\a')).toBe('user');
    expect(changed.winner('pagefile.sys')).toBe('os');
  });

  it('have a mode for each hive', () => {
    const { hives } = defaultRules();
    const mode = (mount: string) => hiveRule(mount, hives)?.mode;
    expect(
      ['HKLM/SYSTEM', 'hklm/software', 'HKU/.DEFAULT', 'HKU/S-1-5-21-1', 'HKLM/HARDWARE', 'HKLM/Other'].map(mode),
    ).toEqual(['baseOnly', 'merge', 'baseOnly', 'merge', 'never', undefined]);
    expect(keyPath('HKLM/SOFTWARE\\a/b')).toBe('HKLM\\SOFTWARE\\a/b');
  });
});
