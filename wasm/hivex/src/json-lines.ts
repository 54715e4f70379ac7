/** The whole hive as JSON lines, made in the engine: UTF-8 bytes that only have to be written out. */
import * as C from '../assembly/constants.ts';
import type { Engine } from './engine.ts';
import { HivexError } from './errors.ts';
import { type HiveFinding, MAX_FINDINGS } from './findings.ts';
import { upcaseTable } from './upcase.ts';

export interface JsonLinesOptions {
  /** Path of the root key, put before every path; none when absent. */
  readonly path?: string;
  /** Upper case of each UTF-16 unit, by which sub-keys are sorted. */
  readonly upcase?: Uint16Array;
}

const TYPES = [
  'NONE',
  'SZ',
  'EXPAND_SZ',
  'BINARY',
  'DWORD',
  'DWORD_BIG_ENDIAN',
  'LINK',
  'MULTI_SZ',
  'RESOURCE_LIST',
  'FULL_RESOURCE_DESCRIPTOR',
  'RESOURCE_REQUIREMENTS_LIST',
  'QWORD',
];

/** In the order of the W_ constants in `assembly/constants.ts`. */
const WORDS = [
  '","lastWrite":',
  'null',
  ',"class":',
  ',"values":',
  ',"subkeys":',
  ',"layerKind":',
  '","name":"',
  '","type":"REG_0x',
  '","typeCode":',
  ',"size":',
  ',"data":',
  '","text":"',
  'null,"text":null',
  ',"tombstone":true',
  '(zero-length binary value)',
  '(invalid value)',
  ...TYPES.map((name, code) => `","type":"REG_${name}","typeCode":${code},"size":`),
];

/** The state that the engine is at; older lines must not go on with that of newer ones. */
const current = new WeakMap<Engine, JsonLines>();

export class JsonLines {
  /** Keys written so far. */
  keys = 0;
  /** What was odd, as a walk tells it; read it at the end. */
  readonly findings: HiveFinding[] = [];
  /** Findings that are not in `findings` because there were too many. */
  dropped = 0;
  #status: number = C.MORE;
  readonly #engine: Engine;

  /** Use `Hive.jsonLines`. */
  constructor(engine: Engine, { path = '', upcase = upcaseTable() }: JsonLinesOptions) {
    this.#engine = engine;
    current.set(engine, this);
    const { wasm } = engine;
    const { buffer } = wasm.memory;
    const words = new Uint8Array(buffer, wasm.wordsAddress() >>> 0, C.WORD_COUNT * C.WORD_STRIDE);
    WORDS.forEach((word, i) => {
      words[i * C.WORD_STRIDE] = word.length;
      for (let at = 0; at < word.length; at++) words[i * C.WORD_STRIDE + 1 + at] = word.charCodeAt(at);
    });
    new Uint16Array(buffer, wasm.upperAddress() >>> 0, 65_536).set(upcase);
    const units = new Uint16Array(buffer, wasm.keyNamesAddress() >>> 0, C.NAME_UNITS);
    for (let at = 0; at < Math.min(path.length, units.length); at++) units[at] = path.charCodeAt(at);
    engine.run(() => check(wasm.startJson(path.length)));
    engine.takeFindings();
  }

  /**
   * The next lines, perhaps only a part of one, perhaps none yet: a view of the engine's memory, to be used before
   * anything else is asked of the hive. Null at the end.
   * @throws HivexError UnsupportedSize where keys are nested so deep that the next one's path has no room
   */
  next(): Uint8Array | null {
    check(this.#status);
    if (this.#status === C.OK) return null;
    if (current.get(this.#engine) !== this)
      throw new HivexError('InvalidArgument', 0, 'the lines of this hive that are under way', 'older ones');
    const { wasm } = this.#engine;
    const status = this.#engine.run(() => wasm.stepJson());
    this.#status = status;
    this.keys = wasm.jsonKeys() >>> 0;
    const { items, dropped } = this.#engine.takeFindings();
    const kept = items.slice(0, Math.max(0, MAX_FINDINGS - this.findings.length));
    this.findings.push(...kept);
    this.dropped += dropped + items.length - kept.length;
    return new Uint8Array(wasm.memory.buffer, wasm.jsonAddress() >>> 0, wasm.jsonLength() >>> 0);
  }
}

function check(status: number): void {
  if (status === C.ERR_PATH)
    throw new HivexError('UnsupportedSize', 0, `paths of at most ${C.PATH_DEPTH} keys`, 'a longer one');
}
