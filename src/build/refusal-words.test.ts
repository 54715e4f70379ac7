/** Why a file is refused is told in the words of the page: each phrase of the engine has its own in every dictionary. */
import { expect, test } from 'vitest';
import { createCodecs } from '../codec/codecs.ts';
import { identify } from '../engine/identify.ts';
import { SIGNATURES } from '../engine/recognise.ts';
import { en } from '../i18n/en.ts';
import { zhCn } from '../i18n/zh-cn.ts';
import { MemorySource } from '../source/memory.ts';
import { buildHive } from '../testing/hive-builder.ts';
import { newLog } from '../testing/hive-log-builder.ts';
import { loadModules } from '../testing/modules.ts';

const codecs = createCodecs(loadModules());
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const ending = (text: string) => latin1(`${'\x81'.repeat(65_536)}${text.padEnd(512, '\x81')}`);

test('what a file seems to be, and what was expected', () => {
  const refused = [
    new Uint8Array(0),
    new Uint8Array(4096),
    new Uint8Array(1 << 20),
    latin1('only words'),
    latin1('\x81'.repeat(4096)),
    ending('koly'),
    ending('PRIVHEAD'),
    newLog([buildHive({ name: 'r' }), buildHive({ name: 'r' })], 1),
  ].map((bytes) => identify(new MemorySource('x', bytes), codecs).refusal);
  const phrases = new Set([
    ...SIGNATURES.map(({ name }) => name),
    ...refused.flatMap((refusal) => [refusal?.expected, refusal?.actual]),
  ]);
  for (const { seems } of [en, zhCn]) expect(new Set(Object.keys(seems))).toEqual(phrases);
});
