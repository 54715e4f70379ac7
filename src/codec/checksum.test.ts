/** SHA-1, SHA-256 and both CRCs: published vectors, the platform's digest, and every way to cut the input. */
import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hex } from '../base/guid.ts';
import { Random } from '../testing/damage.ts';
import { loadModules } from '../testing/modules.ts';
import { CASTAGNOLI, IEEE, plainCrc } from '../testing/twins/crc.ts';
import { plainSha1 } from '../testing/twins/sha1.ts';
import { createCodecs } from './codecs.ts';

const text = (s: string) => new TextEncoder().encode(s);

describe.each([false, true])('checked %s', (checked) => {
  const codecs = createCodecs(loadModules(checked));

  test('known answers', () => {
    const sha1 = (bytes: Uint8Array) => {
      const hasher = codecs.sha1();
      hasher.update(bytes);
      return hex(hasher.digest());
    };
    // FIPS 180-2 appendix A
    expect(sha1(text(''))).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
    expect(sha1(text('abc'))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(sha1(text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
      '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    );
    const sha256 = (bytes: Uint8Array) => {
      const hasher = codecs.sha256();
      hasher.update(bytes);
      return hex(hasher.digest());
    };
    // FIPS 180-2 appendix B
    expect(sha256(text('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
    // The check values of the CRC catalogue, and RFC 3720 B.4 for Castagnoli
    expect(codecs.crc32(text('123456789'))).toBe(0xcbf43926);
    expect(codecs.crc32c(text('123456789'))).toBe(0xe3069283);
    expect(codecs.crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(codecs.crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });

  test('any length and any cut gives what the platform gives', () => {
    const random = new Random(1);
    for (const length of [1, 15, 16, 17, 55, 56, 63, 64, 65, 119, 128, 1000, (1 << 20) + 13, 2_500_000]) {
      const bytes = random.bytes(length);
      const hasher = codecs.sha1();
      const other = codecs.sha256(); // runs at the same time on the same instance
      let crc = 0;
      for (let at = 0; at < length; ) {
        const part = bytes.subarray(at, at + 1 + random.below(length));
        hasher.update(part);
        other.update(part);
        crc = codecs.crc32(part, crc);
        at += part.length;
      }
      expect(hex(other.digest()), `${length}`).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(hex(hasher.digest()), `${length}`).toBe(createHash('sha1').update(bytes).digest('hex'));
      expect(crc, `${length}`).toBe(zlibCrc32(bytes));
      const half = length >> 1;
      expect(codecs.crc32c(bytes.subarray(half), codecs.crc32c(bytes.subarray(0, half)))).toBe(codecs.crc32c(bytes));
    }
  });

  test('the plain functions say the same', () => {
    const random = new Random(2);
    for (let i = 0; i < 200; i++) {
      const bytes = random.bytes(random.below(i < 150 ? 300 : 20_000));
      const seed = random.below(2 ** 32);
      expect(codecs.crc32(bytes, seed)).toBe(plainCrc(bytes, IEEE, seed));
      expect(codecs.crc32c(bytes, seed)).toBe(plainCrc(bytes, CASTAGNOLI, seed));
      const hasher = codecs.sha1();
      hasher.update(bytes);
      expect(hex(hasher.digest())).toBe(hex(plainSha1(bytes)));
    }
  });
});
