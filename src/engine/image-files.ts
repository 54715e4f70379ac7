/**
 * The files that one image is made of: which of them stands for which need, the disks that parents unwrap to, and what is
 * told of it all. A disk is opened once, however many ask for it, and reads through to its own parents.
 */
import { type ErrorData, fail } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { Codecs } from '../codec/types.ts';
import { containerFormats } from '../container/registry.ts';
import type { FingerprintPart, Need, Resolve } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';
import type { ChainEntry, ProbeResult } from './api-image.ts';
import { findHolders } from './holders.ts';
import { identify } from './identify.ts';
import { type Holders, type LinkedNeed, linkInner, linkNeeds, MAX_CHAIN, type Picks } from './needs.ts';
import { probeWindow } from './unwrap.ts';

/** How many names of one need are told: paths of each kind, not a hostile list of thousands. */
const TOLD_NAMES = 8;

/** What a missing file is called among the errors. */
const MISSING: Readonly<Record<Need['kind'], ErrorData['code']>> = {
  parent: 'MissingParent',
  extent: 'MissingPart',
  part: 'MissingPart',
  blobs: 'MissingData',
};

/** What identifies the file that is wanted: the ids of its first identity. */
function identityText({ match }: Need): string {
  return Object.entries(match[0] ?? {})
    .filter(([fact, value]) => fact !== 'format' && typeof value === 'string')
    .map(([fact, value]) => `${fact} ${value}`)
    .join(', ');
}

export interface FilesOptions {
  readonly logs?: readonly ByteSource[];
  readonly picks?: Picks;
  /** True: what a lone file could use but does not need is not looked for, only what it cannot be read without. */
  readonly brief?: boolean;
}

export class ImageFiles {
  /** The main file first; each with its own cache. */
  readonly sources: readonly ByteSource[];
  readonly logs: readonly ByteSource[];
  /** What was seen in the parents that were opened, and what is to be said of the linking. */
  readonly findings: Finding[] = [];
  /** Fingerprints of the parents that were opened: a child reads other bytes when they change. */
  readonly prints: FingerprintPart[] = [];
  readonly #codecs: Codecs;
  readonly #probes: readonly ProbeResult[];
  readonly #holders: Holders;
  readonly #links: ReadonlyMap<string, LinkedNeed>;
  readonly #disks = new Map<number, ByteSource>();

  constructor(
    codecs: Codecs,
    sources: readonly ByteSource[],
    { logs = [], picks = {}, brief = false }: FilesOptions = {},
  ) {
    this.sources = sources;
    this.logs = logs;
    this.#codecs = codecs;
    const formats = brief && sources.length === 1 ? containerFormats : undefined;
    this.#probes = sources.map((source) => identify(source, codecs, formats));
    this.#holders = findHolders(sources, this.#probes);
    const links = linkNeeds(this.#probes, 0, { picks, holders: this.#holders });
    this.#links = new Map(links.map((link) => [link.id, link]));
    for (const link of links) this.#tell(link);
  }

  get main(): ByteSource {
    return this.sources[0]!;
  }

  /** What the main file is, before it is opened. */
  get probe(): ProbeResult {
    return this.#probes[0]!;
  }

  #name(file: number): string {
    return this.#probes[file]!.name;
  }

  chain(): ChainEntry[] {
    return [...this.#links.values()].map(({ id, depth, need, status, files, candidates }) => ({
      id,
      depth,
      kind: need.kind,
      title: need.title,
      required: need.required,
      names: need.names.slice(0, TOLD_NAMES),
      identity: identityText(need),
      status,
      file: files[0] === undefined ? null : this.#name(files[0]),
      files: files.map((file) => this.#name(file)),
      candidates: candidates.map(({ file, differs }) => ({ file: this.#name(file), index: file, differs })),
    }));
  }

  /** Why the image cannot be read: the first file that it must have and that is not here. Null when all are. */
  refusal(): ErrorData | null {
    for (const link of this.#links.values()) {
      if (link.files.length > 0 || !link.need.required) continue;
      return this.#missing(link);
    }
    return null;
  }

  #missing({ need, needer, status, candidates }: LinkedNeed): ErrorData {
    const where = { source: this.#name(needer), offset: null };
    if (status === 'loop')
      return { code: 'UnexpectedLoop', where, expected: 'a chain of disks that ends', actual: `${need.title} again` };
    const identity = identityText(need);
    const known = need.names.slice(1, TOLD_NAMES).map((name) => `"${name}"`);
    const expected = [
      need.title,
      ...(identity === '' || need.title.includes(identity) ? [] : [`with ${identity}`]),
      ...(known.length === 0 ? [] : [`also known as ${known.join(', ')}`]),
    ].join(' ');
    const others = candidates.map(({ file, differs }) =>
      differs === null ? this.#name(file) : `${this.#name(file)} with ${differs.fact} ${differs.actual}`,
    );
    const actual =
      status === 'ambiguous'
        ? `several files that fit: ${others.join(', ')}`
        : others.length > 0
          ? others.join(', ')
          : 'no such file among those given';
    return { code: MISSING[need.kind], where, expected, actual };
  }

  #tell(link: LinkedNeed): void {
    const { id, need, needer, status, files, candidates } = link;
    const where = { source: this.#name(needer), offset: null };
    const [file] = files;
    const [first] = candidates;
    if (status === 'differs' && file !== undefined && first?.differs != null)
      this.findings.push({
        code: 'parentDiffers',
        severity: 'warning',
        where,
        message: `A file was chosen by hand that says it is not ${need.title}: what is read may be wrong.`,
        facts: { need: id, file: this.#name(file), ...first.differs },
      });
    if (status === 'found' && need.kind !== 'blobs' && candidates.some(({ differs }) => differs === null))
      this.findings.push({
        code: 'severalFit',
        severity: 'info',
        where,
        message: `Several files that say they are the same one fit ${need.title}; the first was taken.`,
        facts: { need: id, file: this.#name(file!), others: candidates.map((other) => this.#name(other.file)) },
      });
  }

  /** How the main file finds the others. */
  readonly resolve: Resolve = (need) => this.#resolve(this.#links.get(need.id), [0]);

  /**
   * The disk at a point of the chain: of the image's own file, or of one of its parents.
   * @param need id of the parent in `chain`, null for the image's own file
   * @throws FormatError MissingItem when that parent is not here, or what is here is no disk
   */
  node(need: string | null): ByteSource {
    if (need === null) return this.#disk(0, '', [0]);
    const link = this.#links.get(need);
    const file = link?.need.want === 'disk' ? link.files[0] : undefined;
    return file === undefined
      ? fail('MissingItem', this.main.name, null, `a disk as the parent "${need}"`, 'none')
      : this.#disk(file, `${need}/`, [0, file]);
  }

  /** Names that only one file has: where bytes lie in a file of such a name, they lie in that file. */
  get ownNames(): Set<string> {
    const names = this.#probes.map(({ name }) => name);
    return new Set(names.filter((name) => names.indexOf(name) === names.lastIndexOf(name)));
  }

  /** How something inside the image finds files that were given with it. */
  inner(name: string): Resolve {
    return (need) => {
      const link = linkInner(this.#probes, name, need, this.#holders);
      return link.files.map((file) =>
        need.want === 'file' ? this.sources[file]! : this.#disk(file, `inner/${name}/`, [file]),
      );
    };
  }

  #resolve(link: LinkedNeed | undefined, path: readonly number[]): ByteSource[] {
    if (link === undefined) return [];
    return link.files.map((file) =>
      link.need.want === 'file' ? this.sources[file]! : this.#disk(file, `${link.id}/`, [...path, file]),
    );
  }

  /** The virtual disk in a file: what its container unwraps to, or the file itself, which then is a raw disk. */
  #disk(file: number, prefix: string, path: readonly number[]): ByteSource {
    const held = this.#disks.get(file);
    if (held !== undefined) return held;
    const source = this.sources[file]!;
    if (path.length > MAX_CHAIN)
      fail('UnsupportedSize', source.name, null, `at most ${MAX_CHAIN} disks in a chain`, 'more');
    if (path.indexOf(file) < path.length - 1)
      fail('UnexpectedLoop', source.name, null, 'a chain of disks that ends', `${source.name} again`);
    const disk = this.#open(source, prefix, path);
    this.#disks.set(file, disk);
    return disk;
  }

  #open(source: ByteSource, prefix: string, path: readonly number[]): ByteSource {
    const window = probeWindow(source);
    const format = containerFormats.find((candidate) => !candidate.slices && candidate.probe(window));
    if (format === undefined) return source;
    const opened = format.open(source, {
      codecs: this.#codecs,
      resolve: (need) =>
        this.#resolve(
          this.#links.get(prefix + need.id) ??
            linkNeeds(this.#probes, path.at(-1)!, { holders: this.#holders }).find(({ id }) => id === need.id),
          path,
        ),
    });
    // snapshots beside it have keys of their own
    const disk = opened.parts.find(({ key }) => key === '') ?? opened.parts[0];
    if (disk === undefined) fail('UnsupportedFeature', source.name, null, 'a file that holds a disk', 'none');
    this.findings.push(...opened.findings);
    for (const { what, bytes } of opened.fingerprint()) this.prints.push({ what: `${prefix}${what}`, bytes });
    return disk.source;
  }
}
