/** Squashed keys: by the tables of the reference model, by vectors of another language, and by what the whole stack shows. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KeyFlag, LayerKind } from '../../hive/types.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { textHash } from '../../testing/chunks.ts';
import { makeLayer, makeNames, NO_RULES } from '../../testing/layers.ts';
import { allKeys, type RefKey, squashKeys, tidyKeys } from '../../testing/reference/registry.ts';
import { randomHiveStack, squashedHivesDifferently } from '../../testing/squash-keys.ts';
import { squashRounds } from '../../testing/squash-rounds.ts';
import { squashedHive, type Untold } from '../../testing/squashed.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { squash } from './squash.ts';

const MOUNT = 'HKLM/SOFTWARE';
const KINDS = {
  merge: LayerKind.merge,
  tombstone: LayerKind.tombstone,
  local: LayerKind.supersedeLocal,
  tree: LayerKind.supersedeTree,
} as const;
const NAMES = ['merge', 'tombstone', 'local', 'tree'] as const;

/** Texts by their number, and by type and hash as a table keeps them. */
const codes = new Map<string, number>();
const code = (text: string) => {
  if (!codes.has(text)) codes.set(text, codes.size + 1);
  return codes.get(text)!;
};
const textOf = (number: number) => [...codes].find(([, n]) => n === number)?.[0] ?? null;
const texts = new Map<string, string>();
const remember = (type: number, data: string) => {
  texts.set(`${type} ${textHash(`${type}:${data}`)}`, data);
  return data;
};
const text: Untold['text'] = (type, hash) => texts.get(`${type} ${hash}`) ?? '';

/** Class names stand in the security column: the tables have no class text, which stays in the hive. */
function specOf(key: RefKey): KeySpec {
  return {
    kind: KINDS[key.kind],
    flags: (key.inherit ? KeyFlag.inheritClass : 0) | (key.cls !== null ? KeyFlag.hasClass : 0),
    security: key.cls === null ? 0 : code(key.cls),
    values: Object.fromEntries(
      Object.entries(key.values).map(([name, data]) => [
        name,
        data === null ? null : { type: code(data), data: remember(code(data), data) },
      ]),
    ),
    keys: Object.fromEntries(Object.entries(key.keys).map(([name, below]) => [name, specOf(below)])),
  };
}

function refOf(spec: KeySpec): RefKey {
  const kind = NAMES[spec.kind ?? 0]!;
  return {
    kind,
    inherit: ((spec.flags ?? 0) & KeyFlag.inheritClass) !== 0,
    cls: ((spec.flags ?? 0) & KeyFlag.hasClass) !== 0 ? textOf(spec.security ?? 0) : null,
    values: Object.fromEntries(
      Object.entries(spec.values ?? {}).map(([name, value]) => [
        name,
        value === null ? null : typeof value === 'string' ? value : value.data,
      ]),
    ),
    keys: Object.fromEntries(Object.entries(spec.keys ?? {}).map(([name, key]) => [name, refOf(key)])),
  };
}

/** The hive of the layer that two layers' hives become. */
function squashed(lower: KeySpec, upper: KeySpec, security: Untold['security']): KeySpec {
  const overlay = new RegistryOverlay(makeNames);
  overlay.updateSet(
    [makeLayer('l', { hives: { [MOUNT]: lower } }), makeLayer('u', { hives: { [MOUNT]: upper } })],
    NO_RULES,
  );
  const pair = [overlay.layers[0]!, overlay.layers[1]!] as const;
  const made = squash(overlay.names, pair[1], pair[0], { closeAll: true });
  return squashedHive(made, pair, overlay.find(['HKLM', 'SOFTWARE']), { text, security });
}

const classSecurity: Untold['security'] = ({ classFrom }) =>
  classFrom === null ? 0 : classFrom.hive.table.data.security[classFrom.row]!;

const hiveOf = (key: RefKey | null): KeySpec => ({ keys: key === null ? {} : { K: specOf(key) } });

describe('squash of keys against the reference model', () => {
  const both = (upper: RefKey | null, lower: RefKey | null) => {
    const made = squashed(hiveOf(lower), hiveOf(upper), classSecurity).keys?.['K'];
    return made === undefined ? null : refOf(made);
  };

  it('fuzz: gives what its tables give for every pair of small keys', () => {
    const [uppers, lowers] = [allKeys(2), allKeys(1)];
    const step = process.env['FUZZ'] === undefined ? 5 : 1;
    let pairs = 0;
    for (let u = 0; u < uppers.length; u++)
      for (let l = u % step; l < lowers.length; l += step) {
        const [upper, lower] = [uppers[u]!, lowers[l]!];
        expect(both(upper, lower), JSON.stringify([upper, lower])).toEqual(tidyKeys(squashKeys(upper, lower)));
        pairs++;
      }
    expect(pairs).toBeGreaterThan(2500);
  });

  it('agrees with the results of a model in another language on all 125 combinations', () => {
    const file = new URL('../registry/squash-vectors.jsonl', import.meta.url);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(125);
    for (const line of lines) {
      const { stack, squashed: expected } = JSON.parse(line) as {
        stack: [RefKey | null, RefKey | null, RefKey | null];
        squashed: RefKey | null;
      };
      expect(both(stack[0], stack[1]), line).toEqual(tidyKeys(expected));
      expect(squashKeys(stack[0], stack[1]), line).toEqual(expected);
    }
  });
});

/** Stacks that are merged as one. */
const BATCH = 150;

describe('squash of keys in a stack', () => {
  it('fuzz: shows the same as its two layers, at any place: values, class, last write, security, links', () => {
    expect(squashRounds(1000, BATCH, randomHiveStack, squashedHivesDifferently)).toBeGreaterThanOrEqual(1);
  });
});
