/**
 * The transport folder of a Windows container layer (hcsshim) as a volume: files as they are, not as they are carried.
 *
 *     Files\a.txt                 attributes and backup streams (streams.ts)      -> the file
 *     Files\Windows\              an ordinary folder                              -> the folder, with the attributes,
 *     Files\Windows.$wcidirs$     its attributes and backup streams                  security, reparse point of the other
 *     Hives\System_Delta, tombstones.txt, UtilityVM\Files\...                     -> as they are
 *
 * Names, times, hard links and what is read come from the volume that holds the folder; everything else from the streams. A
 * file that is none in that form is shown as it is.
 */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { failAt } from '../../source/place.ts';
import { RunListSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { FsVolume, NodeChunk, NodeDetail } from '../types.ts';
import { described } from './detail.ts';
import {
  backupOf,
  belowFiles,
  ChunkDecoder,
  DIRECTORY,
  FOLDER_METADATA,
  isDirectory,
  isMetadata,
  nameOf,
  PAYLOAD,
} from './rows.ts';
import { backupRuns } from './streams.ts';

/** Files that are asked whether this is such a folder. */
const MAX_ASKED = 16;
/** Rows between two looks at the clock. */
const STRIDE = 16;

/** True when the volume is a transport folder: one that has `Files`, whose files are backup streams. */
function isTransport(volume: FsVolume): boolean {
  const root = volume.list(volume.rootRef);
  const rows = (chunk: NodeChunk) => Array.from({ length: chunk.count }, (_, row) => row);
  const files = rows(root).find((row) => isDirectory(root, row) && nameOf(root, row).toLowerCase() === PAYLOAD);
  if (files === undefined) return false;
  const below = volume.list(root.ref[files]! as ItemRef);
  const folders = [root, below].flatMap((chunk) =>
    rows(chunk)
      .filter((row) => isMetadata(chunk, row))
      .map((row) => chunk.ref[row]!),
  );
  for (const ref of folders.slice(0, MAX_ASKED)) {
    const found = backupOf(volume, ref, true);
    if (found !== null) return (found.file.attributes & DIRECTORY) !== 0;
  }
  // a layer without any folder: its files alone say so, all of those that are asked
  const plain = rows(below).filter((row) => !isDirectory(below, row) && !isMetadata(below, row));
  const asked = plain.slice(0, MAX_ASKED).map((row) => backupOf(volume, below.ref[row]!, false)?.file ?? null);
  return asked.length > 0 && asked.every((file) => file !== null && !file.damaged);
}

/** The volume with its files decoded; null when it is no transport folder. @param name of the image, for findings */
export function backupStreams(volume: FsVolume, name: string): FsVolume | null {
  try {
    return isTransport(volume) ? new BackupVolume(volume, name) : null;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

class BackupVolume implements FsVolume {
  readonly key: string;
  readonly title: string;
  readonly facts: Facts;
  readonly rootId: number;
  readonly rootRef: ItemRef;
  readonly estimate: number | null;
  readonly verifiesFile?: boolean;
  readonly #inner: FsVolume;
  readonly #name: string;
  /** Metadata file of each folder, as far as folders were listed. */
  readonly #metadata = new Map<number, number>();
  #allListed = false;

  constructor(inner: FsVolume, name: string) {
    this.#name = name;
    this.#inner = inner;
    this.key = inner.key;
    this.title = inner.title;
    this.facts = { ...inner.facts, backupStreams: true };
    this.rootId = inner.rootId;
    this.rootRef = inner.rootRef;
    this.estimate = inner.estimate;
    if (inner.verifiesFile === true) this.verifiesFile = true;
  }

  upcase() {
    return this.#inner.upcase();
  }
  fingerprint() {
    return this.#inner.fingerprint();
  }
  verify(...args: Parameters<FsVolume['verify']>) {
    return this.#inner.verify(...args);
  }

  list(dir: ItemRef): NodeChunk {
    const chunk = this.#inner.list(dir);
    this.#join([chunk]);
    const decoder = new ChunkDecoder(this.#inner, chunk, this.#metadata);
    while (decoder.next());
    return decoder.chunk();
  }

  /** Finds the metadata file of each folder: it lies beside it and has its name. */
  #join(chunks: readonly NodeChunk[]): void {
    const key = (chunk: NodeChunk, row: number, name: string) => `${chunk.parent[row]}\\${name}`;
    const found = new Map<string, number>();
    for (const chunk of chunks)
      for (let row = 0; row < chunk.count; row++)
        if (isMetadata(chunk, row))
          found.set(key(chunk, row, nameOf(chunk, row).slice(0, -FOLDER_METADATA.length)), chunk.ref[row]!);
    if (found.size === 0) return;
    for (const chunk of chunks)
      for (let row = 0; row < chunk.count; row++) {
        const metadata = isDirectory(chunk, row) ? found.get(key(chunk, row, nameOf(chunk, row))) : undefined;
        if (metadata !== undefined) this.#metadata.set(chunk.ref[row]!, metadata);
      }
  }

  scan(sink: Parameters<FsVolume['scan']>[0]): Scan {
    const chunks: NodeChunk[] = [];
    const inner = this.#inner.scan({
      push: (chunk) => chunks.push(chunk),
      finding: (finding) => sink.finding(finding),
    });
    let [decoded, damaged, strange] = [0, 0, 0];
    let total: number | null = null;
    let content: ReadonlySet<number> = new Set();
    let at: ChunkDecoder | null = null;
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Facts) =>
      sink.finding({ code, severity, where: { source: this.#name, offset: null }, message, facts });
    const finish = () => {
      tell('backupStreamsDecoded', 'info', DECODED, { files: decoded });
      if (damaged > 0) tell('backupStreamsDamaged', 'warning', DAMAGED, { files: damaged });
      if (strange > 0) tell('backupStreamsNone', 'warning', NONE, { files: strange });
      return true;
    };
    return {
      get done() {
        return inner.done + decoded;
      },
      get total() {
        return total;
      },
      step: (budgetMs) => {
        const end = performance.now() + budgetMs;
        if (total === null) {
          if (!inner.step(budgetMs)) return false;
          this.#join(chunks);
          this.#allListed = true;
          content = belowFiles(chunks, this.rootId);
          total = inner.done + chunks.reduce((sum, { count }) => sum + count, 0);
        }
        for (let n = 0; at !== null || chunks.length > 0; n++) {
          at ??= new ChunkDecoder(this.#inner, chunks.shift()!, this.#metadata, content);
          if (!at.next()) {
            sink.push(at.chunk());
            [decoded, damaged, strange] = [decoded + at.files, damaged + at.damaged, strange + at.strange];
            at = null;
          }
          if (n % STRIDE === 0 && performance.now() >= end) return false;
        }
        return finish();
      },
    };
  }

  /** Metadata file of a folder, -1 when it has none: it may have been listed in another life of this image. */
  #metadataOf(ref: number): number {
    if (!this.#metadata.has(ref) && !this.#allListed) {
      const chunks: NodeChunk[] = [];
      const scan = this.#inner.scan({ push: (chunk) => chunks.push(chunk), finding: () => {} });
      while (!scan.step(1000));
      this.#join(chunks);
      this.#allListed = true;
    }
    return this.#metadata.get(ref) ?? -1;
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const found = backupOf(this.#inner, ref, false);
    if (found === null) return this.#inner.open(ref, stream);
    const { source, file } = found;
    if (stream === '' && file.data === null) return source.slice(0, 0);
    const data = stream === '' ? file.data : file.streams.get(stream);
    if (data == null) failAt('MissingItem', source, 0, 'a stream of the file', `no stream ${stream}`);
    const name = stream === '' ? source.name : stream;
    return new RunListSource(name, data.size, backupRuns(source, data), 'the end of the file of streams');
  }

  describe(ref: ItemRef): NodeDetail {
    const own = this.#inner.describe(ref);
    const found = backupOf(this.#inner, ref, false) ?? this.#folder(ref);
    return found === null ? own : described(own, found.source, found.file);
  }

  #folder(ref: number) {
    const metadata = this.#metadataOf(ref);
    return metadata < 0 ? null : backupOf(this.#inner, metadata, true);
  }
}

const DECODED = 'Files of this layer are kept as backup streams; they are shown as the files that those make.';
const DAMAGED = 'Backup streams end early, or go on with something else; what is missing is marked.';
const NONE = 'Files of this layer should be backup streams and are none; they are shown as they are.';
