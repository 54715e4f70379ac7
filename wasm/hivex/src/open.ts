/** Opening: the file is copied into the engine, its base block read, its cells indexed. */
import * as C from '../assembly/constants.ts';
import { Engine, MAX_HIVE_BYTES } from './engine.ts';
import { HivexError } from './errors.ts';
import { Hive } from './hive.ts';
import { type HiveInput, readAll, toReader } from './input.ts';
import { applyReplay, planReplay, writtenRanges } from './replay.ts';

export interface OpenOptions {
  /** Told how many bytes of the hive have been indexed; for large ones. */
  readonly progress?: (done: number, total: number) => void;
  /** Transaction logs that lie beside the hive, in the order LOG1, LOG2, LOG. Used only when the hive needs them. */
  readonly logs?: readonly HiveInput[];
}

/**
 * Opens a hive: copies it into the engine and indexes its cells (about 1 GB/s).
 * @param module compiled `hivex.wasm`
 * @throws HivexError when it is no hive, a log, of an unknown version, too large, or has no root key
 */
export function open(input: HiveInput, module: WebAssembly.Module, options: OpenOptions = {}): Hive {
  const reader = toReader(input);
  const { size } = reader;
  if (size < 4096) throw new HivexError('UnexpectedEnd', size, 'a base block of 4096 bytes', `${size} bytes`);
  if (size > MAX_HIVE_BYTES)
    throw new HivexError('UnsupportedSize', 0, `a hive of at most ${MAX_HIVE_BYTES} bytes`, `${size} bytes`);
  const head = new Uint8Array(4);
  reader.read(0, head);
  if (String.fromCharCode(...head) !== 'regf')
    throw new HivexError(
      'InvalidSignature',
      0,
      '"regf"',
      [...head].map((b) => b.toString(16).padStart(2, '0')).join(' '),
    );
  const { plan, logs } = planReplay(reader, options.logs ?? []);
  // A recovered hive may be larger than what is on disk: it was about to grow.
  const held = Math.max(size, plan === null ? 0 : 4096 + plan.binsSize);
  if (held > MAX_HIVE_BYTES) throw memoryError(held);
  const engine = new Engine(module);
  const address = engine.run((wasm) => {
    if (wasm.reserve(held) !== C.OK) throw memoryError(held);
    return wasm.hiveAddress() >>> 0;
  });
  readAll(reader, new Uint8Array(engine.wasm.memory.buffer, address, size));
  if (plan !== null) applyReplay(new Uint8Array(engine.wasm.memory.buffer, address, held), plan);
  engine.run((wasm) => {
    const status = wasm.open();
    const view = new DataView(wasm.memory.buffer, address, 4096);
    const version = `${view.getUint32(20, true)}.${view.getUint32(24, true)}`;
    if (status === C.ERR_MEMORY) throw memoryError(held);
    if (status === C.ERR_VERSION) throw new HivexError('UnsupportedVersion', 20, 'version 1.0 to 1.6', version);
    if (status === C.ERR_TYPE)
      throw new HivexError('UnsupportedFeature', 28, 'a primary hive (type 0)', `type ${view.getUint32(28, true)}`);
    if (status !== C.OK) throw new HivexError('InvalidData', 0, 'a base block', `status ${status}`);
    let step: number;
    do {
      step = wasm.index();
      options.progress?.(wasm.indexedBytes() >>> 0, wasm.getBinsSize() >>> 0);
    } while (step === C.MORE);
    if (step === C.ERR_ROOT)
      throw new HivexError(
        'InvalidReference',
        36,
        'the root key',
        `no key at 0x${(wasm.getRoot() >>> 0).toString(16)}`,
      );
  });
  const before = plan === null ? null : { ranges: writtenRanges(plan), open: () => open(input, module) };
  return new Hive(engine, address, { recovery: plan?.recovery ?? null, logs, before });
}

function memoryError(size: number): HivexError {
  return new HivexError('UnsupportedSize', 0, `memory for a hive of ${size} bytes`, 'not enough');
}
