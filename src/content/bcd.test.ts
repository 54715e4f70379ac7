import { describe, expect, test } from 'vitest';
import { fromHex } from '../base/guid.ts';
import { deviceText, elementCode, elementName, objectAlias, objectGuid, objectTitle, readElement } from './bcd.ts';

const bytes = (text: string) => fromHex(text.replaceAll(/\s/g, ''));
const units = (text: string) => new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);

/** Values as stores of real machines hold them. */
const BOOT = bytes(`${'00'.repeat(16)} 05000000 00000000 48000000 00000000 ${'00'.repeat(56)}`);
const GPT = bytes(`${'00'.repeat(16)} 06000000 00000000 48000000 00000000 03e1e024c29b7e47a5e23e42d2bb134f
  00000000 00000000 97536e371f7d4f4ea6685a62c1269e60 ${'00'.repeat(16)}`);
const MBR = bytes(`${'00'.repeat(16)} 06000000 00000000 48000000 00000000 0000f01500000000 0000000000000000
  00000000 01000000 f1a8ebb3 ${'00'.repeat(28)}`);
const RAMDISK = bytes(`c8dc1976fefad911b411000476eba25f 00000000 01000000 a0000000 00000000 03000000 ${'00'.repeat(20)}
  01000000 78000000 05000000 05000000 00000000 48000000 00000000 ${'00'.repeat(56)}
  5c0073006f00750072006300650073005c0062006f006f0074002e00770069006d000000`);
const LOCATE = bytes(`${'00'.repeat(16)} 08000000 00000000 1e000000 00000000 00000000 02000022 000000000000`);

describe('devices', () => {
  test.each([
    ['boot', BOOT, 'boot'],
    [
      'a GPT partition',
      GPT,
      'partition={24e0e103-9bc2-477e-a5e2-3e42d2bb134f} on disk {376e5397-7d1f-4e4f-a668-5a62c1269e60}',
    ],
    ['an MBR partition', MBR, 'partition=offset 368050176 on disk b3eba8f1'],
    ['a RAM disk', RAMDISK, 'ramdisk=[boot]\\sources\\boot.wim,{7619dcc8-fafe-11d9-b411-000476eba25f}'],
    ['what is looked for', LOCATE, 'locate=custom:22000002'],
  ])('%s', (_, data, text) => {
    expect(deviceText(data)).toBe(text);
  });

  test('cut short anywhere they are told as bytes, and never read past their end', () => {
    for (const whole of [BOOT, GPT, MBR, RAMDISK, LOCATE])
      for (let end = 0; end < whole.length; end++) {
        const text = deviceText(whole.slice(0, end));
        if (end < 32 && end > 0) expect(text).toMatch(/^(?:[0-9a-f]{2} ?)+/);
        expect(text).not.toContain('undefined');
      }
  });

  test('a RAM disk whose sizes lie', () => {
    const lie = RAMDISK.slice();
    new DataView(lie.buffer).setUint32(0x3c, 0xffff_fff0, true);
    expect(deviceText(lie)).toMatch(/^c8 dc/);
    new DataView(lie.buffer).setUint32(0x3c, 0x78, true);
    new DataView(lie.buffer).setUint32(0x4c, 0xffff_ffff, true);
    expect(deviceText(lie)).toMatch(/^c8 dc/);
  });
});

test('elements have the names of their object: 21000001 is osdevice of a loader, filedevice of a resume object', () => {
  expect(elementName(0x21000001, 3)).toBe('osdevice');
  expect(elementName(0x21000001, 4)).toBe('filedevice');
  expect(elementName(0x25000004, 2)).toBe('timeout');
  expect(elementName(0x16000009, 3)).toBe('recoveryenabled');
  expect(elementName(0x31000003, 0)).toBe('ramdisksdidevice');
  expect(elementName(0x21000152, 3)).toBe('custom:21000152');
  expect(elementName(0xf1000001, 3)).toBe('custom:f1000001');
});

test('values by format', () => {
  const text = (code: number, application: number, data: Uint8Array) => readElement(code, application, data).text;
  expect(text(0x12000004, 3, units('Windows 10\0'))).toBe('Windows 10');
  expect(text(0x23000003, 2, units('{FA926493-6f1c-4193-a414-58f0b2456d1e}\0'))).toBe('{current}');
  expect(text(0x14000006, 3, units('{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}\0{x}\0\0'))).toBe(
    '{bootloadersettings}, {x}',
  );
  expect(text(0x25000020, 3, bytes('0100000000000000'))).toBe('OptOut');
  expect(text(0x25000004, 2, bytes('1e00000000000000'))).toBe('30');
  expect(text(0x250000c2, 3, bytes('0900000000000000'))).toBe('9');
  expect(text(0x16000009, 3, bytes('01'))).toBe('Yes');
  expect(text(0x26000022, 3, bytes('00'))).toBe('No');
  expect(text(0x17000077, 4, bytes('7500001500000000'))).toBe('0x15000075');
  expect(text(0x25000004, 2, bytes('1e0000'))).toBe('1e 00 00');
});

test('objects', () => {
  expect(objectTitle('9dea862c-5cdd-4e70-acc1-f32b344d4795', 0x10100002)).toBe('Windows Boot Manager');
  expect(objectTitle('x', 0x10200003)).toBe('Windows Boot Loader');
  expect(objectTitle('x', 0x10200004)).toBe('Resume from Hibernate');
  expect(objectTitle('x', 0x101fffff)).toBe('Firmware Application (101fffff)');
  expect(objectTitle('x', 0x30000000)).toBe('Device options');
  expect(objectAlias('7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e')).toBe('{globalsettings}');
  expect(objectGuid('{7EA2E1AC-2e61-4728-aaa3-896d9d0a9f0e}')).toBe('7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e');
  expect(objectGuid('Description')).toBeNull();
  expect(elementCode('250000c2')).toBe(0x250000c2);
  expect(elementCode('Description')).toBeNull();
});
