/** What is known about the selected item, read when somebody looks; an answer that comes too late is dropped. */
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type {
  FileDetail,
  KeyDetail,
  SecurityInfo,
  ValueDetail,
  VersionDetail,
  VersionInfo,
  WorkspaceApi,
} from '../engine/api.ts';
import { toErrorData } from './notices.ts';

export type Subject =
  | { readonly kind: 'file'; readonly detail: FileDetail }
  | { readonly kind: 'key'; readonly detail: KeyDetail }
  | { readonly kind: 'value'; readonly detail: ValueDetail };

export type Target =
  | { readonly kind: 'file'; readonly node: number }
  | { readonly kind: 'key'; readonly node: number }
  | { readonly kind: 'value'; readonly node: number; readonly name: string };

export interface DetailModel {
  readonly subject: ReadonlySignal<Subject | null>;
  readonly error: ReadonlySignal<ErrorData | null>;
  /** Layer whose version is looked at in the tabs below. */
  readonly layer: ReadonlySignal<string | null>;
  readonly versions: ReadonlySignal<ReadonlyMap<string, VersionDetail>>;
  readonly hashes: ReadonlySignal<ReadonlyMap<string, string | 'busy'>>;
  /** `undefined` until it was asked for. */
  readonly keySecurity: ReadonlySignal<SecurityInfo | null | undefined>;
  load(target: Target | null): void;
  /** Reads the same again after the merged view has changed. */
  refresh(): void;
  chooseLayer(layer: string): void;
  loadVersion(layer: string): void;
  loadKeySecurity(): void;
  hash(layer: string): Promise<void>;
}

/** The version that is shown first: the winner, else the topmost that is there. */
export function firstVersion(versions: readonly VersionInfo[]): VersionInfo | null {
  return versions.find((v) => v.wins) ?? versions.find((v) => v.present) ?? null;
}

/** The version to compare with: the next present one below, else any other. */
export function otherVersion(versions: readonly VersionInfo[], layer: string): VersionInfo | null {
  const at = versions.findIndex((v) => v.layer === layer);
  const usable = (v: VersionInfo) => v.present && v.layer !== layer && v.reason !== 'marker';
  return versions.slice(at + 1).find(usable) ?? versions.find(usable) ?? null;
}

export function createDetail(workspace: WorkspaceApi): DetailModel {
  const subject = signal<Subject | null>(null);
  const error = signal<ErrorData | null>(null);
  const layer = signal<string | null>(null);
  const versions = signal<ReadonlyMap<string, VersionDetail>>(new Map());
  const hashes = signal<ReadonlyMap<string, string | 'busy'>>(new Map());
  const keySecurity = signal<SecurityInfo | null | undefined>(undefined);
  const asked = new Set<string>();
  let target: Target | null = null;
  let turn = 0;

  async function read(wanted: Target): Promise<Subject> {
    if (wanted.kind === 'file') return { kind: 'file', detail: await workspace.fileDetail(wanted.node) };
    if (wanted.kind === 'key') return { kind: 'key', detail: await workspace.keyDetail(wanted.node) };
    return { kind: 'value', detail: await workspace.valueDetail(wanted.node, wanted.name) };
  }

  async function load(next: Target | null, keepLayer = false): Promise<void> {
    target = next;
    const mine = ++turn;
    let found: Subject | null = null;
    let fault: ErrorData | null = null;
    try {
      found = next === null ? null : await read(next);
    } catch (reason) {
      fault = toErrorData(reason);
    }
    if (mine !== turn) return;
    asked.clear();
    batch(() => {
      subject.value = found;
      error.value = fault;
      versions.value = new Map();
      hashes.value = new Map();
      keySecurity.value = undefined;
      const list = found?.detail.versions ?? [];
      const kept = keepLayer && list.some((v) => v.present && v.layer === layer.value);
      if (!kept) layer.value = firstVersion(list)?.layer ?? null;
    });
  }

  return {
    subject,
    error,
    layer,
    versions,
    hashes,
    keySecurity,
    load: (next) => void load(next),
    refresh: () => void load(target, true),
    chooseLayer(id) {
      layer.value = id;
    },
    loadVersion(id) {
      const now = subject.value;
      if (now?.kind !== 'file' || asked.has(id)) return;
      asked.add(id);
      const mine = turn;
      workspace.versionDetail(now.detail.node, id).then(
        (detail) => {
          if (mine === turn) versions.value = new Map(versions.value).set(id, detail);
        },
        (reason) => {
          if (mine === turn) error.value = toErrorData(reason);
        },
      );
    },
    loadKeySecurity() {
      const now = subject.value;
      if (now === null || now.kind === 'file' || asked.has('security')) return;
      asked.add('security');
      const mine = turn;
      const node = now.kind === 'key' ? now.detail.node : now.detail.key.node;
      workspace.keySecurity(node).then(
        (info) => {
          if (mine === turn) keySecurity.value = info;
        },
        (reason) => {
          if (mine === turn) error.value = toErrorData(reason);
        },
      );
    },
    async hash(id) {
      const now = subject.value;
      if (now?.kind !== 'file') return;
      const mine = turn;
      hashes.value = new Map(hashes.value).set(id, 'busy');
      try {
        const hash = await workspace.sha256(now.detail.node, id);
        if (mine === turn) hashes.value = new Map(hashes.value).set(id, hash);
      } catch (reason) {
        if (mine !== turn) return;
        const rest = new Map(hashes.value);
        rest.delete(id);
        hashes.value = rest;
        error.value = toErrorData(reason);
      }
    },
  };
}
