/** The layers of a workspace in their order, and the roles and marks they have. Knows nothing of merging. */
import { fail } from '../../base/errors.ts';
import type { Profile } from '../../layer/hives.ts';
import type { Role } from '../api.ts';
import { pickHue, pickLetter } from './marks.ts';
import { guessRole } from './read-layer.ts';
import type { LayerRecord } from './record.ts';

const ROLE_RANK: Readonly<Record<Role, number>> = { os: 0, app: 1, user: 2 };

export class LayerList {
  #records: readonly LayerRecord[] = [];

  /** Base first. */
  get records(): readonly LayerRecord[] {
    return this.#records;
  }

  /** @throws MissingItem when there is no such layer */
  get(id: string): LayerRecord {
    return (
      this.#records.find((record) => record.id === id) ??
      fail('MissingItem', 'workspace', null, `a layer ${id}`, 'none')
    );
  }

  has(record: LayerRecord): boolean {
    return this.#records.includes(record);
  }

  topFirstIds(): string[] {
    return this.#records.toReversed().map((record) => record.id);
  }

  #others(record: LayerRecord): LayerRecord[] {
    return this.#records.filter((other) => other !== record);
  }

  /** The role that a layer has until its content is known: the first one is taken for the base. */
  firstRole(): Role {
    return this.#records.some((record) => record.role === 'os') ? 'user' : 'os';
  }

  /** Puts a layer above the others of its role and below those of higher ones, and gives it its marks. */
  add(record: LayerRecord): void {
    this.assignRole(record, record.role);
  }

  /** Puts a layer in the place of another, with its name, role and marks. */
  replace(old: LayerRecord, record: LayerRecord): void {
    const { name, role, roleFrom, letter, hue, enabled } = old;
    Object.assign(record, { name, role, roleFrom, letter, hue, enabled });
    this.#records = this.#records.map((other) => (other === old ? record : other));
  }

  /** Puts a layer right below another as a base, with marks of its own. */
  putBelow(record: LayerRecord, upper: LayerRecord): void {
    const others = this.#others(record);
    this.#mark(record, 'os');
    record.roleFrom = 'person';
    const at = others.indexOf(upper);
    this.#records = [...others.slice(0, at), record, ...others.slice(at)];
  }

  /** Puts a layer at a place counted from the base, as far as there is one. */
  putAt(record: LayerRecord, place: number): void {
    this.#records = this.#others(record).toSpliced(place, 0, record);
  }

  remove(record: LayerRecord): void {
    this.#records = this.#others(record);
  }

  /** @throws InvalidArgument when not every layer stands in the list once */
  setOrder(idsTopFirst: readonly string[]): void {
    const next = idsTopFirst.toReversed().map((id) => this.get(id));
    if (next.length !== this.#records.length || new Set(next).size !== next.length)
      fail('InvalidArgument', 'workspace', null, 'every layer once', idsTopFirst.join(', '));
    this.#records = next;
  }

  #mark(record: LayerRecord, role: Role): void {
    const others = this.#others(record);
    record.role = role;
    record.letter = pickLetter(
      role,
      record.name,
      others.map((other) => other.letter),
    );
    record.hue = pickHue(
      role,
      others.map((other) => other.hue),
    );
  }

  /** Gives a layer a role with its letter and hue, and its place among the others, whose order stays. */
  assignRole(record: LayerRecord, role: Role): void {
    const others = this.#others(record);
    this.#mark(record, role);
    let at = others.length;
    while (at > 0 && ROLE_RANK[others[at - 1]!.role] > ROLE_RANK[role]) at--;
    this.#records = [...others.slice(0, at), record, ...others.slice(at)];
  }

  /**
   * Once its content is known, a guessed role may turn out wrong. What the content says (a Windows folder: `sign`) counts
   * more than what only fits (`guess`) and than the stand-in of a layer that is still being read (`none`), so that the
   * result does not depend on which image was read first. A role that a person chose stays.
   */
  guessRole(record: LayerRecord): void {
    if (record.roleFrom === 'person' || record.roleFrom === 'sign') return;
    const others = this.#others(record);
    const bases = others.filter((other) => other.role === 'os');
    const certain = bases.some((base) => base.roleFrom === 'person' || base.roleFrom === 'sign');
    const { role, certain: sign } = this.#roleOf(record, { known: certain, any: bases.length > 0 });
    record.roleFrom = sign ? 'sign' : 'guess';
    const takesOver = role === 'os' && sign && bases.length > 0;
    if (takesOver) {
      // the layers that stood in for the base give way, and take the marks of their own roles
      record.letter = '';
      record.hue = '';
      for (const base of bases)
        this.assignRole(base, base.roleFrom === 'none' ? 'user' : this.#roleOf(base, { known: true, any: true }).role);
    }
    if (takesOver || role !== record.role) this.assignRole(record, role);
  }

  #roleOf({ loaded }: LayerRecord, base: { readonly known: boolean; readonly any: boolean }) {
    return guessRole(loaded?.tree?.table ?? null, loaded?.tree?.store ?? 'plain', base);
  }

  /** Who lives where, by the ProfileLists of all layers: the OS layer's first, whatever the order of the layers. */
  profileLists(): (readonly Profile[])[] {
    return this.#records
      .toSorted((a, b) => ROLE_RANK[a.role] - ROLE_RANK[b.role])
      .map((record) => record.loaded?.profiles ?? [])
      .filter((list) => list.length > 0);
  }
}
