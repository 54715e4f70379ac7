/** Real disks against qemu-img and The Sleuth Kit: same bytes, same partitions; and nothing else taken for a disk. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCodecs } from '../codec/codecs.ts';
import type { Resolve } from '../source/format.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { readBytes } from '../source/read.ts';
import type { ByteSource } from '../source/types.ts';
import { expectBytes, probeWindow, walkSource } from '../testing/conformance.ts';
import { corpus, corpusFolder } from '../testing/corpus.ts';
import { Random } from '../testing/damage.ts';
import { hasLibvhdi, libvhdiDisk } from '../testing/libvhdi.ts';
import { loadModules } from '../testing/modules.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { containerFormats } from './registry.ts';
import type { OpenedContainer } from './types.ts';

const context = { codecs: createCodecs(loadModules()), resolve: () => [] };

function openSource(source: ByteSource, resolve: Resolve = context.resolve): OpenedContainer {
  const format = containerFormats.find((candidate) => candidate.probe(probeWindow(source)));
  if (format === undefined) throw new Error(`${source.name} is no container`);
  return format.open(source, { ...context, resolve });
}
const openFile = (file: string): OpenedContainer => openSource(new NodeFileSource(file));
const diskOf = (file: string): ByteSource => openFile(file).parts[0]!.source;

/** Every file of the corpus that is a container, with its format; all others must be left alone. */
const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  vhdx: [
    'LTRData+DiscUtils/Tests/LibraryTests/Vhdx/Data/vhdx-log-replay.vhdx',
    'fox-it+dissect.hypervisor/tests/_data/disk/vhdx/dynamic.vhdx',
    'picrap+ExFat/ExFat.DiscUtils.Tests/exFAT.vhdx',
    'xqemu+xqemu/tests/qemu-iotests/sample_images/iotest-dynamic-1G.vhdx',
  ],
  vhd: [
    'fox-it+dissect.hypervisor/tests/_data/disk/vhd/fixed.vhd',
    'fox-it+dissect.ntfs/tests/data/ntfs.bin',
    'log2timeline+dfvfs/test_data/image-differential.vhd',
    'log2timeline+dfvfs/test_data/image.vhd',
    'log2timeline+plaso/test_data/image.vhd',
    'sleuthkit+sleuthkit/test/data/image.vhd',
    'xqemu+xqemu/tests/qemu-iotests/sample_images/afl5.img',
    'xqemu+xqemu/tests/qemu-iotests/sample_images/virtualpc-dynamic.vhd',
  ],
  vdi: ['fox-it+dissect.hypervisor/tests/_data/disk/vdi/basic.vdi'],
  qcow2: [
    'fox-it+dissect.hypervisor/tests/_data/disk/qcow2/backing-chain-1.qcow2',
    'fox-it+dissect.hypervisor/tests/_data/disk/qcow2/backing-chain-2.qcow2',
    'fox-it+dissect.hypervisor/tests/_data/disk/qcow2/backing-chain-3.qcow2',
    'fox-it+dissect.hypervisor/tests/_data/disk/qcow2/basic.qcow2',
    'log2timeline+dfvfs/test_data/ext2.qcow2',
    'log2timeline+dfvfs/test_data/windows_volume.qcow2',
    'log2timeline+plaso/test_data/image.qcow2',
    'sleuthkit+sleuthkit/test/data/image.qcow',
    'vasi+qcow2-rs/tests/test.qcow2',
  ],
  vmdk: [
    'log2timeline+plaso/test_data/image.vmdk',
    'masahiro331+go-vmdk-parser/pkg/virtualization/vmdk/testdata/vmdk-invalid.img',
    'masahiro331+go-vmdk-parser/pkg/virtualization/vmdk/testdata/vmdk-monolith.img',
    'masahiro331+go-vmdk-parser/pkg/virtualization/vmdk/testdata/vmdk-streamoptimized.img',
    'strozfriedberg+vmdk-rs/data/monolithicFlat.vmdk',
    'strozfriedberg+vmdk-rs/data/monolithicSparse.vmdk',
    'strozfriedberg+vmdk-rs/data/twoGbMaxExtentFlat.vmdk',
    'strozfriedberg+vmdk-rs/data/twoGbMaxExtentSparse-s001.vmdk',
    'strozfriedberg+vmdk-rs/data/twoGbMaxExtentSparse.vmdk',
    'vatesfr+xo-vmdk-to-vhd/test.vmdk',
    'xqemu+xqemu/tests/qemu-iotests/sample_images/iotest-version3.vmdk',
  ],
  sdi: ['a1ive+ntloader/utils/rootfs/boot.sdi', 'jschicht+Tiny_NTFS/boot.sdi'],
  gzip: [
    'msuhanov+dfir_ntfs/test_data/vss_1_vol.tar.gz',
    'picrap+ExFat/ExFat.DiscUtils.Tests/Environment/exFAT.vhdx.gz',
  ],
  gpt: [
    'SecurityRonin+forensic-vfs-engine/tests/data/gpt_ntfs.E01.raw',
    'cecton+gptman/assets/disk1.4db1132.img',
    'cecton+gptman/assets/disk1.img',
    'cecton+gptman/tests/fixtures/disk1.img',
    'fox-it+dissect.volume/tests/data/gpt.bin',
    'fox-it+dissect.volume/tests/data/gpt_4k.bin',
    'msuhanov+dfir_ntfs/test_data/gpt-512-3p.raw',
    'radareorg+radare2-testbins/fs/gpt.img',
  ],
  mbr: [
    'google+grr/grr/test/grr_response_test/test_data/ntfs_img.dd',
    'log2timeline+plaso/test_data/tsk_volume_system.raw',
    'msuhanov+dfir_ntfs/test_data/exfat_lin_part.raw',
    'msuhanov+dfir_ntfs/test_data/mbr-4096-p1e0.bin',
    'msuhanov+dfir_ntfs/test_data/mbr-512-p0.bin',
    'msuhanov+dfir_ntfs/test_data/mbr-512-p1e2.bin',
    'msuhanov+dfir_ntfs/test_data/mbr-512-p4.bin',
    'msuhanov+dfir_ntfs/test_data/ntfs_index.raw',
    'pbatard+rufus/res/loc/test/arch_trunc.iso',
    'util-linux+util-linux/tests/ts/blkid/images-pt/dos+bsd.img',
    'xqemu+xqemu/tests/qemu-iotests/sample_images/grub_mbr.raw',
  ],
};

/** Containers that are refused, by the end of their path, with what the refusal says. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['vhd', 'afl5.img', 'UnexpectedEnd: afl5.img at 0x404'],
  ['vhd', 'image-differential.vhd', 'the parent "image.vhd" with uniqueId d49c5c80-350a-4a89-898a-5ad6d10f6578'],
  ['qcow2', 'backing-chain-1.qcow2', 'the backing file "backing-chain-2.qcow2"'],
  ['qcow2', 'backing-chain-2.qcow2', 'the backing file "backing-chain-3.qcow2"'],
  ['qcow2', 'image.qcow', 'qcow (version 1), which qemu-img converts'],
  ['vmdk', 'vmdk-invalid.img', 'InvalidSignature: vmdk-invalid.img at 0x200'],
  [
    'vmdk',
    'monolithicFlat.vmdk',
    'MissingPart: monolithicFlat.vmdk at 0x0: expected the data of the disk in "monolithicFlat-flat.vmdk"',
  ],
  ['vmdk', 'twoGbMaxExtentFlat.vmdk', 'the data of the disk in "twoGbMaxExtentFlat-f001.vmdk"'],
  ['vmdk', 'twoGbMaxExtentSparse.vmdk', 'the data of the disk in "twoGbMaxExtentSparse-s001.vmdk"'],
  ['vmdk', 'twoGbMaxExtentSparse-s001.vmdk', 'an extent of a disk in several files'],
];

describe.skipIf(corpusFolder() === null)('the corpus', () => {
  test('each container is recognised by content, and nothing else is taken for one', () => {
    const found: Record<string, string[]> = {};
    const folder = corpusFolder()!;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, name);
      if (!statSync(file).isFile()) continue;
      const source = new NodeFileSource(file);
      const format = containerFormats.find((candidate) => candidate.probe(probeWindow(source)));
      source.close();
      if (format !== undefined) found[format.id] = [...(found[format.id] ?? []), name];
    }
    for (const [id, files] of Object.entries(CONTAINERS)) expect(found[id]?.sort()).toEqual(files);
    expect(Object.keys(found).sort()).toEqual(Object.keys(CONTAINERS).sort());
  });

  test('each opens and can be walked, or says why not', () => {
    for (const file of Object.values(CONTAINERS).flat()) {
      if (REFUSED.some(([, name]) => file.endsWith(`/${name}`))) continue;
      for (const { source } of openFile(corpus(file)!).parts) walkSource(source);
    }
  });

  test.each(REFUSED)('%s %s is refused with its reason', (format, name, sentence) => {
    const file = CONTAINERS[format]!.find((path) => path.endsWith(`/${name}`))!;
    expect(() => openFile(corpus(file)!)).toThrow(sentence);
  });

  test('a differencing VHD is read through its parent, which has the id the child names', () => {
    const [child, base] = [CONTAINERS['vhd']![2]!, CONTAINERS['vhd']![3]!].map((name) => corpus(name)!);
    const parent = openFile(base!);
    expect(parent.identity['uniqueId']).toBe('d49c5c80-350a-4a89-898a-5ad6d10f6578');
    expect(parent.findings.map(({ code }) => code)).toEqual(['vhdFooterChecksum']);
    const below = parent.parts[0]!.source;
    const opened = openSource(new NodeFileSource(child!), () => [below]);
    expect(opened.facts['parent']).toMatchObject({ name: 'image.vhd', uniqueId: parent.identity['uniqueId'] });
    const { source } = opened.parts[0]!;
    const bytes = readBytes(source, 0, source.size);
    if (hasLibvhdi()) expectBytes(bytes, libvhdiDisk([base!, child!]));
    // its one block has all bits of the bitmap, so nothing of the parent shows
    expect([...source.extents(0, source.size)].map(({ file }) => file)).toEqual(['image-differential.vhd']);
  });

  test('Virtual PC’s rounded geometry does not cut the disk', () => {
    expect(diskOf(corpus(CONTAINERS['vhd']![7]!)!).size).toBe(136_365_211_648);
  });

  test('the VHD and the VHDX of one volume hold one table', () => {
    const vhd = openSource(diskOf(corpus(CONTAINERS['vhd']![0]!)!));
    const vhdx = openSource(diskOf(corpus(CONTAINERS['vhdx']![1]!)!));
    const tables = [vhd, vhdx].map(({ parts }) =>
      parts.map(({ facts }) => [facts['lba'], facts['sectors'], facts['type']]),
    );
    expect(tables[0]).toEqual([[128, 14336, '0x07']]);
    expect(tables[1]).toEqual(tables[0]);
  });
});

describe.skipIf(corpusFolder() === null || !hasTool('qemu-img'))('bytes equal qemu-img’s', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'containers-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Compares all of a small disk, or random 64 KiB windows in what a large one stores. */
  function compare(disk: ByteSource, file: string, format: string): void {
    const raw = path.join(folder, 'raw');
    if (disk.size <= 2 ** 31) {
      runTool('qemu-img', ['convert', '-f', format, '-O', 'raw', file, raw]);
      const whole = new NodeFileSource(raw);
      expect(whole.size).toBe(disk.size);
      for (let at = 0; at < disk.size; at += 16 << 20) {
        const length = Math.min(16 << 20, disk.size - at);
        expectBytes(readBytes(disk, at, length), readBytes(whole, at, length), `${length} bytes at ${at}`);
      }
      whole.close();
      return;
    }
    const random = new Random(1);
    const stored = [...disk.extents(0, disk.size)].filter(({ kind }) => kind !== 'zero');
    for (let i = 0; i < 12; i++) {
      const extent = random.pick(stored);
      const block = Math.floor((extent.offset + random.below(extent.length)) / 65_536);
      runTool('qemu-img', [
        'dd',
        '-f',
        format,
        '-O',
        'raw',
        'bs=64k',
        `count=${block + 1}`,
        `skip=${block}`,
        `if=${file}`,
        `of=${raw}`,
      ]);
      const window = new NodeFileSource(raw);
      expectBytes(readBytes(disk, block * 65_536, window.size), readBytes(window, 0, window.size), `block ${block}`);
      window.close();
    }
  }

  test.each([
    ['vhdx', CONTAINERS['vhdx']![1]!],
    ['vhdx', CONTAINERS['vhdx']![2]!],
    ['vhdx', CONTAINERS['vhdx']![3]!],
    ['vpc', CONTAINERS['vhd']![4]!],
    ['vpc', CONTAINERS['vhd']![5]!],
    ['vdi', CONTAINERS['vdi']![0]!],
    ['vmdk', CONTAINERS['vmdk']![0]!],
    ['vmdk', CONTAINERS['vmdk']![2]!],
    ['vmdk', CONTAINERS['vmdk']![3]!],
    ['vmdk', CONTAINERS['vmdk']![5]!],
    ['vmdk', CONTAINERS['vmdk']![9]!],
    ['vmdk', CONTAINERS['vmdk']![10]!],
  ])('%s %s', (format, name) => {
    const file = corpus(name)!;
    compare(diskOf(file), file, format);
  });

  test('a VHDX whose log qemu-img replayed', () => {
    const file = corpus(CONTAINERS['vhdx']![0]!)!;
    const copy = path.join(folder, 'replayed.vhdx');
    copyFileSync(file, copy);
    runTool('qemu-img', ['check', '-q', '-r', 'all', '-f', 'vhdx', copy]);
    compare(diskOf(file), copy, 'vhdx');
    expect(openFile(file).facts).toMatchObject({ state: 'log replayed', logEntries: 2 });
    expect(openFile(copy).facts).toMatchObject({ state: 'clean' });
    const [before, after] = [openFile(file), openFile(copy)].map((opened) => opened.fingerprint()[1]!.bytes);
    expectBytes(before!, after!, 'tables');
  });
});

describe.skipIf(corpusFolder() === null || !hasTool('mmls'))('partitions equal mmls’s', () => {
  /** `[first sector, sectors]` of everything that is a partition. */
  function mmls(file: string, args: readonly string[]): number[][] {
    const text = runTool('mmls', [...args, file]).toString();
    return [...text.matchAll(/^\d+: {2}(?:\d+:)?\d+ +(\d+) +\d+ +(\d+) +(.*)$/gm)]
      .filter(([, , , description]) => !/^(Empty|GPT Safety)/.test(description!))
      .map(([, start, length]) => [Number(start), Number(length)]);
  }

  /** The same of ours, partitions beyond the end of the image included. */
  function ours({ parts, findings, facts }: OpenedContainer): number[][] {
    const sector = Number(facts['sectorSize']);
    const outside = findings.filter(({ code }) => code === 'partitionOutside').map((finding) => finding.facts!);
    return [...parts.map((part) => part.facts), ...outside]
      .map((partition) => [Number(partition['start']) / sector, Number(partition['size']) / sector])
      .sort(([a], [b]) => a! - b!);
  }

  // mmls refuses disks whose partitions begin beyond the image (gpt.bin, grub_mbr.raw, ...) and 4Kn GPTs
  test.each([
    ['gpt', CONTAINERS['gpt']![0]!, []],
    ['gpt', CONTAINERS['gpt']![1]!, []],
    ['gpt', CONTAINERS['gpt']![2]!, []],
    ['gpt', CONTAINERS['gpt']![3]!, []],
    ['gpt', CONTAINERS['gpt']![6]!, []],
    ['mbr', CONTAINERS['mbr']![0]!, []],
    ['mbr', CONTAINERS['mbr']![1]!, []],
    ['mbr', CONTAINERS['mbr']![2]!, []],
    ['mbr', CONTAINERS['mbr']![3]!, ['-b', '4096']],
    ['mbr', CONTAINERS['mbr']![5]!, []],
    ['mbr', CONTAINERS['mbr']![7]!, []],
    ['mbr', CONTAINERS['mbr']![8]!, []],
    ['mbr', CONTAINERS['mbr']![9]!, []],
  ])('%s %s', (format, name, args) => {
    const file = corpus(name)!;
    const opened = openFile(file);
    expect(opened.format).toBe(format);
    expect(ours(opened)).toEqual(mmls(file, args));
  });

  test('gpt_4k.bin: three partitions where its own table puts them', () => {
    expect(ours(openFile(corpus(CONTAINERS['gpt']![5]!)!))).toEqual([
      [256, 257],
      [768, 257],
      [1280, 2907],
    ]);
  });
});
