/**
 * Unwrapping: probe, open, and again for what lies inside, until something has files or keys. A part that cannot be read
 * says why and does not spoil its siblings.
 */
import { type ErrorData, FormatError } from '../base/errors.ts';
import type { Facts, Finding } from '../base/findings.ts';
import { MAX_NESTING, MAX_UNWRAPPED, PROBE_HEAD, PROBE_TAIL } from '../base/limits.ts';
import type { Codecs } from '../codec/types.ts';
import { containerFormats } from '../container/registry.ts';
import type { ContainerFormat } from '../container/types.ts';
import { backupStreams } from '../fs/backup-streams/volume.ts';
import { fsFormats } from '../fs/registry.ts';
import type { FsFormat, FsVolume, OpenedFs } from '../fs/types.ts';
import { hiveFormats } from '../hive/registry.ts';
import type { HiveFormat } from '../hive/types.ts';
import type { FingerprintPart, FormatDescriptor, ProbeWindow } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';
import type { ReportNode } from './api-image.ts';
import { digestChecked } from './digest-checked.ts';
import type { Host } from './host.ts';
import { discFormats, namesDisc, withTable } from './hybrid.ts';
import type { ImageFiles } from './image-files.ts';
import { orNull } from './or-null.ts';
import { seemsToBe } from './recognise.ts';
import { type SavedLayer, savedImages } from './saved-image.ts';
import { setupImages } from './setup-media.ts';

/** Formats in which container images are saved. */
const ARCHIVES: ReadonlySet<string> = new Set(['tar', 'folder']);

/** What a selector leads to. */
export type Mount =
  | { readonly kind: 'tree'; readonly volume: FsVolume; readonly chain: readonly FingerprintPart[] }
  | { readonly kind: 'hive'; readonly format: HiveFormat; readonly source: ByteSource };

export interface Unwrapped {
  readonly report: ReportNode;
  readonly mounts: ReadonlyMap<string, Mount>;
}

/** A disk that was cut off still has a head: then there is no tail to look at, and the format says what is missing. */
function readTail(source: ByteSource): Uint8Array {
  const tail = new Uint8Array(Math.min(PROBE_TAIL, source.size));
  try {
    source.readInto(source.size - tail.length, tail);
    return tail;
  } catch (error) {
    if (error instanceof FormatError) return new Uint8Array(0);
    throw error;
  }
}

/** Reads what probes may look at: one read of the head, one of the tail. */
export function probeWindow(source: ByteSource): ProbeWindow {
  const head = new Uint8Array(Math.min(PROBE_HEAD, source.size));
  source.readInto(0, head);
  return { head, tail: readTail(source), size: source.size };
}

/** Errors that are no FormatError are faults of ours; they are told as such and never swallowed as "damaged". */
export function errorData(error: unknown, source: string): ErrorData {
  if (error instanceof FormatError) return error.toData();
  const actual = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'UnexpectedTrap', where: { source, offset: null }, expected: 'no fault of the reader', actual };
}

function tooMany(source: string, left: number): Finding {
  return {
    code: 'tooManyParts',
    severity: 'warning',
    where: { source, offset: null },
    message: `${left} of its parts are not opened: the image has more than ${MAX_UNWRAPPED} containers and volumes.`,
    facts: { left, limit: MAX_UNWRAPPED },
  };
}

const WRAPPERS = containerFormats.filter(({ slices }) => slices !== true);
const PARTITION_TABLES = containerFormats.filter(({ slices }) => slices === true);

/** @param disc opens the disc that the table may be written on; null when it is none */
function orDisc(table: ReportNode | null, window: ProbeWindow, disc: () => ReportNode | null): ReportNode | null {
  const found = table !== null && namesDisc(table, window) ? disc() : null;
  return table !== null && found !== null ? withTable(found, table) : table;
}

export function joined(mount: string, key: string): string {
  return mount === '' || key === '' ? mount + key : `${mount}::${key}`;
}

/** What setup installs is Windows. */
function withWindows(node: ReportNode): ReportNode {
  const parts = node.parts.map(withWindows);
  return node.kind === 'tree' ? { ...node, parts, facts: { ...node.facts, windows: true } } : { ...node, parts };
}

export class Unwrapper {
  readonly mounts = new Map<string, Mount>();
  readonly #host: Host;
  readonly #codecs: Codecs;
  /** Whose main file is being unwrapped. */
  #files: ImageFiles;
  #opened = 0;

  constructor(host: Host, codecs: Codecs, files: ImageFiles) {
    this.#host = host;
    this.#codecs = codecs;
    this.#files = files;
  }

  /**
   * Report of `source` and of all inside it; mounts are collected in `mounts`. Never throws for what the bytes are.
   * @param files the files it may be made of, when they are others than those of the image: it is their main file
   */
  unwrap(source: ByteSource, mount: string, depth = 0, files: ImageFiles = this.#files): ReportNode {
    this.#opened = 0;
    const own = this.#files;
    this.#files = files;
    try {
      return this.#unwrap(source, mount, depth, []);
    } finally {
      this.#files = own;
    }
  }

  #unwrap(source: ByteSource, mount: string, depth: number, outer: readonly FingerprintPart[]): ReportNode {
    this.#opened++;
    const empty: Facts = {};
    const node = (over: Partial<ReportNode>): ReportNode => ({
      mount,
      format: null,
      title: source.name,
      size: source.size,
      facts: empty,
      identity: empty,
      findings: [],
      chain: [],
      parts: [],
      refusal: null,
      kind: null,
      ...over,
    });
    const refused = (data: ErrorData): ReportNode => node({ refusal: data });
    const files = this.#files;
    const isMain = source === files.main;
    const resolve = isMain ? files.resolve : files.inner(source.name);
    // what is to be said of the files of the image stands with its first node, what is seen in a parent with its child
    const told = isMain ? 0 : files.findings.length;
    const printed = files.prints.length;
    const lacking = isMain ? files.refusal() : null;
    if (lacking !== null) {
      const { format, identity } = files.probe;
      return node({ format, identity, refusal: lacking, chain: files.chain(), findings: [...files.findings] });
    }
    let window: ProbeWindow;
    try {
      if (depth > MAX_NESTING)
        throw new FormatError({
          code: 'UnexpectedLoop',
          where: { source: source.name, offset: null },
          expected: `at most ${MAX_NESTING} containers inside one another`,
          actual: 'more',
        });
      window = probeWindow(source);
    } catch (error) {
      return refused(errorData(error, source.name));
    }
    let first: ErrorData | null = null;
    const attempt = <F extends FormatDescriptor>(
      formats: readonly F[],
      open: (format: F) => ReportNode,
    ): ReportNode | null => {
      for (const format of formats) {
        if (!format.probe(window)) continue;
        try {
          return open(format);
        } catch (error) {
          first ??= errorData(error, source.name);
        }
      }
      return null;
    };
    const unwrapped = (format: ContainerFormat): ReportNode => {
      const opened = format.open(source, { codecs: this.#codecs, resolve });
      const prints = [...outer, ...opened.fingerprint(), ...files.prints.slice(printed)];
      const findings: Finding[] = [...opened.findings];
      const parts: ReportNode[] = [];
      for (const part of opened.parts) {
        if (this.#opened >= MAX_UNWRAPPED) {
          findings.push(tooMany(source.name, opened.parts.length - parts.length));
          break;
        }
        const inner = this.#unwrap(part.source, joined(mount, part.key), depth + 1, prints);
        const title = part.title === '' ? inner.title : part.title;
        const alternate = part.alternate === true ? { alternate: true as const } : {};
        parts.push({ ...inner, ...alternate, title, facts: { ...part.facts, ...inner.facts } });
      }
      return node({
        format: format.id,
        title: format.title,
        facts: opened.facts,
        identity: opened.identity,
        findings,
        parts,
      });
    };
    const tree = (format: FsFormat): ReportNode => {
      const opened = format.open(source, { codecs: this.#codecs, modules: this.#host.modules, resolve });
      return this.#tree(opened, format.title, mount, node, outer, depth);
    };
    const found =
      attempt(WRAPPERS, unwrapped) ??
      orDisc(attempt(PARTITION_TABLES, unwrapped), window, () => attempt(discFormats(window), tree)) ??
      attempt(fsFormats, tree) ??
      attempt(hiveFormats, (format) => {
        this.mounts.set(mount, { kind: 'hive', format, source });
        return node({ format: format.id, title: format.title, kind: 'hive' });
      });
    if (found !== null) {
      const findings = [...found.findings, ...files.findings.slice(told)];
      return { ...found, findings, chain: isMain ? files.chain() : [] };
    }
    return refused(
      first ?? {
        code: 'UnsupportedFormat',
        where: { source: source.name, offset: 0 },
        expected: 'a disk, a volume, an image or a hive that can be read here',
        actual: seemsToBe(window),
      },
    );
  }

  /** One volume is the node itself; several (WIM images) are parts with mounts of their own. */
  #tree(
    opened: OpenedFs,
    title: string,
    mount: string,
    node: (over: Partial<ReportNode>) => ReportNode,
    outer: readonly FingerprintPart[],
    depth: number,
  ): ReportNode {
    const chain = [...outer, ...opened.fingerprint()];
    const about = {
      format: opened.format,
      title,
      identity: opened.identity,
      findings: opened.findings as readonly Finding[],
    };
    const lone = opened.volumes.length === 1 && opened.volumes[0]!.key === '' ? opened.volumes[0]! : null;
    if (lone !== null) {
      const only = backupStreams(lone, node({}).title) ?? lone;
      this.mounts.set(mount, { kind: 'tree', volume: only, chain });
      const images = this.#setupImages(opened.format, only, mount, depth, chain);
      const saved = this.#savedImages(opened.format, only, mount, node, depth, chain);
      return node({
        ...about,
        title: only.title === '' ? title : only.title,
        facts: { ...opened.facts, ...only.facts, ...saved.facts },
        findings: [...about.findings, ...images.findings, ...saved.findings],
        parts: [...images.parts, ...saved.parts],
        kind: 'tree',
      });
    }
    const parts = opened.volumes.map((volume) => {
      const at = joined(mount, volume.key);
      this.mounts.set(at, { kind: 'tree', volume, chain });
      return node({ ...about, mount: at, title: volume.title, facts: volume.facts, findings: [], kind: 'tree' });
    });
    return node({ ...about, facts: opened.facts, parts });
  }

  /** The images on Windows setup media are what one opens them for: they are opened with the disc. */
  #setupImages(format: string, volume: FsVolume, mount: string, depth: number, chain: readonly FingerprintPart[]) {
    const parts: ReportNode[] = [];
    const findings: Finding[] = [];
    try {
      for (const { ref, path, installs } of setupImages(format, volume)) {
        if (this.#opened >= MAX_UNWRAPPED) break;
        const part = this.#unwrap(volume.open(ref), joined(mount, path), depth + 1, chain);
        parts.push(installs ? withWindows(part) : part);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const { code, where, expected, actual } = error;
      const message = 'The images on this disc could not be looked for.';
      findings.push({ code: 'setupImages', severity: 'warning', where, message, facts: { code, expected, actual } });
    }
    return { parts, findings };
  }

  /** The layers of a saved container image, base first: they, and not the archive, are what one opens it for. */
  #savedImages(
    format: string,
    volume: FsVolume,
    mount: string,
    node: (over: Partial<ReportNode>) => ReportNode,
    depth: number,
    chain: readonly FingerprintPart[],
  ): Pick<ReportNode, 'facts' | 'findings' | 'parts'> {
    if (!ARCHIVES.has(format)) return { facts: {}, findings: [], parts: [] };
    const { title } = node({});
    const read = orNull(() => savedImages(volume, this.#codecs, title));
    if (read === null) {
      const message = 'Whether this is a saved container image could not be told.';
      const where = { source: title, offset: null };
      return { facts: {}, findings: [{ code: 'imageManifest', severity: 'warning', where, message }], parts: [] };
    }
    const { images, findings } = read;
    const parts = images.map((image, i) => {
      const at = images.length === 1 ? mount : joined(mount, `i${i + 1}`);
      const layers: ReportNode[] = [];
      for (const layer of image.layers) {
        if (this.#opened >= MAX_UNWRAPPED) break;
        layers.push(this.#savedLayer(volume, layer, joined(at, `l${layer.number}`), node, depth, chain));
      }
      return node({ mount: at, format, title: image.name, facts: image.facts, parts: layers });
    });
    const [only] = parts;
    return parts.length === 1 && only !== undefined
      ? { facts: only.facts, findings, parts: only.parts }
      : { facts: {}, findings, parts };
  }

  #savedLayer(
    volume: FsVolume,
    { file, absent, label, sha256, facts }: SavedLayer,
    mount: string,
    node: (over: Partial<ReportNode>) => ReportNode,
    depth: number,
    chain: readonly FingerprintPart[],
  ): ReportNode {
    const about = { mount, title: label, facts };
    if (file === null) {
      const where = { source: label, offset: null };
      const refusal: ErrorData = { code: 'MissingData', where, expected: 'the files of this layer', actual: absent };
      return node({ ...about, size: 0, refusal });
    }
    const source = volume.open(file.ref);
    const inner = this.#unwrap(source, mount, depth + 1, chain);
    const mounted = this.mounts.get(mount);
    if (sha256 !== null && mounted?.kind === 'tree')
      this.mounts.set(mount, { ...mounted, volume: digestChecked(mounted.volume, source, sha256, this.#codecs) });
    const named = (at: ReportNode): ReportNode =>
      at.mount === mount && (at.kind !== null || at.refusal !== null)
        ? { ...at, title: label, facts: { ...at.facts, ...facts } }
        : { ...at, parts: at.parts.map(named) };
    return named(inner);
  }
}
