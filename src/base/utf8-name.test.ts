import { expect, test } from 'vitest';
import { Random } from '../testing/damage.ts';
import { utf8Name } from './utf8-name.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('UTF-8 is what it is, also with a mark in front', () => {
  const text = '\ufeffcafé 文件 😀';
  expect(utf8Name(new TextEncoder().encode(text))).toBe(text);
});

test.each([
  ['Latin-1', bytes(0x63, 0xe9, 0x2e, 0x74), 'c\udce9.t'],
  ['an end cut off', bytes(0x61, 0xe6, 0x96), 'a\udce6\udc96'],
  ['too many bytes for a character', bytes(0xc0, 0xaf), '\udcc0\udcaf'],
  ['a surrogate', bytes(0xed, 0xa0, 0x80), '\udced\udca0\udc80'],
  ['characters beside it', bytes(0xff, 0xf0, 0x9f, 0x98, 0x80, 0x80), '\udcff😀\udc80'],
])('%s stands byte by byte', (_, name, expected) => {
  expect(utf8Name(name)).toBe(expected);
});

test('no two names become one, and each can be told back', () => {
  const random = new Random(5);
  const back = (text: string): Uint8Array => {
    const out: number[] = [];
    for (const character of text) {
      const unit = character.charCodeAt(0);
      if (character.length === 1 && unit >= 0xdc80 && unit <= 0xdcff) out.push(unit - 0xdc00);
      else out.push(...new TextEncoder().encode(character));
    }
    return Uint8Array.from(out);
  };
  const pieces = [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xff];
  for (let i = 0; i < 5000; i++) {
    const name = Uint8Array.from({ length: random.below(9) }, () => random.pick(pieces));
    expect(back(utf8Name(name))).toEqual(name);
  }
});
