/**
 * What the simulated driver checks of names that are bound to one another: that each comes from the layer its bond says.
 * The bonds are read before the walk, since a bound name may stand before the record that binds it.
 */
import { fail } from '../base/errors.ts';
import { fieldText, joinPath } from './encode.ts';
import type { FileEntries } from './read-segments.ts';
import { joinName } from './segments.ts';
import type { FileRecord } from './spec.ts';

/** Features of a plan whose records bind names. */
export const BONDS: readonly string[] = ['group', 'linkGroup'];

const WHERE = 'merge plan';

interface Claim {
  readonly layer: string;
  /** False: any layer but this one. */
  readonly from: boolean;
  /** The name has to be there. */
  readonly must: boolean;
  met: boolean;
}

type Bound = Extract<FileRecord, { a: 'redirect' | 'keepLower' | 'passthrough' }>;

/** What a record of a file binds; records of folders and of what is not there bind nothing. */
export function bondsIn(record: FileRecord): Pick<Bound, 'group' | 'linkGroup'> {
  return record.a === 'redirect' || record.a === 'keepLower' || record.a === 'passthrough' ? record : {};
}

export class Bonds {
  readonly #claims = new Map<string, Claim[]>();

  /** @throws FormatError for bonds that bind nothing */
  constructor(groups: Iterable<FileEntries>) {
    for (const { path, entries } of groups)
      for (const { name, record } of entries) this.#read(joinPath(path), name, record);
  }

  #read(directory: string, name: string, record: FileRecord): void {
    const { group, linkGroup } = bondsIn(record);
    if (group !== undefined) {
      const { l, members } = group;
      this.#claim(joinName(directory, name), l, true, true);
      for (const member of members) {
        const text = fieldText(member, 'n');
        if (text === null) fail('InvalidData', WHERE, null, 'names of a group', JSON.stringify(directory));
        this.#claim(joinName(directory, text), l, true, false);
      }
    }
    if (linkGroup !== undefined) {
      const { l, members = [], policy } = linkGroup;
      this.#claim(joinName(directory, name), l, policy === 'keep', true);
      for (const member of members) {
        const text = fieldText(member, 'p');
        if (text === null) fail('InvalidData', WHERE, null, 'paths of a link group', JSON.stringify(directory));
        this.#claim(text, l, true, true);
      }
    }
  }

  #claim(path: string, layer: string, from: boolean, must: boolean): void {
    const claim = { layer, from, must, met: false };
    const known = this.#claims.get(path);
    if (known === undefined) this.#claims.set(path, [claim]);
    else known.push(claim);
  }

  /** A file of the view comes from this layer. @throws FormatError when a bond says otherwise */
  see(path: string, layer: string): void {
    for (const claim of this.#claims.get(path) ?? []) {
      if ((claim.layer === layer) !== claim.from)
        fail(
          'InvalidData',
          WHERE,
          null,
          `${claim.from ? '' : 'not '}layer ${claim.layer} at ${JSON.stringify(path)}`,
          layer,
        );
      claim.met = true;
    }
  }

  /** @throws FormatError when a bound name was not there */
  end(): void {
    for (const [path, claims] of this.#claims)
      if (claims.some(({ must, met }) => must && !met))
        fail('MissingItem', WHERE, null, `a file that is bound to others at ${JSON.stringify(path)}`, 'nothing');
  }
}
