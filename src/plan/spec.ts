/**
 * The merge plan as valibot schemas: the one definition from which the TypeScript types, the check of what is read and
 * the published JSON Schema (`public/merge-plan.schema.json`) come.
 *
 * Objects are loose: a later minor version may add fields, and readers of this one ignore them. What a reader must
 * understand is named in `requires`. 64-bit numbers are text, hashes lower-case hex, text fields have a twin that ends
 * in `16` (see encode.ts).
 *
 * A name has one record, so what the specification calls the actions shortName, group and linkGroup stands as `sn`, `group`
 * and `linkGroup` in the record of its entry. Actions that change nothing in the view at the time of export (copyUp,
 * setSecurity, setKeySecurity, rename, redirectKey) are not part of schema 1.0: whoever adds one names it in `requires`.
 */
import * as v from 'valibot';

export const PLAN_FORMAT = 'layer-merge-plan';
export const SCHEMA_MAJOR = 1;
export const SCHEMA_VERSION = `${SCHEMA_MAJOR}.0`;

/** Everything this reader understands; a plan that requires anything else is refused. */
export const FEATURES = [
  'files.v1',
  'registry.v1',
  'origin',
  'caseSensitive',
  'shortName',
  'group',
  'linkGroup',
] as const;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const u64 = v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,19})$/));
const uint = v.pipe(v.number(), v.integer(), v.minValue(0));
const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const base64Url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]*$/));
/** Made from role and order, so that a plan does not depend on the workspace it came from. */
const layerId = v.pipe(v.string(), v.regex(/^[a-z]+[0-9]*$/));
const stack = v.pipe(v.array(layerId), v.minLength(1));
const text = v.optional(v.string());
const text16 = v.optional(base64Url);
const facts = v.record(v.string(), v.unknown());

/* ------------------------------------------------------------- records */

const named = { n: text, n16: text16 };
/** Path below the volume root in layer `l`, when it is not the path of the record. */
const elsewhere = { to: text, to16: text16 };
/** 8.3 name that the entry gets in place of its own, null for none: another entry of the folder has that. */
const shortened = { sn: v.optional(v.nullable(v.string())) };

/** What binds the file to others (build-bonds.ts): it and they come from layer `l`, but for one that is broken off. */
const bound = {
  /** Valid only together with these names of its directory, those that are seen. */
  group: v.optional(
    v.looseObject({ id: v.string(), l: layerId, members: v.array(v.looseObject({ n: text, n16: text16 })) }),
  ),
  /** One file under several names, which stand in the first record of the group. */
  linkGroup: v.optional(
    v.looseObject({
      id: v.string(),
      policy: v.picklist(['keep', 'break']),
      l: layerId,
      members: v.optional(v.array(v.looseObject({ p: text, p16: text16 }))),
    }),
  ),
};

export const FileRecord = v.variant('a', [
  /** The name comes from layer `l`; `sub`: and so does everything below it. */
  v.looseObject({
    ...named,
    a: v.literal('redirect'),
    l: layerId,
    ...elsewhere,
    ...shortened,
    ...bound,
    sub: v.optional(v.literal(true)),
  }),
  /** The name does not exist, although layers in `hides` have it. */
  v.looseObject({ ...named, a: v.literal('whiteout'), hides: stack, kind: v.picklist(['file', 'dir', 'link']) }),
  /** The directory and everything below come from `l`; directories of that name in lower layers do not merge. */
  v.looseObject({ ...named, a: v.literal('opaque'), l: layerId, ...elsewhere, ...shortened }),
  /** Top first; names without a record come from the last one. `attrs` gives attributes, times and security. */
  v.looseObject({
    ...named,
    a: v.literal('mergeDir'),
    stack,
    attrs: layerId,
    ...elsewhere,
    ...shortened,
    cs: v.optional(v.boolean()),
  }),
  /** As mergeDir; the lowest layer of the stack has the directory's content under its old name `from`. */
  v.looseObject({
    ...named,
    a: v.literal('origin'),
    l: layerId,
    from: text,
    from16: text16,
    stack,
    ...shortened,
    cs: v.optional(v.boolean()),
  }),
  /** Copies in user layers are not seen; the name comes from `l`. */
  v.looseObject({
    ...named,
    a: v.literal('keepLower'),
    l: layerId,
    ...elsewhere,
    ...bound,
    sub: v.optional(v.literal(true)),
    reason: v.optional(v.string()),
  }),
  /** The name is invisible and cannot be created. */
  v.looseObject({ ...named, a: v.literal('hide') }),
  /** The name is what the base layer has, which may be nothing. */
  v.looseObject({ ...named, a: v.literal('passthrough'), ...bound }),
]);

const valued = { v: text, v16: text16 };
const keyFacts = { l: layerId, class: v.optional(v.string()), lw: u64 };

export const RegistryRecord = v.variant('a', [
  /** Data inline up to 4 KiB, else in a blob; neither when they could not be read at export: then layer `l` is asked. */
  v.looseObject({
    ...valued,
    a: v.literal('override'),
    t: u32,
    d: v.optional(base64),
    blob: v.optional(sha256),
    l: layerId,
  }),
  v.looseObject({ ...valued, a: v.literal('tombstoneValue') }),
  v.looseObject({ a: v.literal('tombstoneKey') }),
  /** Values of the base's key are not seen, its sub-keys are. */
  v.looseObject({ a: v.literal('supersedeLocal'), ...keyFacts }),
  /** Neither values nor sub-keys of the base's key are seen. */
  v.looseObject({ a: v.literal('supersedeTree'), ...keyFacts }),
  /** The key exists; what the base has there merges. `class` is a name or `inherit`. */
  v.looseObject({ a: v.literal('ensureKey'), ...keyFacts }),
  /** A REG_LINK key of an upper layer; its value stands beside it as `override`. */
  v.looseObject({ a: v.literal('link'), ...keyFacts, target: text, target16: text16 }),
  v.looseObject({ a: v.literal('hide') }),
  v.looseObject({ a: v.literal('passthrough') }),
]);

export const FileGroup = v.looseObject({ d: text, d16: text16, e: v.pipe(v.array(FileRecord), v.minLength(1)) });
export const RegistryGroup = v.looseObject({
  k: text,
  k16: text16,
  e: v.pipe(v.array(RegistryRecord), v.minLength(1)),
});

/** Report only: a driver does not read these. */
export const ConflictRecord = v.looseObject({
  id: v.string(),
  sev: v.picklist(['error', 'warning', 'info']),
  code: v.string(),
  p: text,
  p16: text16,
  message: v.string(),
  facts: v.optional(facts),
});

/* ------------------------------------------------------------ manifest */

const FingerprintPart = v.looseObject({ what: v.string(), sha256 });

const LayerEntry = v.looseObject({
  id: layerId,
  role: v.picklist(['os', 'app', 'user']),
  order: uint,
  writable: v.boolean(),
  hidden: v.optional(v.boolean()),
  /** What tells this source from others: format, GUIDs, image index. */
  source: facts,
  os: v.optional(facts),
  volume: v.optional(facts),
  fingerprint: v.looseObject({ algo: v.literal('fp1'), parts: v.array(FingerprintPart) }),
});

const HiveEntry = v.looseObject({
  mount: v.string(),
  mode: v.picklist(['merge', 'baseOnly', 'replace', 'never']),
  /** Top first; keys without a record come from the last one. */
  stack: v.array(layerId),
  allow: v.optional(v.array(v.string())),
  state: v.optional(v.record(layerId, v.picklist(['clean', 'recovered', 'dirtyNoLog']))),
});

const RuleEntry = v.looseObject({
  id: v.string(),
  target: v.picklist(['file', 'key']),
  match: v.looseObject({ kind: v.picklist(['exact', 'subtree', 'children', 'glob']), p: text, p16: text16 }),
  action: v.picklist([
    'merge',
    'passthrough',
    'exclude',
    'keepLower',
    'redirect',
    'hide',
    'readOnly',
    'copyUpLimit',
    'mapSid',
    'together',
  ]),
  origin: v.picklist(['builtin', 'plan', 'user', 'default']),
  /** Of a redirect: what the layers have at this path is shown. */
  ...elsewhere,
  /** Name of the one value that is hidden. */
  ...valued,
  /** Of mapSid: the SID that the account has in the base. */
  sid: v.optional(v.string()),
  layer: v.optional(layerId),
  write: v.optional(layerId),
  limit: v.optional(u64),
});

const Precondition = v.looseObject({ id: v.string(), level: v.picklist(['must', 'warn']), test: v.string() });

const SegmentEntry = v.looseObject({
  path: v.pipe(v.string(), v.regex(/^(files|registry|conflicts)\/[0-9]{5}\.ndjson$/)),
  records: uint,
  first: text,
  first16: text16,
  last: text,
  last16: text16,
  bytes: u64,
  sha256,
});

export const Manifest = v.looseObject({
  planFormat: v.literal(PLAN_FORMAT),
  schemaVersion: v.pipe(v.string(), v.regex(/^[0-9]{1,6}\.[0-9]{1,6}$/)),
  requires: v.array(v.string()),
  binding: v.picklist(['pinned', 'portable']),
  /** `upcaseTable`: SHA-256 of the 131,072 bytes of the case table that orders and compares file names. */
  generator: v.looseObject({ name: v.string(), version: v.string(), upcaseTable: sha256, keyTable: sha256 }),
  /** `fileStack`: layers that have files, top first; the root directory is merged from them. */
  semantics: v.looseObject({ fileStack: v.array(layerId) }),
  layers: v.pipe(v.array(LayerEntry), v.minLength(1)),
  hives: v.array(HiveEntry),
  principals: v.array(facts),
  rules: v.array(RuleEntry),
  preconditions: v.array(Precondition),
  segments: v.array(SegmentEntry),
  statistics: facts,
  integrity: v.looseObject({
    canon: v.literal('RFC8785'),
    hash: v.literal('SHA-256'),
    merkleRoot: sha256,
    effectiveViewSha256: sha256,
    compaction: v.looseObject({ level: v.picklist(['none', 'subtree']), lossless: v.boolean() }),
    planId: sha256,
  }),
});

export type FileRecord = v.InferOutput<typeof FileRecord>;
export type RegistryRecord = v.InferOutput<typeof RegistryRecord>;
export type ConflictRecord = v.InferOutput<typeof ConflictRecord>;
export type Manifest = v.InferOutput<typeof Manifest>;
export type LayerEntry = v.InferOutput<typeof LayerEntry>;
export type HiveEntry = v.InferOutput<typeof HiveEntry>;
export type RuleEntry = v.InferOutput<typeof RuleEntry>;
export type SegmentEntry = v.InferOutput<typeof SegmentEntry>;
