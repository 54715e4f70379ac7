/**
 * The parts of the registry that no hive holds and that exist only while Windows runs, as regedit shows them:
 *
 *     HKCR                        HKLM\SOFTWARE\Classes below the user's own classes
 *     HKCU                        HKU\<the chosen user>
 *     HKCU\Software\Classes       HKU\<the chosen user>_Classes
 *     HKLM\SYSTEM\CurrentControlSet   ControlSet<Select\Current of the base layer>
 *     HKCC                        CurrentControlSet\Hardware Profiles\Current (0001 when the disk has no such key)
 *
 * They are ways to nodes of the merged registry, not nodes of their own: nothing here is planned, counted or searched a
 * second time. A way is known by its names, so its number stays the same when layers are joined anew.
 *
 * HKCR (https://learn.microsoft.com/windows/win32/sysinfo/merged-view-of-hkey-classes-root): a key of the user hides the
 * machine's key of that name with all below it, but for the keys of a short list, whose sub-keys merge by the same rule.
 */
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { EntryKind, type MergedValue, NO_LAYER, STATE_NAMES } from '../../overlay/types.ts';
import type { ClassSide, RegistryUser } from '../api.ts';
import type { Merge } from './merge.ts';

/** Numbers of ways begin here; nodes of the merged registry lie below. */
const FIRST = 2 ** 32;
/** Room for name ids in the key of a way. */
const NAMES = 2 ** 27;
/** Parents that are no ways: a root has none, CurrentControlSet hangs below HKLM\SYSTEM wherever that is today. */
const NO_PARENT = -1;
const SYSTEM = -2;
/** Keys of HKCR whose sub-keys come from both sides. */
const SHARED: ReadonlySet<string> = new Set(
  [
    '*|*\\SHELLEX|*\\SHELLEX\\CONTEXTMENUHANDLERS|*\\SHELLEX\\PROPERTYSHEETHANDLERS|APPID|CLSID|COMPONENT CATEGORIES',
    'DRIVE|DRIVE\\SHELLEX|DRIVE\\SHELLEX\\CONTEXTMENUHANDLERS|DRIVE\\SHELLEX\\PROPERTYSHEETHANDLERS|FILETYPE',
    'FOLDER|FOLDER\\SHELLEX|FOLDER\\SHELLEX\\COLUMNHANDLERS|FOLDER\\SHELLEX\\CONTEXTMENUHANDLERS',
    'FOLDER\\SHELLEX\\EXTSHELLFOLDERVIEWS|FOLDER\\SHELLEX\\PROPERTYSHEETHANDLERS|INSTALLER|INSTALLER\\COMPONENTS',
    'INSTALLER\\FEATURES|INSTALLER\\PATCHES|INSTALLER\\PRODUCTS|INTERFACE|MIME|MIME\\DATABASE|MIME\\DATABASE\\CHARSET',
    'MIME\\DATABASE\\CODEPAGE|MIME\\DATABASE\\CONTENT TYPE|TYPELIB',
  ].flatMap((line) => line.split('|')),
);

interface Way {
  /** Number of the way above, NO_PARENT or SYSTEM. */
  readonly parent: number;
  readonly nameId: number;
  /** Name when it is not the key's own. */
  readonly name: string | null;
}

/** What a way leads to in the registry of the day. */
interface Target {
  /** Node whose content is shown, -1 when there is none any more. */
  readonly main: number;
  /** The machine's node that shows through below it (keys of HKCR on both sides), -1 when none does. */
  readonly under: number;
  readonly side: ClassSide | null;
  /** The way is a link of the running system. */
  readonly link: boolean;
}

/** A value, and for a key on both sides whose it is. */
export interface SidedValue {
  readonly value: MergedValue;
  readonly side: ClassSide | null;
}

const isHidden = (value: MergedValue) => STATE_NAMES[value.state] === 'hidden';

const GONE: Target = { main: -1, under: -1, side: null, link: false };

export class Derived {
  readonly #merge: Merge;
  readonly #ways: Way[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #targets = new Map<number, Target>();
  readonly #children = new Map<number, readonly number[]>();
  #chosen: string | null = null;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  /** The merged registry or the user has changed: what the ways lead to is looked up anew. */
  refresh(): void {
    this.#targets.clear();
    this.#children.clear();
  }

  /* ------------------------------------------------------------- users */

  /** Users whose hives are mounted: whom HKCU may mean. */
  users(): RegistryUser[] {
    const found = new Map<string, string>();
    for (const layer of this.#merge.layers)
      for (const { mount, path } of layer.enabled ? layer.hives : []) {
        if (!isUser(mount)) continue;
        const folder = /(?:^|\\)Users\\([^\\]+)\\/i.exec(path ?? '')?.[1];
        found.set(mount, folder ?? found.get(mount) ?? mount.slice(4));
      }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([mount, name]) => ({ mount, name }));
  }

  /** Mount of the user that HKCU stands for: the chosen one while it is there, else the first. Null without users. */
  get user(): string | null {
    const users = this.users();
    return (users.find(({ mount }) => mount === this.#chosen) ?? users[0])?.mount ?? null;
  }

  /** @returns false when no such user is mounted */
  choose(mount: string): boolean {
    if (!this.users().some((user) => user.mount === mount)) return false;
    this.#chosen = mount;
    this.refresh();
    return true;
  }

  /* -------------------------------------------------------------- ways */

  has(node: number): boolean {
    return node >= FIRST && node < FIRST + this.#ways.length;
  }

  /** Node of the merged registry whose content is shown; the node itself when it is one. -1 when it is gone. */
  main(node: number): number {
    return node < FIRST ? node : this.#target(node).main;
  }
  under(node: number): number {
    return node < FIRST ? -1 : this.#target(node).under;
  }
  side(node: number): ClassSide | null {
    return node < FIRST ? null : this.#target(node).side;
  }
  isLink(node: number): boolean {
    return node >= FIRST && this.#target(node).link;
  }
  parent(node: number): number {
    if (node < FIRST) return this.#merge.registry.union.parent[node]!;
    const { parent } = this.#ways[node - FIRST]!;
    return parent === SYSTEM ? this.#find('HKLM', 'SYSTEM') : parent;
  }
  name(node: number): string {
    if (node < FIRST) return this.#merge.registry.name(node);
    const { name } = this.#ways[node - FIRST]!;
    return name ?? this.#merge.registry.name(this.main(node));
  }
  /** Names from the root down, the root by its short name. */
  path(node: number): string[] {
    const parts: string[] = [];
    let at = node;
    for (; at >= FIRST; at = this.parent(at)) parts.push(this.name(at));
    const above = at > 0 ? this.#merge.registry.path(at) : [];
    return [...above, ...parts.reverse()];
  }

  #make(parent: number, nameId: number, name: string | null): number {
    const key = (parent < FIRST ? parent + 2 : parent - FIRST + 2) * NAMES + nameId;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = FIRST + this.#ways.length;
      this.#ways.push({ parent, nameId, name });
      this.#numbers.set(key, number);
    }
    return number;
  }

  #id(name: string): number {
    return this.#merge.registry.names.id(name);
  }

  #root(name: string): number {
    return this.#make(NO_PARENT, this.#id(name), name);
  }

  #set(node: number, target: Target): number {
    this.#targets.set(node, target);
    return node;
  }

  #target(node: number): Target {
    const known = this.#targets.get(node);
    if (known !== undefined) return known;
    if (!this.has(node) || this.#merge.layers.length === 0) return GONE;
    const { parent } = this.#ways[node - FIRST]!;
    // what stands beside it is looked up with it
    if (parent === NO_PARENT) this.roots();
    else if (parent === SYSTEM) this.linkBelow(this.#find('HKLM', 'SYSTEM'));
    else this.children(parent);
    return this.#targets.get(node) ?? GONE;
  }

  #find(...parts: string[]): number {
    return this.#merge.registry.find(parts);
  }

  /** HKCR, HKCU and HKCC, those that lead somewhere: what regedit shows above and below HKLM and HKU. */
  roots(): { readonly above: readonly number[]; readonly below: readonly number[] } {
    const none = { above: [], below: [] };
    if (this.#merge.layers.length === 0) return none;
    const { user } = this;
    const above: number[] = [];
    const below: number[] = [];
    const own = this.#userClasses();
    const inside = user === null || own >= 0 ? own : this.#find('HKU', user.slice(4), 'Software', 'Classes');
    const machine = this.#find('HKLM', 'SOFTWARE', 'Classes');
    const classes = this.#pair(this.#visible(inside), this.#visible(machine));
    if (classes !== null) above.push(this.#set(this.#root('HKCR'), classes));
    const self = user === null ? -1 : this.#find('HKU', user.slice(4));
    if (self >= 0) above.push(this.#set(this.#root('HKCU'), { main: self, under: -1, side: null, link: false }));
    const set = this.#currentSet();
    const profiles = set < 0 ? -1 : this.#childOf(set, 'Hardware Profiles');
    const current = profiles < 0 ? -1 : this.#folder(this.#childOf(profiles, 'Current'));
    const profile = profiles < 0 || current >= 0 ? current : this.#folder(this.#childOf(profiles, '0001'));
    if (profile >= 0) below.push(this.#set(this.#root('HKCC'), { main: profile, under: -1, side: null, link: false }));
    return { above, below };
  }

  /** The hive of the user's classes; one that was dropped by itself is taken for the user's when nobody else can have it. */
  #userClasses(): number {
    const { user } = this;
    const own = user === null ? -1 : this.#find('HKU', `${user.slice(4)}_Classes`);
    if (own >= 0) return own;
    const owners = new Set(this.users().map(({ mount }) => foldText(`${mount}_Classes`, windowsUpcase())));
    const left = this.#merge
      .mounts()
      .filter(({ mount }) => /^HKU\/.*_Classes$/i.test(mount) && !owners.has(foldText(mount, windowsUpcase())));
    return left.length === 1 ? this.#find('HKU', left[0]!.mount.slice(4)) : -1;
  }

  #visible(node: number): number {
    return node >= 0 && this.#merge.registry.visible(node) ? node : -1;
  }

  #folder(node: number): number {
    if (this.#visible(node) < 0) return -1;
    const { union, resolution, layers } = this.#merge.registry;
    const layer = resolution.winner[node]!;
    return layers[layer]!.kind[union.slots[layer]![node]!] === EntryKind.leaf ? -1 : node;
  }

  #childOf(node: number, name: string): number {
    const { union } = this.#merge.registry;
    const nameId = this.#id(name);
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++)
      if (union.nameId[child] === nameId) return child;
    return -1;
  }

  #currentSet(): number {
    const number = this.#merge.layers[0]?.controlSet ?? null;
    if (number === null) return -1;
    return this.#visible(this.#find('HKLM', 'SYSTEM', `ControlSet${String(number).padStart(3, '0')}`));
  }

  /** The link that the running system has below a node: CurrentControlSet below HKLM\SYSTEM. -1 elsewhere. */
  linkBelow(node: number): number {
    const set = this.#currentSet();
    if (set < 0 || this.#merge.registry.union.parent[set] !== node) return -1;
    // a disk that really has a key of this name shows that
    if (this.#childOf(node, 'CurrentControlSet') >= 0) return -1;
    const link = this.#make(SYSTEM, this.#id('CurrentControlSet'), 'CurrentControlSet');
    return this.#set(link, { main: set, under: -1, side: null, link: true });
  }

  #pair(user: number, machine: number): Target | null {
    if (user >= 0 && machine >= 0) return { main: user, under: machine, side: 'both', link: false };
    if (user >= 0) return { main: user, under: -1, side: 'user', link: false };
    return machine < 0 ? null : { main: machine, under: -1, side: 'machine', link: false };
  }

  /** Ways below a way in key order, hidden keys included. */
  children(node: number): readonly number[] {
    const known = this.#children.get(node);
    if (known !== undefined) return known;
    const { main, under, side } = this.#target(node);
    const made = main < 0 ? [] : under < 0 ? this.#plain(node, main, side) : this.#merged(node, main, under);
    this.#children.set(node, made);
    return made;
  }

  #plain(node: number, main: number, side: ClassSide | null): number[] {
    const { union, names } = this.#merge.registry;
    const made: number[] = [];
    const classes = this.#classesBelow(node);
    const insert = classes === null ? -1 : this.#id('Classes');
    let open = classes !== null;
    for (let child = union.childStart[main]!; child < union.childStart[main + 1]!; child++) {
      const nameId = union.nameId[child]!;
      if (classes !== null && open && names.compare(nameId, insert) >= 0) {
        made.push(this.#set(this.#make(node, insert, 'Classes'), classes));
        open = false;
      }
      if (nameId !== insert)
        made.push(this.#set(this.#make(node, nameId, null), { main: child, under: -1, side, link: false }));
    }
    if (classes !== null && open) made.push(this.#set(this.#make(node, insert, 'Classes'), classes));
    return made;
  }

  /** HKCU\Software\Classes is a link to the hive of the user's classes, when there is one. */
  #classesBelow(node: number): Target | null {
    const parts = this.path(node);
    if (parts.length !== 2 || parts[0] !== 'HKCU' || foldText(parts[1]!, windowsUpcase()) !== 'SOFTWARE') return null;
    const hive = this.#userClasses();
    return hive < 0 ? null : { main: hive, under: -1, side: null, link: true };
  }

  /** Sub-keys of a key of HKCR that stands on both sides. */
  #merged(node: number, user: number, machine: number): number[] {
    const { union, names, resolution } = this.#merge.registry;
    const above = this.path(node).slice(1).join('\\');
    const prefix = above === '' ? '' : `${foldText(above, windowsUpcase())}\\`;
    const made: number[] = [];
    let a = union.childStart[user]!;
    let b = union.childStart[machine]!;
    const [endA, endB] = [union.childStart[user + 1]!, union.childStart[machine + 1]!];
    const seen = (child: number) => resolution.winner[child] !== NO_LAYER;
    while (a < endA || b < endB) {
      const order = a === endA ? 1 : b === endB ? -1 : names.compare(union.nameId[a]!, union.nameId[b]!);
      const nameId = union.nameId[order <= 0 ? a : b]!;
      let target: Target;
      if (order < 0) target = { main: a++, under: -1, side: 'user', link: false };
      else if (order > 0) target = { main: b++, under: -1, side: 'machine', link: false };
      else {
        const both = seen(a) && seen(b);
        if (both && SHARED.has(prefix + names.text(nameId))) target = { main: a, under: b, side: 'both', link: false };
        else if (seen(a) || !seen(b)) target = { main: a, under: -1, side: 'user', link: false };
        else target = { main: b, under: -1, side: 'machine', link: false };
        a++;
        b++;
      }
      made.push(this.#set(this.#make(node, nameId, null), target));
    }
    return made;
  }

  /** Node or way of a path, its root by the short name; -1 when there is none. */
  find(parts: readonly string[]): number {
    const [root = '', ...rest] = parts;
    const { registry } = this.#merge;
    let node: number;
    let names: readonly string[];
    if (root === 'HKLM' || root === 'HKU') {
      const own = registry.find(parts);
      const link = parts.length < 3 || own >= 0 ? -1 : this.linkBelow(registry.find(parts.slice(0, 2)));
      if (link < 0 || foldText(parts[2]!, windowsUpcase()) !== 'CURRENTCONTROLSET') return own;
      node = link;
      names = parts.slice(3);
    } else {
      const { above, below } = this.roots();
      node = [...above, ...below].find((way) => this.name(way) === root) ?? -1;
      names = rest;
    }
    for (const name of names) {
      if (node < 0) break;
      const nameId = this.#id(name);
      node = this.children(node).find((child) => this.#ways[child - FIRST]!.nameId === nameId) ?? -1;
    }
    return node;
  }

  /** Values of a key; of a key of HKCR on both sides the user's, and the machine's that they do not hide. */
  values(node: number): SidedValue[] {
    const { registry } = this.#merge;
    const main = this.main(node);
    if (main < 0) return [];
    const own = registry.values(main);
    const under = this.under(node);
    if (under < 0) return own.map((value) => ({ value, side: null }));
    const upcase = windowsUpcase();
    const names = new Set(own.filter((value) => !isHidden(value)).map((value) => foldText(value.name, upcase)));
    const more = registry.values(under).filter((value) => !names.has(foldText(value.name, upcase)));
    return [
      ...own.map((value) => ({ value, side: 'user' as const })),
      ...more.map((value) => ({ value, side: 'machine' as const })),
    ];
  }

  /** Paths of the keys that a way stands for, empty for a node. */
  really(node: number): string[][] {
    if (node < FIRST) return [];
    const { main, under } = this.#target(node);
    return [main, under].filter((real) => real >= 0).map((real) => this.#merge.registry.path(real));
  }
}

function isUser(mount: string): boolean {
  return /^HKU\//i.test(mount) && !/_Classes$/i.test(mount) && !/^HKU\/(?:\.DEFAULT|S-1-5-(?:18|19|20))$/i.test(mount);
}
