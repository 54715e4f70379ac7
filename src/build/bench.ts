/** npm run bench: everything measured against its peer in one interleaved run; ratios count, not seconds. */
import { WasmNames } from '../codec/names.ts';
import { windowsUpcase } from '../index/upcase.ts';
import { loadModule } from '../testing/modules.ts';
import { benchChecksums } from './bench/checksum.ts';
import { benchCodec } from './bench/codec.ts';
import { benchHive } from './bench/hive.ts';
import { benchMillion, benchReadThrough } from './bench/ntfs.ts';
import { benchOverlay } from './bench/overlay.ts';
import { benchProcess, PROCESS_CASES } from './bench/processes.ts';
import { benchSolid } from './bench/solid.ts';
import { benchStack, type Spent } from './bench/stack.ts';
import { benchMergedPair } from './bench/workspace.ts';

const seconds = (value: number) => `${value.toFixed(2)} s`;
const ratio = (value: number) => `${value.toFixed(2)}x`;
const ms = (value: number) => `${value.toFixed(0)} ms`;

/** @param rounds turns of each case. @param only names must contain it */
export async function bench(rounds: number, only: string): Promise<void> {
  const wanted = (name: string) => name.toLowerCase().includes(only.toLowerCase());
  console.log('whole processes: clock (processor time), ratio ours / peer of the same round');
  for (const [title, make] of Object.entries(PROCESS_CASES)) {
    const one = wanted(title) ? make() : null;
    if (one === null) continue;
    const { name, ours, peers, aim, memory } = benchProcess(one, rounds);
    const held =
      memory === null
        ? ''
        : `; memory ${memory.ours.toFixed(0)} MB, of the first ${memory.peer.toFixed(0)} MB, ratio ${ratio(memory.ours / memory.peer)}`;
    const others = peers.map(
      (p) =>
        `${p.name} ${seconds(p.times.wall)} (${seconds(p.times.cpu)}) ratio ${ratio(p.ratio.wall)} (${ratio(p.ratio.cpu)})`,
    );
    console.log(
      `  ${name}: ${seconds(ours.wall)} (${seconds(ours.cpu)}); ${others.join('; ')}${aim === null ? '' : `; aim ${ratio(aim)} of the first`}${held}`,
    );
  }
  if (wanted('small file of a solid WIM')) {
    const times = await benchSolid();
    if (times !== null)
      console.log(
        `  small file of a solid WIM, warm: ${times.warmMs.toFixed(1)} ms (the first ${ms(times.coldMs)}); aim 20 ms`,
      );
  }
  if (wanted('hive columns')) {
    for (const { what, ms: own, peerMs } of benchHive(rounds))
      console.log(
        `  ${what}: ${ms(own)}${peerMs === null ? '' : `; hivexml ${ms(peerMs)}, ratio ${ratio(own / peerMs)}`}`,
      );
  }
  if (wanted('decompress')) {
    console.log('decompress, one core, processor time');
    for (const { name, megabytesPerSecond, peerMegabytesPerSecond, ratio: r } of await benchCodec(rounds))
      console.log(
        `  ${name}: ${megabytesPerSecond.toFixed(0)} MB/s; libwim ${peerMegabytesPerSecond?.toFixed(0) ?? '-'} MB/s, time ratio ${r === null ? '-' : ratio(r)}`,
      );
  }
  if (wanted('checksum')) {
    console.log('checksums, one core, processor time');
    for (const { name, megabytesPerSecond, peerMegabytesPerSecond: peer } of benchChecksums(rounds))
      console.log(`  ${name}: ${megabytesPerSecond.toFixed(0)} MB/s; native in Node ${peer?.toFixed(0) ?? '-'} MB/s`);
  }
  if (wanted('a million files')) {
    const { rows, bytesPerFile, scanMs, sealMs } = benchMillion();
    console.log(
      `a million files of a made NTFS: ${rows} rows, ${bytesPerFile.toFixed(0)} bytes a file; aim 200; scan ${ms(scanMs)}, seal ${ms(sealMs)}`,
    );
  }
  if (wanted('read through')) {
    const read = await benchReadThrough(rounds);
    if (read !== null)
      console.log(
        `read through VHDX and NTFS, processor time: ${read.megabytes.toFixed(0)} MB at ${read.through.toFixed(0)} MB/s; bare file ${read.bare.toFixed(0)} MB/s; ratio ${ratio(read.ratio)}; aim 0.5 or more`,
      );
  }
  if (wanted('merge')) {
    const pair = await benchMergedPair();
    if (pair !== null)
      console.log(
        `merge of the pair: ${pair.entries} entries, read in ${ms(pair.readMs)}, merged in ${ms(pair.mergeMs)}, a layer switched in ${ms(pair.reorderMs)}`,
      );
    for (const { title, sealMs, best } of benchOverlay(
      () => new WasmNames(loadModule('overlay'), windowsUpcase()),
      rounds,
    ))
      console.log(
        `  made columns ${title}: seal ${ms(sealMs)}, fold ${ms(best.foldMs)}, join ${ms(best.joinMs)}, resolve ${ms(best.resolveMs)}, re-order ${ms(best.againMs)}`,
      );
    const both = ({ clockMs, processorMs }: Spent) => `${ms(clockMs)} (${ms(processorMs)})`;
    const { stacks, findings } = benchStack(loadModule('overlay'));
    for (const { title, entries, merge, toggle, reorder, bytesPerEntry } of stacks)
      console.log(
        `  whole stack of ${entries} ${title}: merged in ${both(merge)}, a layer switched in ${both(toggle)}, moved in ${both(reorder)}; aims 1000 and 150 ms; ${bytesPerEntry.toFixed(0)} bytes an entry, aim 100`,
      );
    console.log(`  findings of both: ${both(findings)}; aim 3000 ms`);
  }
}
