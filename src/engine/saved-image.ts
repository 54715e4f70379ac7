/**
 * Container images that were saved to a file or a folder: which of its files are layers, base first, and what they are called.
 *
 *     OCI image layout       oci-layout, index.json -> manifest -> { config, layers[] }, all in blobs/sha256/<digest>
 *     docker save            manifest.json: [{ Config, RepoTags, Layers[] }], layers in <id>/layer.tar or in blobs/
 *
 * Docker of today writes both; the first says more (kinds of layers, digests), so it is asked first. An index may lead to
 * other indexes, one for each platform, of which most are not in the archive. Foreign layers (those that Windows images may
 * not carry) are named by a descriptor and are absent. The history in `config` tells which command made each layer that
 * is not empty. A layer's digest is that of the file as it is stored; `diff_ids` are those of the unpacked layers.
 */
import type { Facts, Finding } from '../base/findings.ts';
import { hex } from '../base/guid.ts';
import type { Codecs } from '../codec/types.ts';
import type { FsVolume } from '../fs/types.ts';
import { type FoundFile, fileAt } from './volume-path.ts';

const MAX_JSON = 4 << 20;
/** Overlay drivers stop at 128. */
const MAX_LAYERS = 256;
const MAX_IMAGES = 32;
const MAX_INDEXES = 4;
const LABEL = 80;

export interface SavedLayer {
  /** 1 is the base. */
  readonly number: number;
  /** The command that made it, else its number. */
  readonly label: string;
  /** Null when the archive does not have it: `absent` says why. */
  readonly file: FoundFile | null;
  readonly absent: string;
  /** SHA-256 of the file in hex, null when nothing states it. */
  readonly sha256: string | null;
  readonly facts: Facts;
}

export interface SavedImage {
  /** Tag, or digest where it has none. */
  readonly name: string;
  readonly facts: Facts;
  readonly layers: readonly SavedLayer[];
}

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
const sha256Of = (digest: string): string | null => /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1] ?? null;

/** `/bin/sh -c #(nop)  CMD ["cmd"]` -> `CMD ["cmd"]`. */
function labelOf(history: Json): string {
  const said = text(history['created_by']) || text(history['comment']);
  const label = said
    .replace(/^(?:\/bin\/sh -c|cmd \/S \/C|powershell -Command)\s+/i, '')
    .replace(/^#\(nop\)\s*/, '')
    .replace(/\s*# buildkit$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return label.length > LABEL ? `${label.slice(0, LABEL - 1)}…` : label;
}

class Reader {
  readonly findings: Finding[] = [];
  readonly #volume: FsVolume;
  readonly #codecs: Codecs;
  readonly #source: string;

  constructor(volume: FsVolume, codecs: Codecs, source: string) {
    this.#volume = volume;
    this.#codecs = codecs;
    this.#source = source;
  }

  tell(code: string, severity: Finding['severity'], message: string, facts: Facts = {}): void {
    this.findings.push({ code, severity, where: { source: this.#source, offset: null }, message, facts });
  }

  file(path: string): FoundFile | null {
    return path === '' ? null : fileAt(this.#volume, path);
  }

  /** A JSON file, checked against its digest where that is known; undefined when there is none that can be read. */
  json(path: string, sha256: string | null = null): unknown {
    const found = this.file(path);
    if (found === null) return undefined;
    const wrong = (why: string) =>
      this.tell('imageManifest', 'error', `${path} of the saved image cannot be read: ${why}.`, { path });
    if (found.size > MAX_JSON) {
      wrong(`it has ${found.size} bytes`);
      return undefined;
    }
    const bytes = new Uint8Array(found.size);
    if (bytes.length > 0) this.#volume.open(found.ref).readInto(0, bytes);
    if (sha256 !== null) {
      const hasher = this.#codecs.sha256();
      hasher.update(bytes);
      const actual = hex(hasher.digest());
      if (actual !== sha256)
        this.tell('imageDigest', 'error', `${path} is not what its digest says.`, { path, expected: sha256, actual });
    }
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      wrong('it is no JSON');
      return undefined;
    }
  }

  /** Whether a file is compressed, by its first bytes (gzip, Zstandard). */
  isPacked(file: FoundFile | null): boolean {
    if (file === null || file.size < 4) return false;
    const head = new Uint8Array(4);
    this.#volume.open(file.ref).readInto(0, head);
    return (head[0] === 0x1f && head[1] === 0x8b) || (head[0] === 0x28 && head[1] === 0xb5);
  }

  blob(digest: string): unknown {
    const sha256 = sha256Of(digest);
    return sha256 === null ? undefined : this.json(`blobs/sha256/${sha256}`, sha256);
  }
}

/** What is the same in both forms: config, and what each layer is. */
function imageOf(
  reader: Reader,
  name: string,
  config: unknown,
  layers: readonly Omit<SavedLayer, 'label' | 'facts' | 'number'>[],
): SavedImage {
  const about = isObject(config) ? config : {};
  const made = objects(about['history']).filter((history) => history['empty_layer'] !== true);
  const diffIds = texts(isObject(about['rootfs']) ? about['rootfs']['diff_ids'] : null);
  if (layers.length > MAX_LAYERS)
    reader.tell('imageLayers', 'warning', `Only ${MAX_LAYERS} of the layers of ${name} are opened.`, {
      layers: layers.length,
    });
  if (diffIds.length > 0 && diffIds.length !== layers.length)
    reader.tell('imageLayers', 'warning', `${name} has another number of layers than its configuration says.`, {
      layers: layers.length,
      configured: diffIds.length,
    });
  layers.forEach(({ file, absent }, i) => {
    if (file === null)
      reader.tell('imageLayerAbsent', 'warning', `Layer ${i + 1} of ${name} is not shown: it is ${absent}.`, {
        layer: i + 1,
      });
  });
  const named = made.length === layers.length ? made.map(labelOf) : [];
  const facts: Record<string, string | number> = { image: name, layers: layers.length };
  for (const key of ['os', 'os.version', 'architecture', 'created'])
    if (text(about[key]) !== '') facts[key] = text(about[key]);
  return {
    name,
    facts,
    layers: layers.slice(0, MAX_LAYERS).map((layer, i) => ({
      ...layer,
      number: i + 1,
      label: named[i] || `layer ${i + 1}`,
      // an unpacked layer is stored under no digest of its own, but its configuration has it
      sha256: layer.sha256 ?? (reader.isPacked(layer.file) ? null : sha256Of(diffIds[i] ?? '')),
      facts: {
        layer: i + 1,
        layers: layers.length,
        image: name,
        ...(named[i] ? { createdBy: named[i] } : {}),
        ...(diffIds[i] === undefined ? {} : { diffId: diffIds[i] }),
        ...(text(made[i]?.['created']) === '' || named.length === 0 ? {} : { created: text(made[i]!['created']) }),
      },
    })),
  };
}

function fromDocker(reader: Reader, entry: Json): SavedImage {
  const configPath = text(entry['Config']);
  const stated = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(configPath)?.[1] ?? null;
  const paths = texts(entry['Layers']);
  const layers = paths.map((path) => ({
    file: reader.file(path),
    absent: `said to be ${path}, which the archive does not have`,
    sha256: /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1] ?? null,
  }));
  const name = texts(entry['RepoTags'])[0] ?? (stated === null ? 'image' : `sha256:${stated.slice(0, 12)}`);
  return imageOf(reader, name, reader.json(configPath, stated), layers);
}

function fromManifest(reader: Reader, name: string, manifest: Json): SavedImage {
  const stated = objects(manifest['layers']);
  const layers = stated.map((descriptor) => {
    const digest = text(descriptor['digest']);
    const sha256 = sha256Of(digest);
    const file = sha256 === null ? null : reader.file(`blobs/sha256/${sha256}`);
    const size = descriptor['size'];
    if (file !== null && typeof size === 'number' && size !== file.size)
      reader.tell('imageLayerSize', 'warning', 'A layer has another size than its manifest says.', {
        digest,
        expected: size,
        actual: file.size,
      });
    const urls = texts(descriptor['urls']);
    const foreign = urls.length > 0 || /foreign|nondistributable/.test(text(descriptor['mediaType']));
    const from = urls.length > 0 ? `, which is fetched from ${urls[0]}` : '';
    return { file, sha256, absent: `${foreign ? 'a foreign layer' : 'a layer'} that the archive does not have${from}` };
  });
  const config = reader.blob(text(isObject(manifest['config']) ? manifest['config']['digest'] : ''));
  return imageOf(reader, name, config, layers);
}

/** Images of an OCI layout: the manifests that an index leads to and that are there. */
function fromIndex(reader: Reader, index: Json, name: string, depth: number, found: SavedImage[]): void {
  let absent = 0;
  for (const descriptor of objects(index['manifests'])) {
    const notes = isObject(descriptor['annotations']) ? descriptor['annotations'] : {};
    // what BuildKit attests about an image is stored like one
    if (text(notes['vnd.docker.reference.type']) !== '' || found.length === MAX_IMAGES) continue;
    const digest = text(descriptor['digest']);
    const stated = text(notes['io.containerd.image.name']) || text(notes['org.opencontainers.image.ref.name']);
    const manifest = reader.blob(digest);
    const called = stated || name || digest.slice(0, 19);
    if (!isObject(manifest)) absent++;
    else if (Array.isArray(manifest['manifests'])) {
      if (depth < MAX_INDEXES) fromIndex(reader, manifest, called, depth + 1, found);
    } else if (Array.isArray(manifest['layers'])) found.push(fromManifest(reader, called, manifest));
  }
  if (absent > 0)
    reader.tell('imagePlatforms', 'info', 'Images that an index names, for other platforms, are not in the archive.', {
      images: absent,
    });
}

/**
 * The images of a volume; none when it is no saved image.
 * @throws FormatError when its directories or its manifest cannot be read
 */
export function savedImages(
  volume: FsVolume,
  codecs: Codecs,
  source: string,
): { readonly images: readonly SavedImage[]; readonly findings: readonly Finding[] } {
  const reader = new Reader(volume, codecs, source);
  const images: SavedImage[] = [];
  if (reader.file('oci-layout') !== null) {
    const index = reader.json('index.json');
    if (isObject(index)) fromIndex(reader, index, '', 0, images);
  }
  if (images.length === 0) {
    const entries = reader.file('manifest.json') === null ? [] : objects(reader.json('manifest.json'));
    for (const entry of entries.slice(0, MAX_IMAGES))
      if (Array.isArray(entry['Layers'])) images.push(fromDocker(reader, entry));
  }
  // a manifest.json of something else is no fault of an image
  return images.length === 0 && reader.file('oci-layout') === null
    ? { images, findings: [] }
    : { images, findings: reader.findings };
}
