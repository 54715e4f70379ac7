/** Container images as they are saved: an OCI layout and what `docker save` writes, from the same layers. */
import { createHash } from 'node:crypto';
import type { TarEntry } from './tar-builder.ts';

export interface ImageLayer {
  /** As it is stored: a tar archive, plain or compressed. Null for a foreign layer. */
  readonly bytes: Uint8Array | null;
  /** Digest of the unpacked archive, where it is not that of `bytes`. */
  readonly diffId?: string;
  readonly createdBy?: string;
  readonly mediaType?: string;
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const digestOf = ({ bytes, createdBy }: ImageLayer) => sha256(bytes ?? json(createdBy));

function config(layers: readonly ImageLayer[]): Uint8Array {
  return json({
    os: 'windows',
    'os.version': '10.0.20348.2340',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${layer.diffId ?? digestOf(layer)}`) },
    history: layers.flatMap(({ createdBy = '' }) => [
      { created_by: createdBy },
      { created_by: '/bin/sh -c #(nop)  ENV a=b', empty_layer: true },
    ]),
  });
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

export function ociLayout(images: Readonly<Record<string, readonly ImageLayer[]>>): TarEntry[] {
  const blobs = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array) => {
    blobs.set(sha256(bytes), bytes);
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const manifests = Object.entries(images).map(([name, layers]) => {
    const about = layers.map((layer) => ({
      mediaType: layer.mediaType ?? layerType,
      ...(layer.bytes === null
        ? { digest: `sha256:${digestOf(layer)}`, size: 9, urls: ['https://example.org/layer'] }
        : put(layer.bytes)),
    }));
    const manifest = json({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(config(layers)) },
      layers: about,
    });
    return { mediaType: manifestType, ...put(manifest), annotations: { 'org.opencontainers.image.ref.name': name } };
  });
  return [
    { path: 'blobs/' },
    { path: 'blobs/sha256/' },
    ...[...blobs].map(([digest, data]) => ({ path: `blobs/sha256/${digest}`, data })),
    { path: 'index.json', data: json({ schemaVersion: 2, manifests }) },
    { path: 'oci-layout', data: json({ imageLayoutVersion: '1.0.0' }) },
  ];
}

/** The form before Docker 25. A layer that stands twice is a link, as Docker writes it. */
export function dockerSave(name: string, layers: readonly ImageLayer[]): TarEntry[] {
  const about = config(layers);
  const folders = layers.map((_, i) => sha256(json([name, i])));
  const first = (layer: ImageLayer) => layers.findIndex((other) => digestOf(other) === digestOf(layer));
  return [
    ...layers.flatMap((layer, i): TarEntry[] => {
      if (layer.bytes === null) return [];
      const path = `${folders[i]}/layer.tar`;
      return first(layer) < i
        ? [{ path, type: '2', link: `../${folders[first(layer)]}/layer.tar` }]
        : [{ path, data: layer.bytes }];
    }),
    { path: `${sha256(about)}.json`, data: about },
    {
      path: 'manifest.json',
      data: json([
        {
          Config: `${sha256(about)}.json`,
          RepoTags: [name],
          Layers: folders.map((folder) => `${folder}/layer.tar`),
        },
      ]),
    },
  ];
}
