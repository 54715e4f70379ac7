import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { buildPlan } from '../plan/build.ts';
import type { Plan } from '../plan/plan.ts';
import { randomBelow } from '../testing/merged-trees.ts';
import { MODES, randomSketches, setUp } from '../testing/plan-input.ts';
import { planSchema, planSchemaText, SCHEMA_PATH } from './plan-schema.ts';

const file = fileURLToPath(new URL(`../../${SCHEMA_PATH}`, import.meta.url));

const ajv = new Ajv2020({ allErrors: true });
ajv.addSchema(planSchema(), 'plan');
const check = (definition: string, value: unknown) => {
  const validate = ajv.getSchema(`plan#/$defs/${definition}`)!;
  return validate(value) ? [] : validate.errors;
};

function* lines(plan: Plan, folder: string): Generator<unknown> {
  for (const [path, bytes] of plan.segments)
    if (path.startsWith(folder))
      for (const line of new TextDecoder().decode(bytes).split('\n')) if (line !== '') yield JSON.parse(line);
}

describe('published JSON Schema', () => {
  test('the file is what the specification generates', () => {
    if (process.env['UPDATE_SCHEMA']) writeFileSync(file, planSchemaText());
    expect(readFileSync(file, 'utf8')).toBe(planSchemaText());
  });

  test('built plans are valid by it', async () => {
    let groups = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { input, host } = setUp(randomSketches(randomBelow(seed)), MODES);
      const facts = { path: 'a\\b', size: 3 };
      const findings = [
        { code: 'x', severity: 'warning' as const, where: { source: 's', offset: null }, message: 'm', facts },
      ];
      const { plan } = await buildPlan({ ...input, findings }, host);
      expect(check('manifest', JSON.parse(new TextDecoder().decode(plan.manifestBytes)))).toEqual([]);
      for (const [folder, definition] of [
        ['files/', 'fileGroup'],
        ['registry/', 'registryGroup'],
        ['conflicts/', 'conflict'],
      ] as const)
        for (const line of lines(plan, folder)) {
          expect(check(definition, line)).toEqual([]);
          groups++;
        }
    }
    expect(groups).toBeGreaterThan(100);
  });

  test.each([
    ['manifest', {}],
    ['fileGroup', { d: 'x', e: [] }],
    ['fileGroup', { d: 'x', e: [{ n: 'a', a: 'redirect' }] }],
    ['fileGroup', { d: 'x', e: [{ n: 'a', a: 'explode', l: 'os' }] }],
    ['registryGroup', { k: 'x', e: [{ v: 'a', a: 'override', t: -1, l: 'os' }] }],
    ['registryGroup', { k: 'x', e: [{ a: 'ensureKey', l: 'os', lw: '01' }] }],
    ['conflict', { id: 'f1', sev: 'fatal', code: 'x', message: '' }],
  ])('%s refuses %j', (definition, value) => {
    expect(check(definition, value)).not.toEqual([]);
  });
});
