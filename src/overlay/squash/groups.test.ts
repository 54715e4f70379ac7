/** Files that are valid only together, in a layer that two were squashed into. */
import { expect, test } from 'vitest';
import { defaultRules } from '../../layer/defaults.ts';
import type { TreeSpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayer, makeNames } from '../../testing/layers.ts';
import { squashedSketch } from '../../testing/squashed.ts';
import { FileOverlay } from '../files/overlay.ts';
import { keepGroups } from './groups.ts';
import { squash } from './squash.ts';

const RULES = defaultRules().rules;
const stack = (...specs: readonly LayerSpec[]) => {
  const overlay = new FileOverlay(makeNames);
  overlay.update(
    specs.map((spec, i) => makeLayer(`l${i}`, { role: 'app', ...spec })),
    RULES,
  );
  return overlay;
};
/** Visible files with the size that tells their layers apart. */
function shown(overlay: FileOverlay): string[] {
  const found: string[] = [];
  for (let node = 1; node < overlay.union.count; node++)
    if (overlay.visible(node)) found.push(`${overlay.path(node).join('\\')} ${overlay.row(node).size}`);
  return found;
}

const db = (text: string, ...ends: string[]): TreeSpec => ({
  D: Object.fromEntries(ends.map((end) => [`a.db${end}`, `${text}${end}`])),
});

test.each([
  ['the upper main file has no log of its own', db('os', '', '-wal'), db('lower', '', '-wal', '-shm'), db('up', '')],
  ['the upper layer has a stray log', db('os', ''), db('lower', '', '-wal'), db('upper one', '-wal')],
  ['the stray log has nothing below', db('os', ''), db('lower', ''), db('upper one', '-wal', '-shm')],
  ['both are whole', db('os', '', '-wal'), db('lower', '', '-wal'), db('upper one', '', '-wal')],
  ['the main file is below both', db('os', '', '-wal'), db('lower', '-shm'), db('upper one', '-wal')],
])('%s', (_name, os, lower, upper) => {
  const three = stack({ tree: os }, { tree: lower }, { tree: upper });
  const pair = [three.layers[1]!, three.layers[2]!] as const;
  const squashed = squash(three.names, pair[1], pair[0], { closeAll: false });
  keepGroups(squashed, pair, three.names);
  const two = stack({ tree: os }, squashedSketch(squashed, pair));
  expect(shown(two)).toEqual(shown(three));
});
