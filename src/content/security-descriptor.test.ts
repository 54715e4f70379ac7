import { expect, test } from 'vitest';
import { damage, fuzzCount } from '../testing/damage.ts';
import { readSecurityDescriptor } from './security-descriptor.ts';

/** Bytes of a SID. */
function sid(authority: number, ...parts: number[]): number[] {
  const bytes = [1, parts.length, 0, 0, 0, 0, 0, authority];
  for (const part of parts) bytes.push(part & 255, (part >> 8) & 255, (part >> 16) & 255, part >>> 24);
  return bytes;
}

const le16 = (n: number) => [n & 255, n >> 8];
const le32 = (n: number) => [...le16(n & 0xffff), ...le16(n >>> 16)];

function ace(type: number, flags: number, mask: number, who: number[], object: number[] = []): number[] {
  return [type, flags, ...le16(8 + object.length + who.length), ...le32(mask), ...object, ...who];
}

function acl(...aces: number[][]): number[] {
  const body = aces.flat();
  return [2, 0, ...le16(8 + body.length), ...le16(aces.length), 0, 0, ...body];
}

function descriptor(control: number, parts: { owner?: number[]; group?: number[]; sacl?: number[]; dacl?: number[] }) {
  const bytes: number[] = [1, 0, ...le16(control | 0x8000)];
  const tail: number[] = [];
  for (const part of [parts.owner, parts.group, parts.sacl, parts.dacl]) {
    bytes.push(...le32(part === undefined ? 0 : 20 + tail.length));
    tail.push(...(part ?? []));
  }
  return Uint8Array.from([...bytes, ...tail]);
}

const SYSTEM = sid(5, 18);
const ADMINISTRATORS = sid(5, 32, 544);
const USERS = sid(5, 32, 545);
const ANN = sid(5, 21, 1, 2, 4_000_000_000, 1001);

const KEY = descriptor(0x0414, {
  owner: ADMINISTRATORS,
  group: SYSTEM,
  dacl: acl(
    ace(0, 0x02, 0xf003f, SYSTEM),
    ace(0, 0x12, 0x20019, USERS),
    ace(1, 0, 0x6, ANN),
    ace(0, 0x0b, 0x10000000, sid(3, 0)),
  ),
  sacl: acl(ace(2, 0xc2, 0xf003f, sid(1, 0)), ace(0x11, 0, 1, sid(16, 12288))),
});

test('a key in words', () => {
  const { owner, group, dacl, sacl, damaged } = readSecurityDescriptor(KEY, 'key');
  expect(damaged).toBe(false);
  expect([owner, group]).toEqual([
    { text: 'S-1-5-32-544', name: 'Administrators' },
    { text: 'S-1-5-18', name: 'SYSTEM' },
  ]);
  expect(dacl!.map((one) => [one.kind, one.sid!.name ?? one.sid!.text, one.rights, one.flags])).toEqual([
    ['allow', 'SYSTEM', ['full control'], ['inherited by folders and keys']],
    ['allow', 'Users', ['read'], ['inherited by folders and keys', 'inherited']],
    ['deny', 'S-1-5-21-1-2-4000000000-1001', ['set values', 'create sub-keys'], []],
    [
      'allow',
      'CREATOR OWNER',
      ['generic all'],
      ['inherited by files', 'inherited by folders and keys', 'children only'],
    ],
  ]);
  expect(sacl!.map((one) => [one.kind, one.sid!.name, one.rights])).toEqual([
    ['audit', 'Everyone', ['full control']],
    ['label', 'High Mandatory Level', ['no write up']],
  ]);
});

test('a key as SDDL', () => {
  expect(readSecurityDescriptor(KEY, 'key').sddl).toBe(
    'O:BAG:SYD:AI(A;CI;KA;;;SY)(A;CIID;KR;;;BU)(D;;DCLC;;;S-1-5-21-1-2-4000000000-1001)(A;OICIIO;GA;;;CO)' +
      'S:(AU;CISAFA;KA;;;WD)(ML;;NW;;;HI)',
  );
});

test('a file as SDDL, with rights that have no letters', () => {
  const file = descriptor(0x1004, {
    owner: sid(5, 80, 956008885, 3418522649, 1831038044, 1853292631, 2271478464),
    dacl: acl(ace(0, 0, 0x1f01ff, ADMINISTRATORS), ace(0, 0, 0x1200a9, USERS), ace(0, 0, 0x1301bf, ANN)),
  });
  const { owner, dacl, sddl } = readSecurityDescriptor(file, 'file');
  expect(owner!.name).toBe('TrustedInstaller');
  expect(dacl!.map((one) => one.rights[0])).toEqual(['full control', 'read and execute', 'modify']);
  expect(sddl).toBe(
    'O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464' +
      'D:P(A;;FA;;;BA)(A;;0x1200a9;;;BU)(A;;0x1301bf;;;S-1-5-21-1-2-4000000000-1001)',
  );
});

test('no DACL is not an empty DACL', () => {
  const none = readSecurityDescriptor(descriptor(0x0004, {}), 'key');
  expect([none.dacl, none.sddl, none.damaged]).toEqual([null, 'D:NO_ACCESS_CONTROL', false]);
  const empty = readSecurityDescriptor(descriptor(0x0004, { dacl: acl() }), 'key');
  expect([empty.dacl, empty.sddl]).toEqual([[], 'D:']);
  expect(readSecurityDescriptor(descriptor(0, {}), 'key').sddl).toBe('');
});

test('object entries and unknown types', () => {
  const guid = Array.from({ length: 16 }, (_, i) => i);
  const bytes = descriptor(0x0004, { dacl: acl(ace(5, 0, 1, SYSTEM, [...le32(1), ...guid]), ace(0x42, 0, 1, SYSTEM)) });
  const { dacl, sddl } = readSecurityDescriptor(bytes, 'file');
  expect(dacl![0]!.objectType).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
  expect(dacl![1]!.kind).toBe('type 0x42');
  expect(sddl).toBe('D:(OA;;CC;03020100-0504-0706-0809-0a0b0c0d0e0f;;SY)(0x42;;CC;;;SY)');
});

test('damage is told; what stands before it is kept', () => {
  expect(readSecurityDescriptor(new Uint8Array(0), 'key').damaged).toBe(true);
  expect(readSecurityDescriptor(KEY.subarray(0, 19), 'key').damaged).toBe(true);
  const cut = readSecurityDescriptor(KEY.subarray(0, KEY.length - 8), 'key');
  expect([cut.damaged, cut.owner!.name, cut.dacl!.length]).toEqual([true, 'Administrators', 3]);
  const lies = KEY.slice();
  new DataView(lies.buffer).setUint32(4, 0xffff_fff0, true);
  expect(readSecurityDescriptor(lies, 'key')).toMatchObject({ damaged: true, owner: null });
});

test('fuzz: any damage ends in an answer', () => {
  const count = fuzzCount(3000);
  for (let seed = 1; seed <= count; seed++) {
    const { dacl, sacl } = readSecurityDescriptor(damage(KEY, seed), seed & 1 ? 'key' : 'file');
    expect((dacl?.length ?? 0) + (sacl?.length ?? 0), `seed ${seed}`).toBeLessThan(64);
  }
});
