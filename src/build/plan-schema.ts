/**
 * The JSON Schema of the merge plan, made from the valibot schemas of `plan/spec.ts`. It is written by
 * `UPDATE_SCHEMA=1 npx vitest run src/build/plan-schema.test.ts`; the same test says that the file is current.
 *
 * A validator takes `#/$defs/manifest` for `plan.json` and the `...Group` and `conflict` definitions for the lines of segments.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { ConflictRecord, FileGroup, Manifest, RegistryGroup, SCHEMA_VERSION } from '../plan/spec.ts';

export const SCHEMA_PATH = 'public/merge-plan.schema.json';

function definition(schema: GenericSchema) {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { target: 'draft-2020-12' });
  return rest;
}

export function planSchema() {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Layer merge plan ${SCHEMA_VERSION}`,
    $ref: '#/$defs/manifest',
    $defs: {
      manifest: definition(Manifest),
      fileGroup: definition(FileGroup),
      registryGroup: definition(RegistryGroup),
      conflict: definition(ConflictRecord),
    },
  };
}

/** The file's text. */
export function planSchemaText(): string {
  return `${JSON.stringify(planSchema(), null, 2)}\n`;
}
