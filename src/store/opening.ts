/**
 * From dropped files to layers: identify, unwrap, propose, let the user change it, add. Files that come while the dialog is
 * open join it; files that complete an image that is open, or one that was refused before, are put to it.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { BridgeApi, OpenedImage } from '../bridge/types.ts';
import type { ChainEntry, LayerInfo, Role } from '../engine/api.ts';
import { type Candidate, candidates, guessRole, imageLayers, proposed, stackOrder } from './candidates.ts';
import type { Taken } from './dropped.ts';
import { createGatherer, type GatheredImage, type RefusedFile } from './gather.ts';
import { candidateOf, filesOf, type HeldImage, type Images, isLacking, openSet, type TakenSet } from './images.ts';
import type { Notices } from './notices.ts';
import type { SavedLayer, SavedWorkspace } from './persist.ts';
import { type HandPicks, picksOf } from './picks.ts';
import { takeRuleFiles } from './rule-files.ts';
import { createShelf, sameFile } from './shelf.ts';

export type { RefusedFile };

export interface Choice {
  readonly id: number;
  readonly set: TakenSet;
  /** Null while nobody has asked for it: a part of another image. */
  readonly image: OpenedImage | null;
  /** Name of the image that is made of this one. */
  readonly partOf: string | null;
  readonly chain: readonly ChainEntry[];
  readonly fileName: string;
  readonly name: string;
  readonly detail: string;
  readonly size: number;
  readonly mounts: readonly Candidate[];
  readonly mount: string;
  readonly role: Role;
  readonly included: boolean;
  /** Store that was chosen for it in the workspace that is opened again. */
  readonly store?: string;
  /** Its place among the layers of a saved workspace, top first. */
  readonly place: number;
}

export type OpeningState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'reading'; readonly done: number; readonly total: number; readonly name: string }
  /** `choices` top first, then the parts of other images. */
  | {
      readonly phase: 'choose';
      readonly choices: readonly Choice[];
      readonly refused: readonly RefusedFile[];
      readonly files: number;
    }
  | { readonly phase: 'adding'; readonly done: number; readonly total: number; readonly name: string };

/** Where a file is wanted: in an image that is open, or in one of the dialog. */
export type Wanting = { readonly image: string } | { readonly set: TakenSet };

export interface Opening {
  readonly state: ReadonlySignal<OpeningState>;
  /** Opens files. `straight`: add what is proposed without asking; `saved`: as that workspace had it. */
  open(files: readonly Taken[], options?: { straight?: boolean; saved?: SavedWorkspace }): Promise<void>;
  change(id: number, part: Partial<Pick<Choice, 'mount' | 'role' | 'included'>>): void;
  /** Takes a file for a need by hand, whatever it says it is: one of the entry's candidates by index, or another one. */
  pick(where: Wanting, need: string, file: Taken | number): Promise<void>;
  commit(): Promise<void>;
  cancel(): void;
}

export interface OpeningHooks {
  plan(file: File): void;
  /** Called when layers have been added. */
  added(): void;
  /** A layer was opened again, under another id. */
  replaced(old: string, now: string): void;
  layers(): readonly LayerInfo[];
  readonly images: Images;
}

/** Top first; earlier states of a disk stand apart, below what is made of them. */
const inOrder = (choices: readonly Choice[]): Choice[] => [
  ...stackOrder(choices.filter(({ partOf }) => partOf === null)),
  ...choices.filter(({ partOf }) => partOf !== null),
];

const stem = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/\.[^.]{1,5}$/, '');

export function createOpening(bridge: BridgeApi, notices: Notices, hooks: OpeningHooks): Opening {
  const state = signal<OpeningState>({ phase: 'idle' });
  const { images } = hooks;
  const gatherer = createGatherer(bridge);
  const shelf = createShelf();
  let turn = 0;
  let nextId = 0;
  /** What was dropped since the dialog opened, and what of it was chosen by hand. */
  let fresh: readonly Taken[] = [];
  let picks: HandPicks = new Map();
  let saved: SavedWorkspace | null = null;
  let straight = false;
  /** Rule files of other products among what was dropped: taken in behind the layers that came with them. */
  let ruleFiles: readonly Taken[] = [];

  /** @param layer of a saved container image, when that is what the choice is about */
  function choice(
    { set, partOf, opened }: GatheredImage,
    alone: boolean,
    before: SavedLayer | null,
    layer: Candidate | null = null,
  ): Choice | null {
    const about = {
      id: nextId++,
      set,
      image: opened,
      partOf,
      name: before?.name ?? layer?.title ?? stem(set.main.file.name),
      place: before === null ? Number.POSITIVE_INFINITY : saved!.layers.indexOf(before),
      ...(before?.store === undefined ? {} : { store: before.store }),
    };
    if (opened === null) {
      const { name, size } = set.main.file;
      const role = guessRole(name, '', false);
      return { ...about, chain: [], fileName: name, detail: '', size, mounts: [], mount: '', role, included: false };
    }
    const { name: fileName, size, root } = opened.report;
    const mounts = candidates(opened.report);
    const pick = mounts.find((c) => c.mount === before?.mount) ?? layer ?? proposed(mounts);
    if (pick === null) return null;
    // what is upon a base is no base, whatever it is called
    const guessed = guessRole(fileName, pick.title, alone, pick.windows);
    const upon = layer !== null && layer.layer !== 1 && guessed === 'os';
    return {
      ...about,
      chain: root.chain,
      fileName,
      detail: pick.title,
      size,
      mounts,
      mount: pick.mount,
      role: before?.role ?? (upon ? 'app' : guessed),
      included: saved === null ? partOf === null : before !== null,
    };
  }

  /** One choice for each layer that the saved workspace had of an image; for a new image one, or one for each of its layers. */
  function choicesOf(image: GatheredImage, alone: boolean): Choice[] {
    const index = saved === null ? -1 : fresh.indexOf(image.set.main);
    const before = saved?.layers.filter((layer) => layer.file === index) ?? [];
    if (before.length > 0) return before.flatMap((layer) => choice(image, alone, layer) ?? []);
    const layers = image.opened === null ? [] : imageLayers(candidates(image.opened.report));
    return (layers.length === 0 ? [null] : layers).flatMap((layer) => choice(image, alone, null, layer) ?? []);
  }

  /** An earlier state of a disk is what the disk is. */
  function likeChild(now: Choice, all: readonly Choice[]): Choice {
    const child = all.find(({ set, partOf }) => partOf === null && set.main.file.name === now.partOf);
    return child === undefined || saved !== null ? now : { ...now, role: child.role };
  }

  /** What the user has already changed in the dialog stays when more files come. */
  function asBefore(now: Choice, old: readonly Choice[]): Choice {
    const same = old.filter(({ set }) => set.main === now.set.main);
    const was = same.find(({ mount: at }) => at === now.mount) ?? (same.length === 1 ? same[0] : undefined);
    if (was === undefined || now.image === null) return now;
    const mount = now.mounts.find((m) => m.mount === was.mount);
    const kept = was.image === null || mount === undefined ? {} : { mount: mount.mount, detail: mount.title };
    return { ...now, role: was.role, included: was.partOf === now.partOf ? was.included : now.included, ...kept };
  }

  async function relink(mine: number, old: readonly Choice[]): Promise<void> {
    const lacking = saved === null ? images.lacking() : [];
    const waiting = saved === null ? shelf.files() : [];
    const pool = [...new Set([...lacking.flatMap(filesOf), ...waiting, ...fresh])];
    const news = new Set(fresh);
    const renewed: { held: HeldImage; set: TakenSet }[] = [];
    // an open dialog stays while what has come besides is looked at
    const quiet = state.peek().phase === 'choose';
    const progress = (done: number, total: number, name: string) => {
      if (!quiet) state.value = { phase: 'reading', done, total, name };
    };
    progress(0, fresh.length, fresh[0]!.file.name);
    const found = await gatherer.gather(pool, {
      picks,
      cancelled: () => mine !== turn,
      progress,
      alone: (main) =>
        saved === null
          ? old.some(({ set, image }) => set.main === main && image !== null)
          : saved.layers.some((layer) => fresh[layer.file] === main),
      wanted(set, inner) {
        const held = lacking.find(({ main }) => main === set.main);
        if (held !== undefined) {
          if (set.others.some((taken) => news.has(taken) && !held.others.includes(taken)))
            renewed.push({ held, set: { ...set, picks: held.picks } });
          return false;
        }
        return news.has(set.main) || (!inner && waiting.includes(set.main) && set.others.some((o) => news.has(o)));
      },
    });
    if (found === null || mine !== turn) return;
    for (const { held, set } of renewed) await renew(held, set);
    if (mine !== turn) return;
    for (const plan of found.plans) if (news.has(plan)) hooks.plan(plan.file);
    ruleFiles = found.rules.filter((taken) => news.has(taken));
    const outer = found.images.filter(({ partOf }) => partOf === null);
    const alone = outer.length === 1 && hooks.layers().length === 0;
    const made = found.images.flatMap((image) => choicesOf(image, alone));
    const choices = made.map((now) => asBefore(likeChild(now, made), old));
    const refused = found.refused.filter(
      ({ set, name }) => set !== null || fresh.some(({ file }) => file.name === name),
    );
    // parents of what is open already: they have gone where they belong
    if (refused.length === 0 && choices.every(({ partOf }) => partOf !== null) && saved === null) {
      void takeRuleFiles(bridge, notices, ruleFiles);
      end();
      return;
    }
    const sorted = saved === null ? inOrder(choices) : choices.toSorted((a, b) => a.place - b.place);
    state.value = { phase: 'choose', choices: sorted, refused, files: fresh.length };
    const clear = straight || saved !== null || (old.length === 0 && alone && isLoneHive(choices));
    if (clear && refused.length === 0) await commit();
  }

  /** Runs a turn of linking; what goes wrong with all of it is told, and the dialog closes. */
  async function run(): Promise<void> {
    const mine = ++turn;
    const now = state.value;
    const old = now.phase === 'choose' ? now.choices : [];
    try {
      await relink(mine, old);
    } catch (error) {
      if (mine !== turn) return;
      end();
      notices.failed(error);
    }
  }

  function end(keep?: ReadonlySet<string>): void {
    gatherer.close(keep);
    ruleFiles = [];
    fresh = [];
    picks = new Map();
    state.value = { phase: 'idle' };
  }

  /** Opens an image again with other files, and puts it where its layers are. */
  async function renew(held: HeldImage, set: TakenSet): Promise<void> {
    const layers = hooks.layers().filter((layer) => layer.image === held.image);
    if (layers.length === 0) return;
    let unused: string | null = null;
    try {
      const { image, report } = await openSet(bridge, set);
      unused = image;
      if (candidates(report).length === 0) {
        if (report.root.refusal !== null) notices.show({ code: 'error', error: report.root.refusal });
        return;
      }
      images.hold({ ...held, ...set, image, report });
      for (const { id, mount, store, storeChosen } of layers) {
        const spec = { image, mount, role: null, name: null, replaces: id };
        const now = await bridge.workspace.addLayer(storeChosen ? { ...spec, store } : spec);
        unused = null;
        hooks.replaced(id, now);
      }
      notices.show({ code: 'imageRenewed', name: layers.map(({ name }) => name).join(', ') });
      hooks.added();
    } catch (error) {
      notices.failed(error);
    } finally {
      if (unused !== null) {
        images.letGo(unused);
        await bridge.closeImage(unused).catch(() => undefined); // its reader may have ended by itself
      }
    }
  }

  async function open(
    files: readonly Taken[],
    options: { straight?: boolean; saved?: SavedWorkspace } = {},
  ): Promise<void> {
    if (files.length === 0) {
      notices.show({ code: 'nothingToOpen' });
      return;
    }
    const known = [...images.lacking().flatMap(filesOf), ...shelf.files(), ...fresh];
    straight = options.straight === true;
    saved = options.saved ?? null;
    // the same file again is the one that is known
    const taken = saved === null ? files.map((file) => known.find((other) => sameFile(other, file)) ?? file) : files;
    const joins = state.value.phase === 'choose' || state.value.phase === 'reading';
    fresh = saved === null && joins ? [...new Set([...fresh, ...taken])] : taken;
    if (saved !== null) picks = picksOf(saved, files);
    await run();
  }

  async function commit(): Promise<void> {
    const now = state.value;
    if (now.phase !== 'choose') return;
    turn++;
    const included = now.choices.flatMap((c) => (c.included && c.image !== null ? [{ ...c, image: c.image }] : []));
    const wanted = saved === null ? stackOrder(included) : included;
    for (const { set, chain } of now.refused) if (set !== null && chain.some(isLacking)) shelf.put(set);
    for (const { set } of wanted) shelf.take(set.main);
    const used = new Set<string>();
    for (const { set, image } of wanted) images.hold({ ...set, ...image, remembered: !straight });
    const first = hooks.layers().length === 0;
    const ids: string[] = [];
    // from the bottom up: the OS layer decides how names are folded, so it should come first
    for (const [i, { image, mount, role, name, store }] of [...wanted].reverse().entries()) {
      state.value = { phase: 'adding', done: i, total: wanted.length, name };
      try {
        const spec = { image: image.image, mount, role, name };
        ids.unshift(await bridge.workspace.addLayer(store === undefined ? spec : { ...spec, store }));
        used.add(image.image);
      } catch (error) {
        notices.failed(error);
      }
    }
    for (const { image } of wanted) if (!used.has(image.image)) images.letGo(image.image);
    if (first && ids.length > 1) await bridge.workspace.setOrder(ids).catch(notices.failed);
    void takeRuleFiles(bridge, notices, ruleFiles);
    end(used);
    if (ids.length > 0) hooks.added();
  }

  function update(id: number, part: Partial<Choice>): void {
    const now = state.value;
    if (now.phase !== 'choose') return;
    const choices = now.choices.map((c) => {
      if (c.id !== id) return c;
      const next = { ...c, ...part };
      return { ...next, detail: next.mounts.find((m) => m.mount === next.mount)?.title ?? next.detail };
    });
    state.value = { ...now, choices: inOrder(choices) };
  }

  /** A part of another image is opened when it is asked for. */
  async function openChoice(wanted: Choice): Promise<void> {
    const mine = turn;
    try {
      const image = await gatherer.open(wanted.set);
      const mounts = candidates(image.report);
      const pick = proposed(mounts);
      if (pick === null) {
        update(wanted.id, { included: false });
        const { refusal } = image.report.root;
        if (refusal !== null) notices.show({ code: 'error', error: refusal });
      } else update(wanted.id, { image, mounts, mount: pick.mount, chain: image.report.root.chain });
    } catch (error) {
      if (mine !== turn) return; // the dialog was closed, or looks at its files anew
      update(wanted.id, { included: false });
      notices.failed(error);
    }
  }

  return {
    state,
    open,
    change(id, part) {
      update(id, part);
      const now = state.value;
      const found = now.phase === 'choose' ? now.choices.find((c) => c.id === id) : undefined;
      if (part.included === true && found?.image === null) void openChoice(found);
    },
    async pick(where, need, file) {
      const set = 'set' in where ? where.set : images.get(where.image);
      if (set === undefined) return;
      const taken = typeof file === 'number' ? candidateOf(set, file) : file;
      if (taken === undefined) return;
      const chosen = new Map([...set.picks, [need, taken]]);
      if ('image' in where) {
        const held = images.get(where.image)!;
        await renew(held, { ...held, others: [...new Set([...held.others, taken])], picks: chosen });
        return;
      }
      picks = new Map([...picks, [set.main, chosen]]);
      fresh = [...new Set([...fresh, set.main, taken])];
      await run();
    },
    commit,
    cancel() {
      const now = state.value;
      turn++;
      if (now.phase === 'choose')
        for (const { set, chain } of now.refused) if (set !== null && chain.some(isLacking)) shelf.put(set);
      end();
    },
  };
}

/** A hive by itself leaves nothing to choose: its keys are what one wants to see, and its place says itself. */
function isLoneHive(choices: readonly Choice[]): boolean {
  const [choice] = choices;
  return choices.length === 1 && choice!.mounts.length === 1 && choice!.mounts[0]!.kind === 'hive';
}
