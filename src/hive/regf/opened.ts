/** An open regf hive: hivex-wasm behind the interface of this house, its errors and offsets mapped to the user's file. */
import { beginOpen, type Hive, type HiveOpening, nameOf, open } from 'hivex-wasm';
import { filetimeIso } from '../../base/filetime.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import type { ByteSource } from '../../source/types.ts';
import type { HiveContext, HiveLines, KeySink, OpenedHive, OpeningHive, Recovered, ReplayChanges } from '../types.ts';
import { RegfKeys } from './keys.ts';
import { HiveScan } from './scan.ts';
import { scanFindings, toFinding, translated } from './translate.ts';

/** @throws FormatError when `source` is no hive that can be read */
export function openRegf(source: ByteSource, context: HiveContext): OpenedRegf {
  return translated(source, () => {
    const { input, options } = asInput(source, context);
    return new OpenedRegf(source, open(input, context.module, options));
  });
}

/** @throws FormatError when `source` is no hive; the rest of it is read by steps */
export function beginRegf(source: ByteSource, context: HiveContext): OpeningHive {
  return translated(source, () => {
    const { input, options } = asInput(source, context);
    return new OpeningRegf(source, beginOpen(input, context.module, options));
  });
}

function asInput(source: ByteSource, { logs }: HiveContext) {
  const reader = (of: ByteSource) => ({ size: of.size, read: (at: number, to: Uint8Array) => of.readInto(at, to) });
  return { input: reader(source), options: { logs: logs.map(reader) } };
}

class OpeningRegf implements OpeningHive {
  readonly fileName: string;
  readonly early: RegfKeys | null;
  readonly total: number;
  readonly #source: ByteSource;
  readonly #opening: HiveOpening;

  constructor(source: ByteSource, opening: HiveOpening) {
    this.#source = source;
    this.#opening = opening;
    this.total = opening.size;
    this.fileName = opening.early?.base.fileName ?? '';
    this.early = opening.early === null ? null : new RegfKeys(source, opening.early);
  }

  get done(): number {
    return this.#opening.done;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    do {
      if (translated(this.#source, () => this.#opening.step())) return true;
    } while (performance.now() < end);
    return false;
  }

  finish(): OpenedRegf {
    return translated(this.#source, () => new OpenedRegf(this.#source, this.#opening.finish()));
  }
}

export class OpenedRegf extends RegfKeys implements OpenedHive {
  readonly format = 'regf';
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly identity: Facts;
  readonly minor: number;
  readonly layered: boolean;
  readonly #hive: Hive;
  readonly #source: ByteSource;

  constructor(source: ByteSource, hive: Hive) {
    super(source, hive);
    this.#source = source;
    this.#hive = hive;
    const { base } = hive;
    this.minor = base.minor;
    this.layered = hive.layered;
    this.findings = hive.findings.map((finding) => toFinding(source, finding));
    const root = hive.keyRow(this.root);
    const rootWritten = filetimeIso(root.lastWriteLo[0]!, root.lastWriteHi[0]!);
    this.facts = {
      version: `${base.major}.${base.minor}`,
      state: this.state,
      layered: this.layered,
      sequence1: base.sequence1,
      sequence2: base.sequence2,
      fileName: base.fileName,
      lastWritten: filetimeIso(Number(base.lastWritten & 0xffff_ffffn), Number(base.lastWritten >> 32n)),
      rootName: nameOf(root, 0),
      rootLastWrite: rootWritten,
      binsBytes: base.binsSize,
      offlineRegistry: base.offlineRegistry,
      recovery: hive.recovery === null ? null : { ...hive.recovery },
      logs:
        hive.logs.length === 0
          ? null
          : hive.logs.map(({ format, verdict, entries, first, applied }) => ({
              format,
              verdict,
              entries,
              first,
              applied,
            })),
    };
    this.identity = { version: `1.${base.minor}`, sequence1: base.sequence1, sequence2: base.sequence2, rootWritten };
  }

  /**
   * One part, `hive:<name>`: what changes whenever Windows writes the hive. Sequence numbers, version, flags, size of
   * the bins, resource manager id, and the root key's last write; not the base block's own time, which Windows 8.1 and
   * later do not keep up, and not the contents, which would cost a walk of everything.
   */
  fingerprint(): FingerprintPart[] {
    const hive = this.#hive;
    const bytes = new Uint8Array(52);
    bytes.set(hive.bytes(4, 8), 0); // sequence numbers
    bytes.set(hive.bytes(20, 8), 8); // major, minor
    bytes.set(hive.bytes(40, 4), 16); // size of the bins
    bytes.set(hive.bytes(112, 16), 20); // RmId
    bytes.set(hive.bytes(144, 4), 36); // flags
    const root = hive.keyRow(this.root);
    const view = new DataView(bytes.buffer);
    view.setUint32(40, root.lastWriteLo[0]!, true);
    view.setUint32(44, root.lastWriteHi[0]!, true);
    view.setUint32(48, this.root, true);
    const path = hive.base.fileName || this.#source.name;
    return [{ what: `hive:${path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1)}`, bytes }];
  }

  scan(sink: KeySink): Scan {
    return new HiveScan(this.#hive, this.#source, sink);
  }

  jsonLines(path: string, upcase: Uint16Array): HiveLines {
    const source = this.#source;
    const lines = this.run(() => this.#hive.jsonLines({ path, upcase }));
    return {
      get keys() {
        return lines.keys;
      },
      next: () => this.run(() => lines.next()),
      findings: () => scanFindings(source, lines.findings, lines.dropped),
    };
  }

  changes(): ReplayChanges | null {
    return this.run(() => this.#hive.replayChanges());
  }

  *deleted(): Generator<Recovered> {
    const found = this.run(() => this.#hive.recover()[Symbol.iterator]());
    for (;;) {
      const next = this.run(() => found.next());
      if (next.done === true) return;
      yield next.value;
    }
  }
}
