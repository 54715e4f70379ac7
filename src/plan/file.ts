/** Plans as files: `plan.json`, `files/`, `registry/`, `conflicts/`, `blobs/` in one stored ZIP (zip.ts). */
import * as v from 'valibot';
import { fail } from '../base/errors.ts';
import type { Plan } from './plan.ts';
import { MANIFEST } from './probe.ts';
import { FEATURES, Manifest, PLAN_FORMAT, SCHEMA_MAJOR } from './spec.ts';
import { readZip, writeZip, type ZipEntry } from './zip.ts';

/** Detached signature: kept by whoever signs, not judged here. */
const SIGNATURE = 'plan.json.jws';
/** The specification says 1 MiB; a reader need not be so strict, but must have a bound. */
const MAX_MANIFEST = 16 * 1024 * 1024;
/** A manifest is five levels deep; recursion over more would be an attack on the stack. */
const MAX_JSON_DEPTH = 64;

export async function writePlan(plan: Plan): Promise<Blob> {
  const entries: ZipEntry[] = [{ name: MANIFEST, bytes: plan.manifestBytes }];
  for (const [name, bytes] of plan.segments) entries.push({ name, bytes });
  for (const [name, bytes] of plan.blobs) entries.push({ name: `blobs/${name}`, bytes });
  return writeZip(entries);
}

/**
 * Reads the form of a plan; `verifyPlan` then checks digests, order and references.
 * @param source name for errors
 * @throws FormatError, also for a major version or a required feature that is not known
 */
export function readPlan(bytes: Uint8Array, source = 'merge plan'): Plan {
  const entries = new Map(readZip(bytes, source).map((entry) => [entry.name, entry.bytes]));
  const manifestBytes = entries.get(MANIFEST);
  if (manifestBytes === undefined) fail('MissingPart', source, null, MANIFEST, 'an archive without it');
  const manifest = readManifest(manifestBytes, source);
  entries.delete(MANIFEST);
  entries.delete(SIGNATURE);
  const segments = new Map<string, Uint8Array>();
  for (const { path } of manifest.segments) {
    const segment = entries.get(path);
    if (segment === undefined) fail('MissingPart', source, null, path, 'an archive without it, or named twice');
    segments.set(path, segment);
    entries.delete(path);
  }
  const blobs = new Map<string, Uint8Array>();
  for (const [name, blob] of entries) {
    const hash = /^blobs\/([0-9a-f]{64})$/.exec(name)?.[1];
    if (hash === undefined) fail('InvalidName', source, null, 'parts that the manifest names', JSON.stringify(name));
    blobs.set(hash, blob);
  }
  return { manifest, manifestBytes, segments, blobs };
}

/** @throws FormatError */
export function readManifest(bytes: Uint8Array, source: string): Manifest {
  if (bytes.length > MAX_MANIFEST) fail('UnsupportedSize', source, null, `at most ${MAX_MANIFEST} bytes`, bytes.length);
  let json: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    checkDepth(text, source);
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    fail('InvalidData', source, null, 'a manifest of UTF-8 JSON', error.message);
  }
  const head = v.safeParse(Head, json);
  if (!head.success) fail('InvalidSignature', source, null, `a ${PLAN_FORMAT}`, JSON.stringify(json)?.slice(0, 80));
  const major = Number(head.output.schemaVersion.split('.')[0]);
  if (major !== SCHEMA_MAJOR)
    fail('UnsupportedVersion', source, null, `schema ${SCHEMA_MAJOR}.x`, head.output.schemaVersion);
  const unknown = head.output.requires.filter((feature) => !(FEATURES as readonly string[]).includes(feature));
  if (unknown.length > 0) fail('UnsupportedFeature', source, null, FEATURES.join(', '), unknown.join(', '));
  const result = v.safeParse(Manifest, json, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    fail('InvalidData', source, null, 'a manifest of the schema', `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  }
  return result.output;
}

const Head = v.looseObject({
  planFormat: v.literal(PLAN_FORMAT),
  schemaVersion: v.pipe(v.string(), v.regex(/^[0-9]{1,6}\.[0-9]{1,6}$/)),
  requires: v.array(v.string()),
});

function checkDepth(text: string, source: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    if (quoted) {
      if (unit === '\\') i++;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === '{' || unit === '[') {
      if (++depth > MAX_JSON_DEPTH)
        fail('InvalidData', source, null, `JSON of at most ${MAX_JSON_DEPTH} levels`, 'more');
    } else if (unit === '}' || unit === ']') depth--;
  }
}
