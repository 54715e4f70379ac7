/** The hives of one image that are open, or being opened, under ids that the caller chose. */
import { fail } from '../base/errors.ts';
import { hiveFormats } from '../hive/registry.ts';
import type { HiveKeys, OpenedHive, OpeningHive } from '../hive/types.ts';
import type { ByteSource } from '../source/types.ts';
import type { HiveBatch, HiveBegun, HiveInfo, Progress } from './api-image.ts';
import { KeyCollector } from './collect.ts';
import { probeWindow } from './unwrap.ts';

export interface HiveFiles {
  readonly source: ByteSource;
  readonly logs: readonly ByteSource[];
}

export class OpenHives {
  readonly #module: WebAssembly.Module;
  readonly #begun = new Map<string, OpeningHive>();
  readonly #open = new Map<string, OpenedHive>();
  readonly #scans = new Map<string, { scan: ReturnType<OpenedHive['scan']>; sink: KeyCollector }>();

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  begin(id: string, { source, logs }: HiveFiles): HiveBegun {
    const opening = formatOf(source).begin(source, { module: this.#module, logs });
    this.#begun.set(id, opening);
    this.#open.delete(id);
    const { early, fileName } = opening;
    return { root: early === null ? null : early.row(early.root), state: early?.state ?? 'clean', fileName };
  }

  /** Reads on in a hive that was begun. */
  read(id: string, budgetMs: number): Progress {
    const opening = this.#begun.get(id) ?? fail('MissingItem', id, null, 'a hive that is being opened', 'none');
    const finished = opening.step(budgetMs);
    return { done: opening.done, total: opening.total, finished };
  }

  /** Opens a hive, one that was begun to its end. @param files asked for when it was not */
  open(id: string, files: () => HiveFiles): HiveInfo {
    const begun = this.#begun.get(id);
    const opened = begun === undefined ? this.#whole(files()) : begun.finish();
    this.#begun.delete(id);
    this.#open.set(id, opened);
    const { root, state, minor, layered, facts, findings, identity } = opened;
    return { rootRef: root, state, minor, layered, facts, findings, identity };
  }

  #whole({ source, logs }: HiveFiles): OpenedHive {
    return formatOf(source).open(source, { module: this.#module, logs });
  }

  /** @throws MissingItem while it is not open */
  get(id: string): OpenedHive {
    return this.#open.get(id) ?? fail('MissingItem', id, null, 'an open hive', 'none');
  }

  /** What single keys and values are asked of, also while the hive is being opened. */
  keys(id: string): HiveKeys {
    return this.#open.get(id) ?? this.#begun.get(id)?.early ?? fail('MissingItem', id, null, 'an open hive', 'none');
  }

  next(id: string, budgetMs: number): HiveBatch {
    let running = this.#scans.get(id);
    if (running === undefined) {
      const sink = new KeyCollector();
      running = { scan: this.get(id).scan(sink), sink };
      this.#scans.set(id, running);
    }
    const finished = running.scan.step(budgetMs);
    if (finished) this.#scans.delete(id);
    return { ...running.sink.take(), done: running.scan.done, total: running.scan.total, finished };
  }

  release(owner: string): void {
    for (const map of [this.#begun, this.#open, this.#scans] as Map<string, unknown>[])
      for (const id of [...map.keys()]) if (id.startsWith(owner)) map.delete(id);
  }
}

function formatOf(source: ByteSource) {
  const window = probeWindow(source);
  return (
    hiveFormats.find((candidate) => candidate.probe(window)) ??
    fail('InvalidSignature', source.name, 0, 'a registry hive', 'something else')
  );
}
