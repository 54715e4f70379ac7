import { describe, expect, it } from 'vitest';
import { SKIP, WasmNames } from '../../src/codec/names.ts';
import { windowsUpcase } from '../../src/index/upcase.ts';
import { randomRun } from '../../src/testing/layers.ts';
import { loadModule } from '../../src/testing/modules.ts';
import { PlainNames } from '../../src/testing/twins/overlay.ts';

const kernel = (checked = true) => new WasmNames(loadModule('overlay', checked), windowsUpcase());

function columns(texts: readonly string[]) {
  const nameOffset = new Uint32Array(texts.length);
  const nameLength = new Uint16Array(texts.length);
  let at = 0;
  texts.forEach((text, i) => {
    nameOffset[i] = at;
    nameLength[i] = text.length;
    at += text.length;
  });
  const names = new Uint16Array(at);
  texts.forEach((text, i) => {
    for (let k = 0; k < text.length; k++) names[nameOffset[i]! + k] = text.charCodeAt(k);
  });
  return { names, nameOffset, nameLength };
}

describe('folding', () => {
  it('gives one id to names that Windows cannot tell apart', () => {
    const names = kernel();
    const ids = names.fold(
      columns(['Windows', 'WINDOWS', 'windows ', 'straße', 'STRASSE', '\u0131', 'I', '', '\ud800', '\ud801']),
    );
    expect([...ids]).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(names.text(2)).toBe('STRAßE');
    expect(names.id('wInDoWs')).toBe(0);
    expect(names.count).toBe(9);
  });

  it('tells names apart that differ only in length, in NULs or in the last unit', () => {
    const texts = [
      '',
      '\0',
      '\0\0',
      'abcd',
      'abcd\0',
      'abcde',
      'abcdf',
      `${'x'.repeat(65_534)}y`,
      `${'x'.repeat(65_534)}z`,
    ];
    expect([...kernel().fold(columns(texts))]).toEqual(texts.map((_, i) => i));
  });

  it('agrees with the twin over many names, beyond one window and one hash table', () => {
    const { random, seed } = randomRun(1);
    const texts = Array.from({ length: 90_000 }, () => {
      const length = Math.floor(random() ** 3 * 40);
      let text = '';
      for (let i = 0; i < length; i++)
        text += String.fromCharCode(Math.floor(random() * (random() < 0.9 ? 128 : 65_536)));
      return text;
    });
    const [wasm, plain] = [kernel(), new PlainNames(windowsUpcase())];
    const ids = wasm.fold(columns(texts));
    expect(ids, `seed ${seed}`).toEqual(plain.fold(columns(texts)));
    expect(wasm.count).toBe(plain.count);
    for (let id = 0; id < wasm.count; id += 997) expect(wasm.text(id)).toBe(plain.text(id));
    for (let n = 0; n < 3000; n++) {
      const [a, b] = [Math.floor(random() * wasm.count), Math.floor(random() * wasm.count)];
      expect(Math.sign(wasm.compare(a, b))).toBe(Math.sign(plain.compare(a, b)));
    }
    for (const text of ['', 'a', 'Ab', '\0', 'zzz']) expect(wasm.search(text)).toEqual(plain.search(text));
  });

  it('takes no longer for names that were made to meet in one slot', () => {
    // Four units and four more whose differences cancel out in a chain of multiply and shift, whatever it starts with.
    const choices = ['AAAAAAAA', 'AAA\u8041AAE\u8041'];
    const made = (parts: (i: number, bit: number) => string) =>
      columns(Array.from({ length: 1 << 15 }, (_, i) => Array.from({ length: 15 }, (_, bit) => parts(i, bit)).join('')));
    const cpu = (pool: ReturnType<typeof columns>) => {
      const space = kernel(false);
      const start = process.cpuUsage().user;
      space.fold(pool);
      expect(space.count).toBe(1 << 15);
      return process.cpuUsage().user - start;
    };
    const plain = made((i, bit) => `AAAAAAA${(i >> bit) & 1}`);
    cpu(plain);
    // half a second is what other threads of the process may take meanwhile
    expect(cpu(made((i, bit) => choices[(i >> bit) & 1]!))).toBeLessThan(4 * cpu(plain) + 500_000);
  });

  it('takes names in any order of their pool', () => {
    const { names, nameOffset, nameLength } = columns(['one', 'two', 'three']);
    const back = { names, nameOffset: nameOffset.toReversed(), nameLength: nameLength.toReversed() };
    const space = kernel();
    expect([...space.fold(back)].map((id) => space.text(id))).toEqual(['THREE', 'TWO', 'ONE']);
  });
});

describe('joining', () => {
  it('agrees with the twin on random directories', () => {
    const { count, random, seed } = randomRun(300);
    const [wasm, plain] = [kernel(), new PlainNames(windowsUpcase())];
    const pool = Array.from({ length: 5000 }, (_, i) => `name${(i * 7919) % 5000}${'x'.repeat(i % 9)}`);
    expect(wasm.fold(columns(pool))).toEqual(plain.fold(columns(pool)));
    for (let n = 0; n < count; n++) {
      const groups = Array.from({ length: 1 + Math.floor(random() * 20) }, () => {
        const size = Math.floor(random() ** 4 * 400);
        return Array.from({ length: size }, () => (random() < 0.05 ? SKIP : Math.floor(random() * wasm.count)));
      });
      const results = [wasm, plain].map((names) => {
        const window = names.window();
        window.entries.set(groups.flat());
        window.groups.set(groups.map((g) => g.length));
        names.join(groups.length);
        const sizes = [...window.groups.subarray(0, groups.length)];
        const distinct = sizes.reduce((sum, size) => sum + size, 0);
        return {
          sizes,
          unique: [...window.unique.subarray(0, distinct)],
          places: [...window.entries.subarray(0, groups.flat().length)],
        };
      });
      expect(results[0], `seed ${seed}, round ${n}`).toEqual(results[1]);
    }
  });

  it('refuses ids it never gave and groups beyond the window', () => {
    const names = kernel();
    const window = names.window();
    window.entries[0] = 17;
    window.groups[0] = 1;
    expect(() => names.join(1)).toThrow('expected ids of this name space');
    window.groups[0] = window.entries.length + 1;
    expect(() => names.join(1)).toThrow('status');
    expect(() => names.join(window.groups.length + 1)).toThrow('status');
  });

  it('answers alike in the release and the checked build', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `File ${(i * 31) % 7000}.txt`);
    const [a, b] = [kernel(true), kernel(false)];
    expect(a.fold(columns(texts))).toEqual(b.fold(columns(texts)));
  });
});
