/** One image of a WIM as a volume. The metadata is decoded when something is first asked of it. */
import type { ItemRef } from '../../base/brand.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import {
  ByteState,
  type FsVolume,
  type NodeChunk,
  type NodeDetail,
  type TreeSink,
  type VerifyShare,
  WHOLE,
} from '../types.ts';
import { streamRoles } from './dentry.ts';
import { describeEntry } from './detail.ts';
import { HEADER_SIZE } from './header.ts';
import type { ImageInfo } from './image-info.ts';
import { isEmptySha1, rowsChunk } from './rows.ts';
import { finish, GeneratorScan, type Progress } from './steps.ts';
import type { ImageTree } from './tree.ts';
import type { WimVerifier } from './verify.ts';
import type { WimFile } from './wim-file.ts';

/** No entry can stand there (it is the security block), so it names the root without the metadata being read. */
const ROOT_REF = 0 as ItemRef;

export class WimVolume implements FsVolume {
  readonly key: string;
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef = ROOT_REF;
  readonly verifiesFile = true;
  readonly estimate: number | null;
  readonly #file: WimFile;
  readonly #image: number;
  readonly #verifier: WimVerifier;

  /** @param image 0-based */
  constructor(file: WimFile, image: number, info: ImageInfo, verifier: WimVerifier) {
    this.key = String(image + 1);
    this.title = info.title;
    this.facts = { ...info.facts, boot: file.header.dwBootIndex === image + 1 };
    this.estimate = info.entries;
    this.#file = file;
    this.#image = image;
    this.#verifier = verifier;
  }

  upcase(): null {
    return null;
  }

  scan(sink: TreeSink): Scan {
    const progress: Progress = { done: 0, total: this.estimate };
    return new GeneratorScan(this.#scan(sink, progress), progress);
  }

  *#scan(sink: TreeSink, progress: Progress): Generator<void> {
    const tree = yield* this.#file.tree(this.#image);
    for (const finding of tree.findings.items) sink.finding(finding);
    progress.total = Math.max(0, tree.count - 1);
    let missing = 0;
    let damaged = 0;
    const { missingParts } = this.#file;
    for (let from = 1; from < tree.count; ) {
      const chunk = tree.chunk(from, tree.count);
      from += chunk.count;
      const { byteState, count } = chunk;
      for (let i = 0; i < count; i++) {
        if (byteState[i] === ByteState.missing) missing++;
        else if (byteState[i] === ByteState.damaged) damaged++;
      }
      progress.done += chunk.count;
      sink.push(chunk);
      yield;
    }
    if (missing > 0) {
      const finding = this.#incomplete('wimDataMissing', 'Data of files is not in this WIM.', missing);
      sink.finding(missingParts.length > 0 ? { ...finding, facts: { ...finding.facts, missingParts } } : finding);
    }
    if (damaged > 0) sink.finding(this.#incomplete('wimDataCut', 'Data of files lies beyond the end.', damaged));
  }

  #incomplete(code: string, message: string, files: number): Finding {
    return { code, severity: 'warning', where: place(this.#file.source, 0), message, facts: { files } };
  }

  #rows(tree: ImageTree, from: number, to: number): NodeChunk {
    return rowsChunk(tree, from, to);
  }

  list(dir: ItemRef): NodeChunk {
    const { tree, row, at } = this.#find(dir);
    if (row >= 0 && !tree.metadata.isDirectory(at)) this.#noItem('a directory', `${tree.path(row)}, which is a file`);
    return row < 0 ? this.#rows(tree, 0, 0) : this.#rows(tree, tree.firstChild[row]!, tree.childEnd[row]!);
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const { tree, row, at } = this.#find(ref);
    if (row < 0) this.#noItem('a file', 'the root of an empty image');
    const path = tree.path(row);
    const roles = streamRoles(tree.metadata, at);
    if (stream !== '') {
      const named = roles.named.find(({ name }) => name === stream);
      if (named === undefined) this.#noItem(`a stream ${stream} of ${path}`, 'no such stream');
      return this.#openHash(tree, named!.hash, `${path}:${stream}`);
    }
    if (tree.metadata.isDirectory(at)) this.#noItem('a file', `${path}, which is a directory`);
    if (roles.data < 0 && roles.efs >= 0)
      failAt('UnsupportedFeature', this.#file.source, 0, `plain data of ${path}`, 'data encrypted with EFS');
    return this.#openHash(tree, roles.data, path);
  }

  #openHash(tree: ImageTree, hash: number, name: string): ByteSource {
    const { blobs, source } = this.#file;
    if (hash < 0 || tree.metadata.isZeroHash(hash)) return new MemorySource(name, new Uint8Array(0));
    const blob = blobs.find(tree.metadata.u32, hash);
    if (blob < 0 && isEmptySha1(tree.metadata.u32, hash)) return new MemorySource(name, new Uint8Array(0));
    if (blob < 0 || blobs.kind(blob) === 'elsewhere')
      failAt('MissingData', source, 0, `data of ${name} in this WIM`, this.#file.absence(blob));
    return this.#file.openBlob(blob, name);
  }

  describe(ref: ItemRef): NodeDetail {
    const { tree, row, at } = this.#find(ref);
    if (row < 0) this.#noItem('an entry', 'the root of an empty image');
    return describeEntry(
      {
        metadata: tree.metadata,
        blobs: this.#file.blobs,
        chunkSize: this.#file.header.dwCompressionSize,
        openHash: (hash, name) => this.#openHash(tree, hash, name),
      },
      at,
    );
  }

  /** Row and place of an entry; row -1 for the root of an image that has none. */
  #find(ref: ItemRef): { tree: ImageTree; row: number; at: number } {
    const tree = finish(this.#file.tree(this.#image));
    const row = ref !== ROOT_REF ? tree.rowAt(ref) : tree.count > 0 ? 0 : -1;
    if (row < 0 && ref !== ROOT_REF) this.#noItem(`an entry at ${ref} of image ${this.key}`, 'none there');
    return { tree, row, at: row < 0 ? 0 : tree.offsets[row]! };
  }

  #noItem(expected: string, actual: string): never {
    failAt('MissingItem', this.#file.source, 0, expected, actual);
  }

  fingerprint(): FingerprintPart[] {
    const header = readBytes(this.#file.source, 0, HEADER_SIZE);
    return [
      { what: 'wim.header', bytes: header },
      { what: `wim.metadata[${this.key}]`, bytes: this.#file.metadataBytes(this.#image) },
    ];
  }

  verify(report: (finding: Finding) => void, share: VerifyShare = WHOLE): Scan {
    const progress: Progress = { done: 0, total: null };
    return new GeneratorScan(this.#verifier.run(this.#image, share, report, progress), progress);
  }
}
