/**
 * A made world for the page: four layers, a disk and a registry with every state a row can have. Made from a seed, so
 * that pictures and tests are the same each time. The merge here is as simple as the page needs; it proves nothing.
 */

export interface FakeCopy {
  /** `mark` is a deletion mark, `opaque` closes a folder to the layers below. */
  readonly kind: 'copy' | 'mark' | 'opaque';
  readonly size: number;
  readonly modified: number;
  readonly attributes: number;
  readonly byteState: string;
  readonly version: string | null;
}

export interface FakeNode {
  readonly id: number;
  readonly name: string;
  readonly parent: FakeNode | null;
  readonly directory: boolean;
  readonly reparseTag: number;
  readonly conflict: boolean;
  readonly damaged: boolean;
  readonly children: FakeNode[];
  /** By layer id. */
  readonly copies: Map<string, FakeCopy>;
}

const DAY = 86_400_000;
const BASE = Date.UTC(2024, 3, 1, 9, 26);

export class FakeRandom {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  next(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }
}

export const LAYER_IDS = ['user', 'chrome', 'office', 'os'] as const;
type LayerId = (typeof LAYER_IDS)[number];
const WHEN: Record<LayerId, number> = {
  user: BASE + 191 * DAY,
  chrome: BASE + 211 * DAY,
  office: BASE + 198 * DAY,
  os: BASE,
};

export interface FakeTree {
  readonly root: FakeNode;
  readonly nodes: FakeNode[];
}

interface Options {
  directory?: boolean;
  conflict?: boolean;
  damaged?: boolean;
  reparseTag?: number;
  attributes?: number;
  size?: number;
}

/** `extra`: files to add below C:\Windows\WinSxS for the stress mode. */
export function fakeTree(extra = 0): FakeTree {
  const random = new FakeRandom(7);
  const nodes: FakeNode[] = [];

  function node(parent: FakeNode | null, name: string, layers: string, options: Options = {}): FakeNode {
    const { directory = false, conflict = false, damaged = false, reparseTag = 0, attributes } = options;
    const made: FakeNode = {
      id: nodes.length,
      name,
      parent,
      directory,
      reparseTag,
      conflict,
      damaged,
      children: [],
      copies: new Map(),
    };
    nodes.push(made);
    parent?.children.push(made);
    for (const letter of layers) {
      const at = 'uco b'.indexOf(letter.toLowerCase());
      const id = ({ u: 'user', c: 'chrome', o: 'office', b: 'os' } as const)[letter.toLowerCase() as 'u'] as
        | LayerId
        | undefined;
      if (id === undefined || at < 0) continue;
      const mark = letter !== letter.toLowerCase();
      const size = directory ? 0 : mark ? 0 : (options.size ?? 1 + random.next(900_000));
      made.copies.set(id, {
        kind: mark ? (directory ? 'opaque' : 'mark') : 'copy',
        size: directory || mark ? 0 : size + random.next(5000),
        modified: WHEN[id] + random.next(8_640_000),
        attributes: (attributes ?? (directory ? 0 : 0x20)) | (directory ? 0x10 : 0),
        byteState: damaged ? 'damaged' : id === 'os' && !directory ? 'decompressed' : 'complete',
        version: /\.(exe|dll)$/.test(name)
          ? `${id === 'user' ? 129 : 130}.0.${6000 + random.next(900)}.${random.next(200)}`
          : null,
      });
    }
    return made;
  }
  const dir = (parent: FakeNode, name: string, layers: string, options: Options = {}) =>
    node(parent, name, layers, { ...options, directory: true });

  const root = node(null, 'C:', 'ucob', { directory: true });
  node(dir(root, '$Recycle.Bin', 'u', { attributes: 0x6 }), 'desktop.ini', 'u', { attributes: 0x26, size: 129 });
  dir(root, 'PerfLogs', 'b');
  const pf = dir(root, 'Program Files', 'ucob', { attributes: 0x1 });
  node(dir(pf, 'Common Files', 'ob'), 'readme.txt', 'ob');
  const chrome = dir(dir(dir(pf, 'Google', 'uc'), 'Chrome', 'uc'), 'Application', 'uc');
  node(dir(chrome, '129.0.6668.100', 'u'), 'chrome.dll', 'u', { size: 238_000_000 });
  const v130 = dir(chrome, '130.0.6723.92', 'c');
  const locales = dir(v130, 'Locales', 'c');
  for (const language of ['de', 'en-GB', 'en-US', 'es', 'fr', 'it', 'ja', 'zh-CN'])
    node(locales, `${language}.pak`, 'c');
  node(v130, 'chrome.dll', 'c', { size: 239_495_000 });
  node(v130, 'chrome_elf.dll', 'c', { size: 1_341_000 });
  node(v130, 'icudtl.dat', 'c', { size: 10_480_000 });
  node(v130, 'v8_context_snapshot.bin', 'c', { size: 697_000 });
  node(dir(chrome, 'SetupMetrics', 'Uc'), '2024.pma', 'c', { size: 1024 });
  node(chrome, 'chrome.exe', 'uc', { conflict: true, size: 2_795_000 });
  node(chrome, 'chrome.VisualElementsManifest.xml', 'uc', { size: 612 });
  node(chrome, 'chrome_proxy.exe', 'c', { size: 1_168_000 });
  node(chrome, 'initial_preferences', 'uc', { size: 604 });
  node(chrome, 'master_preferences', 'Uc', { size: 604 });
  node(chrome, 'torn.db', 'u', { size: 40_960, damaged: true });
  const office = dir(pf, 'Microsoft Office', 'o');
  for (let i = 0; i < 60; i++) node(dir(office, `Office16-${String(i).padStart(2, '0')}`, 'o'), 'WINWORD.EXE', 'o');
  node(dir(pf, 'Windows Defender', 'b'), 'MsMpEng.exe', 'b');
  node(dir(pf, 'WindowsApps', 'ub', { conflict: true, attributes: 0x2 }), 'Deleted', 'ub', { directory: true });
  node(dir(root, 'Program Files (x86)', 'cob', { attributes: 0x1 }), 'desktop.ini', 'b', { size: 174 });
  const data = dir(root, 'ProgramData', 'ucob', { attributes: 0x2002 });
  const search = dir(dir(dir(data, 'Microsoft', 'ub'), 'Search', 'ub'), 'Data', 'ub', { conflict: true });
  node(dir(search, 'Applications', 'Ub', { attributes: 0x2000 }), 'Windows.edb', 'b', { size: 67_108_864 });
  const users = dir(root, 'Users', 'ub', { attributes: 0x1 });
  dir(users, 'All Users', 'b', { reparseTag: 0xa000000c, attributes: 0x406 });
  const ann = dir(users, 'ann', 'u');
  const documents = dir(ann, 'Documents', 'u', { attributes: 0x1 });
  for (let i = 1; i <= 40; i++) node(documents, `Quarter ${i}.docx`, 'u');
  node(documents, 'Budget FY2025.xlsx', 'u', { attributes: 0x400020 });
  node(dir(ann, 'AppData', 'u', { attributes: 0x2 }), 'cache.dat', 'u');
  node(ann, 'NTUSER.DAT', 'u', { size: 1_310_720, attributes: 0x22 });
  const windows = dir(root, 'Windows', 'ucob');
  const system32 = dir(windows, 'System32', 'ucob');
  const config = dir(system32, 'config', 'ub');
  for (const hive of ['DEFAULT', 'SAM', 'SECURITY', 'SOFTWARE', 'SYSTEM'])
    node(config, hive, 'ub', { size: 90_177_536 });
  for (let i = 0; i < 900; i++) {
    const layers = i % 97 === 0 ? 'ub' : i % 61 === 0 ? 'ob' : i % 131 === 0 ? 'Ub' : i % 53 === 0 ? 'c' : 'b';
    node(system32, `api-${String(i).padStart(4, '0')}.dll`, layers);
  }
  const drivers = dir(system32, 'drivers', 'ob');
  for (let i = 0; i < 300; i++) node(drivers, `drv${String(i).padStart(3, '0')}.sys`, i % 40 === 0 ? 'ob' : 'b');
  const sxs = dir(windows, 'WinSxS', 'b');
  for (let i = 0; i < Math.max(400, extra); i++)
    node(sxs, `amd64_component-${String(i).padStart(6, '0')}_31bf3856ad364e35.manifest`, 'b');
  node(windows, 'explorer.exe', 'b', { size: 5_800_000 });
  node(windows, 'win.ini', 'ub', { size: 92 });
  return { root, nodes };
}

export function fakePath(node: FakeNode): string {
  const parts: string[] = [];
  for (let at: FakeNode | null = node; at !== null; at = at.parent) parts.unshift(at.name);
  return parts.length === 1 && parts[0] === 'C:' ? 'C:\\' : parts.join('\\');
}
