/** The registry of the made world: a few hives, every state of keys and values. */
import type { ValueRow } from '../../engine/api.ts';
import type { FakeCopy, FakeNode, FakeTree } from './tree.ts';

const IDS: Record<string, string> = { u: 'user', c: 'chrome', o: 'office', b: 'os' };

export function fakeRegistry(): FakeTree {
  const nodes: FakeNode[] = [];
  function key(parent: FakeNode | null, name: string, layers: string, conflict = false): FakeNode {
    const made: FakeNode = {
      id: nodes.length,
      name,
      parent,
      directory: true,
      reparseTag: name === 'CurrentControlSet' ? 1 : 0,
      conflict,
      damaged: false,
      children: [],
      copies: new Map<string, FakeCopy>(),
    };
    nodes.push(made);
    parent?.children.push(made);
    for (const letter of layers)
      made.copies.set(IDS[letter.toLowerCase()]!, {
        kind: letter === letter.toLowerCase() ? 'copy' : 'mark',
        size: 0,
        modified: Date.UTC(2024, 9, 9, 16, 0, 12),
        attributes: 0,
        byteState: 'complete',
        version: null,
      });
    return made;
  }
  const root = key(null, '', 'ucob');
  const hklm = key(root, 'HKEY_LOCAL_MACHINE', 'ucob');
  key(hklm, 'BCD00000000', 'b');
  key(hklm, 'SAM', 'b');
  key(hklm, 'SECURITY', 'b');
  const software = key(hklm, 'SOFTWARE', 'ucob');
  const classes = key(software, 'Classes', 'ucob');
  for (let i = 0; i < 400; i++) key(classes, `.ext${String(i).padStart(3, '0')}`, i % 37 === 0 ? 'ob' : 'b');
  key(software, 'Clients', 'uob');
  const google = key(software, 'Google', 'uc');
  key(google, 'Chrome', 'c');
  key(google, 'Update', 'Uc');
  const microsoft = key(software, 'Microsoft', 'ucob');
  key(microsoft, '.NETFramework', 'b');
  key(microsoft, 'Office', 'uo');
  key(microsoft, 'Windows', 'ucob');
  key(microsoft, 'Windows Defender', 'b');
  const nt = key(key(microsoft, 'Windows NT', 'ub', true), 'CurrentVersion', 'ub', true);
  for (const name of ['AppCompatFlags', 'Fonts', 'Image File Execution Options', 'ProfileList', 'Winlogon'])
    key(nt, name, name === 'Fonts' ? 'ob' : 'ub', name === 'ProfileList');
  key(software, 'Policies', 'ub');
  key(software, 'WOW6432Node', 'ucob');
  const system = key(hklm, 'SYSTEM', 'ub');
  key(system, 'ControlSet001', 'b');
  key(system, 'CurrentControlSet', 'b');
  key(system, 'Select', 'b');
  const hku = key(root, 'HKEY_USERS', 'ub');
  key(hku, '.DEFAULT', 'b');
  key(hku, 'S-1-5-21-1180699209-877415012-3182924384-1004', 'u');
  return { root, nodes };
}

const VALUES: readonly (readonly [
  name: string,
  type: number,
  typeName: string,
  text: string,
  layers: string,
  state: ValueRow['state'],
  conflict?: boolean,
])[] = [
  ['', 1, 'REG_SZ', '(value not set)', 'b', 'unchanged'],
  ['BuildBranch', 1, 'REG_SZ', 'ge_release', 'b', 'unchanged'],
  ['BuildLabEx', 1, 'REG_SZ', '26100.1.amd64fre.ge_release.240331-1435', 'b', 'unchanged'],
  ['CompositionEditionID', 1, 'REG_SZ', 'Enterprise', 'b', 'unchanged'],
  ['CurrentBuild', 1, 'REG_SZ', '26100', 'b', 'unchanged'],
  ['CurrentMajorVersionNumber', 4, 'REG_DWORD', '0x0000000a (10)', 'b', 'unchanged'],
  ['DigitalProductId', 3, 'REG_BINARY', 'a4 00 00 00 03 00 00 00 30 30 33 33 30', 'ub', 'overrides'],
  ['DisplayVersion', 1, 'REG_SZ', '24H2', 'b', 'unchanged'],
  ['InstallDate', 4, 'REG_DWORD', '0x6705a1c4 (1728422340)', 'ub', 'overrides'],
  ['LCUVer', 1, 'REG_SZ', '10.0.26100.1742', 'ub', 'overrides', true],
  ['PathName', 1, 'REG_SZ', 'C:\\Windows', 'b', 'unchanged'],
  ['PendingInstall', 4, 'REG_DWORD', '0x00000000 (0)', 'Ub', 'hidden'],
  ['RegisteredOwner', 1, 'REG_SZ', 'ann', 'ub', 'overrides'],
  ['SystemRoot', 2, 'REG_EXPAND_SZ', '%SystemDrive%\\Windows', 'b', 'unchanged'],
  ['UBR', 4, 'REG_DWORD', '0x000006ce (1742)', 'ub', 'overrides', true],
  ['WinREVersion', 1, 'REG_SZ', '10.0.26100.1742', 'b', 'unchanged'],
];

/** The same values below every key that has some; `order` are the enabled layers, top first. */
export function fakeValues(node: FakeNode, order: readonly string[], all: readonly string[]): ValueRow[] {
  const some = node.name === 'CurrentVersion' ? VALUES : node.children.length > 3 ? [] : VALUES.slice(0, 4);
  return some.flatMap(([name, type, typeName, text, layers, state, conflict]) => {
    const ids = [...layers].map((letter) => IDS[letter.toLowerCase()]!);
    const layer = order.find((id) => ids.includes(id));
    if (layer === undefined) return [];
    const core = all
      .map((id) => {
        const letter = [...layers].find((l) => IDS[l.toLowerCase()] === id);
        if (letter === undefined || !order.includes(id)) return '-';
        return letter !== letter.toLowerCase() ? 'd' : id === layer ? 'w' : 'h';
      })
      .join('');
    return [
      {
        name,
        type,
        typeName,
        text,
        size: text.length * 2,
        state,
        flags: conflict ? (['conflict'] as const) : [],
        layer,
        core,
        damaged: false,
      },
    ];
  });
}
