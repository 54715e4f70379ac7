/** What a dropped file is, or seems to be: by its content, whatever its name. */
import { describe, expect, test } from 'vitest';
import { PROBE_HEAD } from '../base/limits.ts';
import { createCodecs } from '../codec/codecs.ts';
import { MemorySource } from '../source/memory.ts';
import { buildHive } from '../testing/hive-builder.ts';
import { newLog } from '../testing/hive-log-builder.ts';
import { hostileImages } from '../testing/hostile-images.ts';
import { loadModules } from '../testing/modules.ts';
import { identify } from './identify.ts';
import { seemsToBe } from './recognise.ts';

const codecs = createCodecs(loadModules());
const of = (bytes: Uint8Array) => identify(new MemorySource('unknown', bytes), codecs);
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** `size` bytes with `text` at `offset`, and something that is neither zero nor text around it. */
function at(offset: number, text: string, size = PROBE_HEAD): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x81);
  bytes.set(latin1(text), offset);
  return bytes;
}

const FORMATS: Readonly<Record<string, string>> = {
  'layer store': 'ntfs',
  nested: 'vhdx',
  package: 'zip',
  'profile disk': 'ntfs',
};

describe('identify', () => {
  test.each(hostileImages().map((image) => [image.id, image.bytes] as const))('%s', (id, bytes) => {
    const { format, refusal, title } = of(bytes);
    expect({ format, refusal }).toEqual({ format: FORMATS[id] ?? id.split(' ')[0], refusal: null });
    expect(title).not.toBe('');
  });

  test('states the identity of containers and volumes', () => {
    const vhdx = hostileImages().find(({ id }) => id === 'vhdx dynamic')!;
    expect(Object.keys(of(vhdx.bytes).identity)).toContain('virtualDiskId');
  });

  test('what no format takes is refused with what it seems to be', () => {
    expect(of(latin1('hello'))).toMatchObject({
      format: null,
      refusal: { code: 'UnsupportedFormat', actual: 'plain text', where: { source: 'unknown', offset: 0 } },
    });
  });

  test('rule files of other products are none of them', () => {
    for (const text of ['1\r\n## x\r\n', '<FrxProfileFolderRedirection>', 'exclude_path=\\a\n'])
      expect(of(latin1(text))).toMatchObject({ format: 'rules', refusal: null });
  });

  test('a source that cannot be read is refused with its error', () => {
    const source = new MemorySource('gone', new Uint8Array(10));
    source.readInto = () => {
      throw new TypeError('broken');
    };
    expect(identify(source, codecs).refusal).toMatchObject({ code: 'UnexpectedTrap', actual: 'TypeError: broken' });
  });
});

describe('seemsToBe', () => {
  const window = (head: Uint8Array, size = head.length, tail = head.subarray(-1024)) => ({ head, tail, size });

  test.each([
    [3, '-FVE-FS-', 'a BitLocker encrypted volume'],
    [424, '\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01', 'a BitLocker To Go volume'],
    [0, 'LUKS\xba\xbe', 'a LUKS encrypted volume'],
    [3, 'ReFS\0\0\0\0', 'a ReFS volume'],
    [0, 'SPACEDB ', 'a Storage Spaces disk'],
    [512, 'LABELONE', 'an LVM physical volume'],
    [0, 'PK\x03\x04', 'a ZIP archive (MSIX, APPX, Office)'],
    [0, '\x89PNG\r\n\x1a\n', 'a PNG picture'],
    [0, '\xff\xd8\xff', 'a JPEG picture'],
    [0, 'GIF8', 'a GIF picture'],
    [0, 'Rar!\x1a\x07', 'a RAR archive'],
    [0, 'BZh', 'bzip2 data'],
    [0, 'MZ', 'a Windows program'],
  ])('at %i %j', (offset, text, name) => {
    expect(seemsToBe(window(at(offset, text)))).toBe(name);
    // and not when the signature is cut off
    expect(seemsToBe(window(at(offset, text).subarray(0, offset + text.length - 1)))).not.toBe(name);
  });

  test('nothing, zeros, text, the end of a disk image, a log, none of them', () => {
    expect(seemsToBe(window(new Uint8Array(0)))).toBe('an empty file');
    expect(seemsToBe(window(new Uint8Array(4096)))).toBe('nothing but zeros');
    expect(seemsToBe(window(new Uint8Array(PROBE_HEAD), 1 << 30))).toBe('zeros at its beginning');
    expect(seemsToBe(window(latin1('a line\r\n\tanother\n')))).toBe('plain text');
    expect(seemsToBe(window(at(0, '', 1024), 1 << 20, at(512, 'koly', 1024)))).toBe('an Apple disk image');
    const database = 'the database of a Windows dynamic disk';
    for (const last of [0, 512])
      expect(seemsToBe(window(at(0, '', 1024), 1 << 20, at(last, 'PRIVHEAD', 1024)))).toBe(database);
    expect(seemsToBe(window(newLog([buildHive({ name: 'r' }), buildHive({ name: 'r' })], 1)))).toBe(
      'the transaction log of a registry hive',
    );
    expect(seemsToBe(window(at(0, '')))).toBe('data of no kind that is known here');
  });
});
