/** Checking the hashes of a layer's image: how far it is, and the verdict, file by file. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Finding } from '../base/findings.ts';
import type { BridgeApi } from '../bridge/types.ts';
import type { LayerInfo } from '../engine/api.ts';
import type { Notices } from './notices.ts';

export interface VerifyingState {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

export interface Verdict {
  readonly name: string;
  readonly supported: boolean;
  /** Damage, with the paths of all files that have it. */
  readonly damage: readonly { readonly finding: Finding; readonly paths: readonly string[] }[];
  readonly files: number;
}

export interface Verifying {
  readonly state: ReadonlySignal<VerifyingState | null>;
  /** The last verdict, until it is put away. */
  readonly verdict: Signal<Verdict | null>;
  run(layer: LayerInfo): Promise<void>;
  cancel(): void;
}

/** Paths that a finding names; a WIM tells those of its other images with their number before. */
export function damagedPaths({ facts }: Finding): readonly string[] {
  const paths = facts?.['paths'] ?? facts?.['path'];
  if (Array.isArray(paths)) return paths.filter((path): path is string => typeof path === 'string');
  return typeof paths === 'string' ? [paths] : [];
}

/** What is damage, errors only, and how many files have any. */
export function verdictOf(name: string, supported: boolean, findings: readonly Finding[]): Verdict {
  const damage = findings
    .filter(({ severity }) => severity === 'error')
    .map((finding) => ({ finding, paths: damagedPaths(finding) }));
  return { name, supported, damage, files: new Set(damage.flatMap(({ paths }) => paths)).size };
}

export function createVerifying(bridge: Pick<BridgeApi, 'verify'>, notices: Notices): Verifying {
  const state = signal<VerifyingState | null>(null);
  const verdict = signal<Verdict | null>(null);
  let stopped = false;
  return {
    state,
    verdict,
    async run({ image, mount, name }) {
      if (state.value !== null) return;
      stopped = false;
      verdict.value = null;
      state.value = { name, done: 0, total: 1 };
      try {
        const found = await bridge.verify(image, mount, {
          progress(done, total) {
            state.value = { name, done, total };
          },
          cancelled: () => stopped,
        });
        verdict.value = verdictOf(name, found.supported, found.findings);
      } catch (error) {
        if (!stopped) notices.failed(error);
      } finally {
        state.value = null;
      }
    },
    cancel() {
      stopped = true;
    },
  };
}
