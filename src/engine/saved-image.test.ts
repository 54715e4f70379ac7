import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { loadModules } from '../testing/modules.ts';
import { dockerSave, type ImageLayer, ociLayout, sha256 } from '../testing/saved-image-builder.ts';
import { buildTar, type TarEntry } from '../testing/tar-builder.ts';
import { hasTool } from '../testing/tools.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import { Image } from './image.ts';

const host = webHost(loadModules());
const bytes = (text: string) => new TextEncoder().encode(text);
const open = (data: Uint8Array, name = 'image.tar') => new Image(host, [new MemorySource(name, data)]);
const base = buildTar([{ path: 'Files/base.txt', data: bytes('base') }]).bytes;
const middle = buildTar([{ path: 'Files/.wh.base.txt' }, { path: 'Files/new.txt', data: bytes('new') }]).bytes;
const top = buildTar([{ path: 'Files/top.txt', data: bytes('top') }]).bytes;
const LAYERS: readonly ImageLayer[] = [
  { bytes: base, createdBy: 'Apply image 10.0.20348.2340' },
  {
    bytes: new Uint8Array(gzipSync(middle)),
    diffId: sha256(middle),
    createdBy: 'cmd /S /C del   base.txt',
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  { bytes: top, createdBy: '/bin/sh -c #(nop) COPY file:1 in / # buildkit' },
];
const plain = LAYERS.map((layer, i) => ({ ...layer, bytes: [base, middle, top][i]! }));

const layers = ({ parts }: ReportNode) =>
  parts.flatMap(function mounted(node): ReportNode[] {
    return node.kind !== null || node.refusal !== null ? [node] : node.parts.flatMap(mounted);
  });
const told = (node: ReportNode) => layers(node).map(({ mount, title, kind }) => [mount, title, kind]);
const paths = (image: Image, mount: string) => {
  const { findings, chunks } = image.scanNext(mount, 1000);
  expect(findings).toEqual([]);
  return chunks.reduce((count, chunk) => count + chunk.count, 0);
};
function verify(image: Image, mount: string) {
  const { supported, findings, finished } = image.verifyNext(mount, 60_000);
  expect(finished).toBe(true);
  return supported ? findings.map(({ code }) => code) : null;
}

const EXPECTED = [
  ['l1', 'Apply image 10.0.20348.2340', 'tree'],
  ['l2', 'del base.txt', 'tree'],
  ['l3', 'COPY file:1 in /', 'tree'],
];

describe.each([
  ['an OCI layout', buildTar(ociLayout({ 'app:1': LAYERS })).bytes],
  ['docker save', buildTar(dockerSave('app:1', plain)).bytes],
  ['docker save, compressed', new Uint8Array(gzipSync(buildTar(dockerSave('app:1', plain)).bytes))],
  ['both, as Docker writes them now', buildTar([...ociLayout({ 'app:1': LAYERS }), ...dockerSave('x:1', plain)]).bytes],
])('%s', (_, data) => {
  const image = open(data);
  const { root } = image.report();
  const archive = root.kind === null ? root.parts[0]! : root;

  test('opens into its layers, base first, with the commands that made them', () => {
    expect(archive.facts).toMatchObject({ image: 'app:1', layers: 3, os: 'windows', 'os.version': '10.0.20348.2340' });
    expect(archive.findings).toEqual([]);
    expect(told(archive)).toEqual(EXPECTED);
    expect(layers(archive)[1]!.facts).toMatchObject({ layer: 2, layers: 3, createdBy: 'del base.txt' });
    expect(EXPECTED.map(([mount]) => paths(image, mount!))).toEqual([2, 3, 2]);
  });

  test('checks each layer against its digest', () => {
    expect(EXPECTED.map(([mount]) => verify(image, mount!))).toEqual([[], [], []]);
  });
});

test('a changed layer or manifest is told', () => {
  const entries = ociLayout({ 'app:1': LAYERS });
  const changed = (wanted: (data: Uint8Array) => boolean) =>
    open(
      buildTar(
        entries.map((entry): TarEntry => {
          if (entry.data === undefined || !wanted(entry.data)) return entry;
          const data = entry.data.slice();
          data[data.lastIndexOf(0x6f)]! ^= 0x20; // some `o` becomes an `O`
          return { ...entry, data };
        }),
      ).bytes,
    );
  const image = changed((data) => data === top);
  expect(['l1', 'l2', 'l3'].map((mount) => verify(image, mount))).toEqual([[], [], ['layerDigest']]);
  const broken = changed((data) => new TextDecoder().decode(data).includes('rootfs'));
  expect(broken.report().root.findings.map(({ code }) => code)).toContain('imageDigest');
});

test('a foreign layer is absent, and the others are there', () => {
  const foreign = {
    bytes: null,
    createdBy: 'base',
    mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  };
  for (const data of [ociLayout({ a: [foreign, LAYERS[2]!] }), dockerSave('a', [foreign, LAYERS[2]!])]) {
    const { root } = open(buildTar(data).bytes).report();
    const [absent, present] = layers(root);
    expect(root.findings.map(({ code }) => code)).toEqual(['imageLayerAbsent']);
    expect(absent).toMatchObject({ mount: 'l1', kind: null, refusal: { code: 'MissingData' } });
    expect(present).toMatchObject({ mount: 'l2', kind: 'tree' });
  }
});

test('several images stand side by side', () => {
  const { root } = open(buildTar(ociLayout({ 'a:1': LAYERS.slice(0, 1), 'b:2': LAYERS.slice(0, 2) })).bytes).report();
  expect(root.parts.map(({ mount, title }) => [mount, title])).toEqual([
    ['i1', 'a:1'],
    ['i2', 'b:2'],
  ]);
  expect(layers(root).map(({ mount }) => mount)).toEqual(['i1::l1', 'i2::l1', 'i2::l2']);
});

test('a layer that stands twice is one file', () => {
  const { root } = open(buildTar(dockerSave('a', [plain[0]!, plain[0]!])).bytes).report();
  expect(layers(root).map(({ mount, kind }) => [mount, kind])).toEqual([
    ['l1', 'tree'],
    ['l2', 'tree'],
  ]);
});

test.each([
  ['no JSON', '{'],
  ['another thing', '{"version": 1}'],
  ['a list of nothing', '[1, null, {"Layers": 3}]'],
  ['a path that leads out', '[{"Config": "../../x", "Layers": ["../../../etc/passwd", 4]}]'],
])('a manifest.json that is %s', (_, text) => {
  const { root } = open(buildTar([{ path: 'manifest.json', data: bytes(text) }]).bytes).report();
  expect(root.kind).toBe('tree');
  expect(layers(root).every(({ refusal }) => refusal !== null)).toBe(true);
});

describe('images that skopeo has written', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-skopeo-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tools = hasTool('skopeo');

  test.skipIf(!tools).each(['docker-archive', 'oci-archive'])('%s', (kind) => {
    const layout = path.join(folder, `layout-${kind}`);
    for (const { path: name, data } of ociLayout({ 'app:1': LAYERS })) {
      mkdirSync(path.dirname(path.join(layout, name)), { recursive: true });
      if (data !== undefined) writeFileSync(path.join(layout, name), data);
    }
    const file = path.join(folder, `${kind}.tar`);
    const reference = `${kind}:${file}:example/app:1`;
    const options = ['--insecure-policy', '--override-os', 'windows', '--override-arch', 'amd64', 'copy'];
    const { stderr, status } = spawnSync('skopeo', [...options, `oci:${layout}:app:1`, reference]);
    expect(status, String(stderr)).toBe(0);
    const image = open(readFileSync(file));
    const { root } = image.report();
    expect(told(root)).toEqual(EXPECTED);
    expect(EXPECTED.map(([mount]) => verify(image, mount!))).toEqual([[], [], []]);
    expect(EXPECTED.map(([mount]) => paths(image, mount!))).toEqual([2, 3, 2]);
  });
});
