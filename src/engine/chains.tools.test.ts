/** Chains as QEMU writes them: linked from the bare files in any order, read as the file system they hold. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeFileSource } from '../source/node-file.ts';
import { changedUnits } from '../testing/disk-chain.ts';
import { loadModules } from '../testing/modules.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { NOTES, volumeStates } from '../testing/volume-chain.ts';
import { webHost } from './host.ts';
import { oneImage } from './one-image.ts';
import { openImage } from './open-image.ts';
import { resolvePath } from './select.ts';

const UNIT = 65_536;
const host = webHost(loadModules());
let dir = '';
const at = (name: string) => path.join(dir, name);

beforeAll(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'stratascope-chains-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Names of the files that `names` make, opened as one image: its main file and what `notes.txt` says. */
async function open(names: readonly string[]): Promise<{ main: string; notes: string; chain: (string | null)[] }> {
  const sources = names.map((name) => new NodeFileSource(at(name), name));
  const { main, others } = oneImage(host, sources);
  const { image } = openImage(host, sources[main]!, { others: others.map((i) => sources[i]!) });
  const { root } = image.report();
  expect(root.refusal).toBeNull();
  const { ref } = await resolvePath(image, '', 'notes.txt', 'test');
  const notes = new TextDecoder().decode(image.read('', ref, '', 0, 4096));
  return { main: names[main]!, notes, chain: root.chain.map(({ file }) => file) };
}

/** Writes the difference of two states into a disk. */
function write(file: string, format: string, before: Uint8Array, after: Uint8Array): void {
  const commands = changedUnits(before, after, UNIT).flatMap(({ offset, bytes }, i) => {
    writeFileSync(at(`piece${i}`), bytes);
    return ['-c', `write -s ${at(`piece${i}`)} ${offset} ${bytes.length}`];
  });
  runTool('qemu-io', ['-f', format, ...commands, file], { cwd: dir });
}

describe.skipIf(!hasTool('qemu-img') || !hasTool('qemu-io'))('made by QEMU', () => {
  const states = volumeStates();
  const empty = new Uint8Array(0);

  test.each(['qcow2', 'vmdk'])('%s: three disks over one another', async (format) => {
    const names = states.map((_, i) => `chain${i}.${format}`);
    states.forEach((state, i) => {
      const below = i === 0 ? [`${state.length}`] : [];
      const backing = i === 0 ? [] : ['-b', names[i - 1]!, '-F', format];
      runTool('qemu-img', ['create', '-q', '-f', format, ...backing, names[i]!, ...below], { cwd: dir });
      write(names[i]!, format, states[i - 1] ?? empty, state);
    });
    const [base, middle, top] = names as [string, string, string];
    const whole = { main: top, notes: NOTES[2], chain: [middle, base] };
    expect(await open([base, middle, top])).toEqual(whole);
    expect(await open([middle, top, base])).toEqual(whole);
    expect(await open([base, middle])).toEqual({ main: middle, notes: NOTES[1], chain: [base] });
  });

  test('qcow2 over a raw disk, and with its data in another file', async () => {
    writeFileSync(at('base.raw'), states[0]!);
    runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'base.raw', '-F', 'raw', 'over.qcow2'], { cwd: dir });
    write('over.qcow2', 'qcow2', states[0]!, states[1]!);
    expect(await open(['base.raw', 'over.qcow2'])).toEqual({
      main: 'over.qcow2',
      notes: NOTES[1],
      chain: ['base.raw'],
    });
    const options = ['-o', 'data_file=data.bin,data_file_raw=on'];
    runTool('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, 'split.qcow2', `${states[2]!.length}`], {
      cwd: dir,
    });
    write('split.qcow2', 'qcow2', empty, states[2]!);
    expect(await open(['data.bin', 'split.qcow2'])).toEqual({
      main: 'split.qcow2',
      notes: NOTES[2],
      chain: ['data.bin'],
    });
  });

  test.each(['monolithicFlat', 'twoGbMaxExtentFlat', 'twoGbMaxExtentSparse'])('vmdk %s', async (subformat) => {
    const name = `${subformat}.vmdk`;
    writeFileSync(at('state.raw'), states[1]!);
    const options = ['-o', `subformat=${subformat}`];
    runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', ...options, 'state.raw', name], { cwd: dir });
    const extent = `${subformat}-${{ monolithicFlat: 'flat', twoGbMaxExtentFlat: 'f001', twoGbMaxExtentSparse: 's001' }[subformat]}.vmdk`;
    expect(await open([extent, name])).toEqual({ main: name, notes: NOTES[1], chain: [extent] });
  });
});
