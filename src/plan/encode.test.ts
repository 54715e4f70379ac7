import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { windowsUpcase } from '../index/upcase.ts';
import { propertyRun } from '../testing/property-run.ts';
import { base64, compareNames, comparePaths, fieldText, fromBase64, splitPlanPath, textField } from './encode.ts';
import { hashText, valueHash } from './value-hash.ts';

const upcase = windowsUpcase();
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe('text fields', () => {
  test('plain where JSON can carry it, else base64url of UTF-16LE', () => {
    expect(textField('n', 'a\u{1f600}')).toEqual({ n: 'a\u{1f600}' });
    expect(textField('n', 'a\ud800')).toEqual({ n16: 'YQAA2A' });
    expect(textField('v', 'a\0')).toEqual({ v16: 'YQAAAA' });
    expect(textField('v', '')).toEqual({ v: '' });
  });

  test('every text comes back', () => {
    fc.assert(
      fc.property(anyText, (text) => fieldText(JSON.parse(JSON.stringify(textField('p', text))), 'p') === text),
      propertyRun(),
    );
  });

  test.each([[{ n: 'a', n16: 'YQA' }], [{ n16: 'YQ' }], [{ n16: 'Y' }], [{ n16: '!!!' }]])('refuses %j', (object) => {
    expect(() => fieldText(object, 'n')).toThrow(FormatError);
  });

  test('neither field is no name', () => {
    expect(fieldText({}, 'n')).toBeNull();
    expect(fieldText({ n: 1 }, 'n')).toBeNull();
  });
});

describe('paths', () => {
  test.each(['\\a', 'a\\', 'a\\\\b', '.', 'a\\..\\b'])('refuses %j', (text) => {
    expect(() => splitPlanPath(text)).toThrow(FormatError);
  });

  test('a subtree is contiguous: the separator sorts before every unit', () => {
    const paths = ['ab', 'a b', 'a\\b\\c', 'b', 'a!', 'a', 'A\\z', 'a\\b'].map((p) => p.split('\\'));
    expect(paths.sort((a, b) => comparePaths(a, b, upcase)).map((p) => p.join('\\'))).toEqual([
      'A\\z',
      'a',
      'a\\b',
      'a\\b\\c',
      'a b',
      'a!',
      'ab',
      'b',
    ]);
  });

  test('order is by upcased units, then by the units themselves', () => {
    expect(compareNames('b', 'A', upcase)).toBeGreaterThan(0);
    expect(compareNames('a', 'A', upcase)).toBeGreaterThan(0);
    expect(compareNames('a', 'a', upcase)).toBe(0);
    // Underscore stands between the capitals and the small letters: upcasing decides.
    expect(compareNames('a_', 'ab', upcase)).toBeGreaterThan(0);
    expect(compareNames('ß', 'SS', upcase)).toBeGreaterThan(0);
  });

  test('it is a total order', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (a, b, c) => {
        const [ab, bc, ac] = [compareNames(a, b, upcase), compareNames(b, c, upcase), compareNames(a, c, upcase)];
        return Math.sign(ab) === -Math.sign(compareNames(b, a, upcase)) && !(ab <= 0 && bc <= 0 && ac > 0);
      }),
      propertyRun(),
    );
  });
});

describe('bytes', () => {
  test('base64 comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
        expect(fromBase64(base64(bytes))).toEqual(bytes);
      }),
      propertyRun(50),
    );
  });

  test('value hash is FNV-1a over type, size and data', () => {
    const fnv = (type: number, data: Uint8Array) => {
      const head = new DataView(new ArrayBuffer(8));
      head.setUint32(0, type, true);
      head.setUint32(4, data.length, true);
      let hash = 0xcbf29ce484222325n;
      for (const byte of [...new Uint8Array(head.buffer), ...data])
        hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
      return hash.toString(16).padStart(16, '0');
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.uint8Array({ maxLength: 300 }), (type, data) => {
        expect(valueHash(type, data)).toBe(fnv(type, data));
      }),
      propertyRun(),
    );
    expect(hashText(0x1, 0xffffffff)).toBe('00000001ffffffff');
  });
});
