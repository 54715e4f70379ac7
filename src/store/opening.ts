/** From dropped files to layers: identify, unwrap, propose, let the user change it, add. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type { BridgeApi, OpenedImage } from '../bridge/types.ts';
import type { Role } from '../engine/api.ts';
import { type Candidate, candidates, firstRefusal, guessRole, proposed, stackOrder } from './candidates.ts';
import type { Taken } from './dropped.ts';
import { type Notices, toErrorData } from './notices.ts';
import type { SavedWorkspace } from './persist.ts';

export interface Choice {
  readonly id: number;
  readonly image: string;
  /** Index of the main file among the files given. */
  readonly file: number;
  readonly fileName: string;
  readonly name: string;
  readonly detail: string;
  readonly size: number;
  readonly mounts: readonly Candidate[];
  readonly mount: string;
  readonly role: Role;
  readonly included: boolean;
}

export interface RefusedFile {
  readonly name: string;
  readonly error: ErrorData | null;
}

export type OpeningState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'reading'; readonly done: number; readonly total: number; readonly name: string }
  /** `choices` top first. */
  | {
      readonly phase: 'choose';
      readonly choices: readonly Choice[];
      readonly refused: readonly RefusedFile[];
      readonly files: number;
    }
  | { readonly phase: 'adding'; readonly done: number; readonly total: number; readonly name: string };

export interface Opening {
  readonly state: ReadonlySignal<OpeningState>;
  /** Opens files. `straight`: add what is proposed without asking; `saved`: as that workspace had it. */
  open(files: readonly Taken[], options?: { straight?: boolean; saved?: SavedWorkspace }): Promise<void>;
  change(id: number, part: Partial<Pick<Choice, 'mount' | 'role' | 'included'>>): void;
  commit(): Promise<void>;
  cancel(): void;
}

export interface OpeningHooks {
  plan(file: File): void;
  /** Called with the files and what became layers of them, top first. */
  added(taken: readonly Taken[], choices: readonly Choice[]): void;
  hasLayers(): boolean;
}

const stem = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/\.[^.]{1,5}$/, '');

export function createOpening(bridge: BridgeApi, notices: Notices, hooks: OpeningHooks): Opening {
  const state = signal<OpeningState>({ phase: 'idle' });
  let taken: readonly Taken[] = [];
  let turn = 0;
  /** The sample is always there: it need not stand among the recent workspaces. */
  let remembered = true;

  function choice(
    id: number,
    file: number,
    opened: OpenedImage,
    alone: boolean,
    saved?: SavedWorkspace,
  ): Choice | null {
    const list = candidates(opened.report);
    const before = saved?.layers.find((layer) => layer.file === file);
    const pick = list.find((c) => c.mount === before?.mount) ?? proposed(list);
    if (pick === null) return null;
    const fileName = opened.report.name;
    return {
      id,
      image: opened.image,
      file,
      fileName,
      name: before?.name ?? stem(fileName),
      detail: pick.title,
      size: opened.report.size,
      mounts: list,
      mount: pick.mount,
      role: before?.role ?? guessRole(fileName, pick.title, alone),
      included: saved === undefined || before !== undefined,
    };
  }

  async function open(
    files: readonly Taken[],
    options: { straight?: boolean; saved?: SavedWorkspace } = {},
  ): Promise<void> {
    const mine = ++turn;
    remembered = options.straight !== true;
    if (files.length === 0) {
      notices.show({ code: 'nothingToOpen' });
      return;
    }
    taken = files;
    state.value = { phase: 'reading', done: 0, total: files.length, name: files[0]!.file.name };
    try {
      const found = await bridge.identify(files.map((t) => t.file));
      if (mine !== turn) return;
      for (const plan of found.plans) hooks.plan(files[plan]!.file);
      const refused: RefusedFile[] = found.refused.map((i) => ({
        name: files[i]!.file.name,
        error: found.probes[i]?.refusal ?? null,
      }));
      const choices: Choice[] = [];
      for (const [i, group] of found.groups.entries()) {
        const { main } = group;
        const name = files[main]!.file.name;
        state.value = { phase: 'reading', done: i, total: found.groups.length, name };
        try {
          const opened = await bridge.openImage({
            main: files[main]!.file,
            others: group.others.map((at) => files[at]!.file),
            logs: group.logs.map((at) => files[at]!.file),
            picks: new Map(),
          });
          if (mine !== turn) {
            await bridge.closeImage(opened.image);
            return;
          }
          const alone = found.groups.length === 1 && !hooks.hasLayers();
          const made = choice(i, main, opened, alone, options.saved);
          if (made !== null) choices.push(made);
          else {
            refused.push({ name, error: firstRefusal(opened.report) });
            await bridge.closeImage(opened.image);
          }
        } catch (error) {
          refused.push({ name, error: toErrorData(error) });
        }
      }
      if (mine !== turn) return;
      if (choices.length === 0 && refused.length === 0) {
        state.value = { phase: 'idle' };
        return;
      }
      const place = (c: Choice) => options.saved?.layers.findIndex((layer) => layer.file === c.file) ?? -1;
      const sorted =
        options.saved === undefined ? stackOrder(choices) : choices.toSorted((a, b) => place(a) - place(b));
      state.value = { phase: 'choose', choices: sorted, refused, files: files.length };
      if ((options.straight || options.saved !== undefined) && refused.length === 0) await commit();
    } catch (error) {
      if (mine !== turn) return;
      state.value = { phase: 'idle' };
      notices.failed(error);
    }
  }

  async function commit(): Promise<void> {
    const now = state.value;
    if (now.phase !== 'choose') return;
    const wanted = now.choices.filter((c) => c.included);
    for (const c of now.choices) if (!c.included) void bridge.closeImage(c.image);
    const first = !hooks.hasLayers();
    const ids: string[] = [];
    const added: Choice[] = [];
    // from the bottom up: the OS layer decides how names are folded, so it should come first
    for (const [i, c] of [...wanted].reverse().entries()) {
      state.value = { phase: 'adding', done: i, total: wanted.length, name: c.name };
      try {
        ids.unshift(await bridge.workspace.addLayer({ image: c.image, mount: c.mount, role: c.role, name: c.name }));
        added.unshift(c);
      } catch (error) {
        notices.failed(error);
      }
    }
    if (first && ids.length > 1) await bridge.workspace.setOrder(ids).catch(notices.failed);
    state.value = { phase: 'idle' };
    if (added.length > 0 && remembered) hooks.added(taken, added);
  }

  return {
    state,
    open,
    change(id, part) {
      const now = state.value;
      if (now.phase !== 'choose') return;
      const choices = now.choices.map((c) => {
        if (c.id !== id) return c;
        const mount = part.mount ?? c.mount;
        return { ...c, ...part, detail: c.mounts.find((m) => m.mount === mount)?.title ?? c.detail };
      });
      state.value = { ...now, choices: stackOrder(choices) };
    },
    commit,
    cancel() {
      const now = state.value;
      turn++;
      if (now.phase === 'choose') for (const c of now.choices) void bridge.closeImage(c.image);
      state.value = { phase: 'idle' };
    },
  };
}
