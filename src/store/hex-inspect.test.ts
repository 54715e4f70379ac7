import { expect, test } from 'vitest';
import { inspect } from './hex-inspect.ts';

const told = (bytes: readonly number[], little = true) =>
  Object.fromEntries(inspect(Uint8Array.from(bytes), little).map(({ kind, value }) => [kind, value]));

test('numbers of both byte orders, signed and unsigned where they differ', () => {
  const bytes = [0xff, 0xfe, 0xfd, 0xfc, 0, 0, 0, 0x80];
  expect(told(bytes)).toMatchObject({
    int8: '-1 / 255',
    int16: '-257 / 65279',
    int32: '-50462977 / 4244504319',
    int64: '-9223372032610271489 / 9223372041099280127',
  });
  expect(told(bytes, false)).toMatchObject({ int16: '-2 / 65534', int32: '-66052 / 4294901244' });
  expect(told([1, 0, 0, 0])['int32']).toBe('1');
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, 1.5, true);
  expect(told([...new Uint8Array(view.buffer)])['float64']).toBe('1.5');
});

test('times', () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 133_485_408_000_000_000n, true);
  const filetime = [...new Uint8Array(view.buffer)];
  expect(told(filetime)['filetime']).toBe('2024-01-01T00:00:00.0000000Z');
  expect(told(filetime.toReversed(), false)['filetime']).toBe('2024-01-01T00:00:00.0000000Z');
  view.setInt32(0, 1_704_067_200, true);
  expect(told([...new Uint8Array(view.buffer)])['unixTime']).toBe('2024-01-01T00:00:00Z');
  // 2024-01-02 03:04:06
  const date = ((2024 - 1980) << 9) | (1 << 5) | 2;
  const time = (3 << 11) | (4 << 5) | 3;
  expect(told([time & 255, time >> 8, date & 255, date >> 8])['dosTime']).toBe('2024-01-02 03:04:06');
  expect(told([0, 0, 0, 0])['dosTime']).toBeNull();
});

test('ids and text', () => {
  const guid = [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
  expect(told(guid)['guid']?.toLowerCase()).toContain('00112233-4455-6677-8899-aabbccddeeff');
  expect(told([0x48, 0x69, 0])['ansi']).toBe('Hi');
  expect(told([0x48, 0, 0x69, 0, 0, 0])['utf16']).toBe('Hi');
  expect(told([0, 1])['ansi']).toBeNull();
});

test('at the end of a file only what still has its bytes', () => {
  const rows = told([7]);
  expect(rows['int8']).toBe('7');
  for (const kind of ['int16', 'int32', 'int64', 'float32', 'filetime', 'guid', 'utf16'])
    expect(rows[kind], kind).toBeNull();
});
