/** The manifest of a plan: everything but its records. Nothing in it depends on when, where or how it was made. */
import type { Facts } from '../base/findings.ts';
import type { LayerRole, Rule } from '../layer/types.ts';
import { expandControlSet } from '../overlay/rules.ts';
import { textField } from './encode.ts';
import type { PlanInput } from './input.ts';
import { PLAN_FORMAT, SCHEMA_VERSION } from './spec.ts';

/** `os`, `app1`, `app2`, `user`: from role and order alone. The second base or user layer gets a number. */
export function planLayerIds(
  layers: readonly { readonly id: string; readonly role: LayerRole }[],
): Map<string, string> {
  const count = { os: 0, app: 0, user: 0 };
  return new Map(
    layers.map(({ id, role }) => {
      const n = ++count[role];
      return [id, role === 'app' || n > 1 ? `${role}${n}` : role];
    }),
  );
}

/** How the driver is to behave where the specification leaves a choice (merge-plan 4.4). */
const SEMANTICS: Facts = {
  attrsFrom: 'top',
  caseMode: 'insensitive-os-upcase',
  copyUpLimit: '2147483648',
  maximumAllowed: 'read-then-copyup',
  renameDirectory: 'exdev',
  renameKey: 'refuse',
  transactedWrites: 'refuse',
};

export interface ManifestParts {
  readonly ids: ReadonlyMap<string, string>;
  /** Layers with files, top first: the root directory is merged from them. */
  readonly fileStack: readonly string[];
  readonly hives: readonly { readonly mount: string; readonly stack: readonly string[] }[];
  readonly requires: readonly string[];
  readonly upcaseTable: string;
  readonly keyTable: string;
  readonly segments: readonly Facts[];
  readonly statistics: Facts;
  readonly merkleRoot: string;
  readonly effectiveViewSha256: string;
}

/** Everything but `integrity.planId`. */
export function manifestOf(input: PlanInput, parts: ManifestParts) {
  const { ids } = parts;
  const idOf = (layer: string) => ids.get(layer) ?? layer;
  return {
    planFormat: PLAN_FORMAT,
    schemaVersion: SCHEMA_VERSION,
    requires: parts.requires,
    binding: 'pinned' as const,
    generator: {
      name: 'stratascope',
      version: input.version,
      upcaseTable: parts.upcaseTable,
      keyTable: parts.keyTable,
    },
    semantics: { ...SEMANTICS, fileStack: parts.fileStack },
    layers: input.layers.map((layer, order) => ({
      id: idOf(layer.id),
      role: layer.role,
      order,
      writable: layer.writable,
      ...(layer.role === 'user' ? { hidden: true } : {}),
      source: layer.source,
      ...(layer.os === null ? {} : { os: layer.os }),
      ...(layer.volume === null ? {} : { volume: layer.volume }),
      fingerprint: { algo: 'fp1' as const, parts: layer.fingerprint.map(({ what, sha256 }) => ({ what, sha256 })) },
    })),
    hives: parts.hives.map(({ mount, stack }) => {
      const known = input.mounts.find((m) => m.mount === mount);
      const states = (known?.states ?? [])
        .filter((s) => ids.has(s.layer))
        .map((s) => [idOf(s.layer), s.state] as const);
      return {
        mount,
        mode: known?.mode ?? ('merge' as const),
        stack,
        ...(known && known.allow.length > 0
          ? { allow: known.allow.map((p) => expandControlSet(p, input.controlSet)) }
          : {}),
        ...(states.length > 0 ? { state: Object.fromEntries(states) } : {}),
      };
    }),
    principals: (input.principals ?? []).map(({ from, to, name }, i) => ({ ref: `u${i + 1}`, from, to, name })),
    rules: rulesOf(input, ids),
    preconditions: [
      ...input.layers.map((layer, i) => ({
        id: `c${i + 1}`,
        level: 'must' as const,
        test: 'layerFingerprint',
        layer: idOf(layer.id),
      })),
      { id: `c${input.layers.length + 1}`, level: 'must' as const, test: 'driverFeatures', bits: parts.requires },
    ],
    segments: parts.segments,
    statistics: parts.statistics,
    integrity: {
      canon: 'RFC8785' as const,
      hash: 'SHA-256' as const,
      merkleRoot: parts.merkleRoot,
      effectiveViewSha256: parts.effectiveViewSha256,
      compaction: { level: 'none' as const, lossless: true },
    },
  };
}

/** Rules in force: built-in ones first, then user rules and defaults as listed. User rules are numbered, not named. */
export function rulesOf(input: Pick<PlanInput, 'rules' | 'controlSet'>, ids: ReadonlyMap<string, string>) {
  const used = input.rules.filter((rule) => rule.enabled);
  const rank = (rule: Rule) => ({ builtin: 0, plan: 1, user: 2, default: 2 })[rule.origin];
  let users = 0;
  return used
    .map((rule, index) => ({ rule, index }))
    .sort((a, b) => rank(a.rule) - rank(b.rule) || a.index - b.index)
    .map(({ rule }) => ({
      id: rule.origin === 'user' ? `user${++users}` : rule.id,
      target: rule.target,
      match: { kind: rule.match.kind, ...textField('p', expandControlSet(rule.match.p, input.controlSet)) },
      action: rule.action,
      ...(rule.to === undefined ? {} : textField('to', rule.to)),
      ...(rule.value === undefined ? {} : textField('v', rule.value)),
      ...(rule.sid === undefined ? {} : { sid: rule.sid }),
      origin: rule.origin,
      ...layerField('layer', rule.layer, ids),
      ...layerField('write', rule.write, ids),
      ...(rule.limit === undefined ? {} : { limit: rule.limit }),
    }));
}

function layerField(name: 'layer' | 'write', layer: string | undefined, ids: ReadonlyMap<string, string>) {
  const id = layer === undefined ? undefined : ids.get(layer);
  return id === undefined ? {} : { [name]: id };
}
