/**
 * Two effective views line by line (view-lines.ts): what a plan gives and what is shown now. Both are read side by side; what
 * does not meet its partner at once waits for it, so that a view of a million lines with few differences holds few of them.
 */

/** What one view has at a place. */
export interface ViewEntry {
  readonly kind: 'dir' | 'file' | 'link' | 'key' | 'value';
  /** Plan id of the layer it comes from; null for values and for content that several layers have alike. */
  readonly layer: string | null;
  /** Path in that layer, where it is another one. */
  readonly from: string | null;
  /** What else tells one entry from another: identity of a file, last write of a key, type and hash of a value. */
  readonly content: string | null;
}

export interface ViewGap {
  readonly path: string;
  /** Name of a value; null for everything else. */
  readonly name: string | null;
  /** Null where that view has nothing. */
  readonly plan: ViewEntry | null;
  readonly view: ViewEntry | null;
}

export interface ViewComparison {
  /** Lines of the plan's view. */
  readonly lines: number;
  /** Places that differ: all are counted, the first ones told. */
  readonly total: number;
  readonly gaps: readonly ViewGap[];
}

/** A value whose data nobody could read when the plan was made is compared by its type. */
function isUnreadable(plan: string, view: string): boolean {
  const [a, b] = [JSON.parse(plan) as Line, JSON.parse(view) as Line];
  return a[0] === 'value' && b[0] === 'value' && a[4] === null && a[3] === b[3];
}

type Line = readonly (string | number | null)[];

/** Place of a line; a key and its values have different ones. */
function placeOf(line: Line): string {
  return line[0] === 'value' ? `v\0${line[1]}\0${line[2]}` : `p\0${line[1]}`;
}

function entryOf(line: Line): ViewEntry {
  const [kind, path, third, fourth, fifth] = line;
  const text = (part: Line[number] | undefined) => (part === undefined || part === null ? null : String(part));
  if (kind === 'value') return { kind, layer: null, from: null, content: `type ${fourth}, ${fifth ?? 'not readable'}` };
  if (kind === 'key' || (kind === 'link' && String(path).includes('/')))
    return { kind, layer: text(third), from: null, content: text(fourth) };
  const alike = third === '=';
  return {
    kind: kind as ViewEntry['kind'],
    layer: alike ? null : text(third),
    from: alike ? null : text(fourth),
    content: alike ? text(fourth) : null,
  };
}

/**
 * @param limit of gaps that are told
 * @param pause called now and then: lets the worker answer, throws to cancel
 */
export async function compareViews(
  plan: Iterable<string>,
  view: Iterable<string>,
  limit: number,
  pause: () => Promise<void> = async () => {},
): Promise<ViewComparison> {
  const waiting = { plan: new Map<string, string>(), view: new Map<string, string>() };
  const gaps: ViewGap[] = [];
  let total = 0;
  let lines = 0;
  const parse = (text: string | undefined) => (text === undefined ? null : (JSON.parse(text) as Line));
  const tell = (a: string | undefined, b: string | undefined) => {
    total++;
    const [x, y] = [parse(a), parse(b)];
    const at = (x ?? y)!;
    if (gaps.length >= limit) return;
    gaps.push({
      path: String(at[1]),
      name: at[0] === 'value' ? String(at[2]) : null,
      plan: x === null ? null : entryOf(x),
      view: y === null ? null : entryOf(y),
    });
  };
  const meet = (text: string, side: 'plan' | 'view') => {
    const place = placeOf(JSON.parse(text) as Line);
    const other = side === 'plan' ? 'view' : 'plan';
    const partner = waiting[other].get(place);
    if (partner === undefined) {
      waiting[side].set(place, text);
      return;
    }
    waiting[other].delete(place);
    const [ofPlan, ofView] = side === 'plan' ? [text, partner] : [partner, text];
    if (ofPlan !== ofView && !isUnreadable(ofPlan, ofView)) tell(ofPlan, ofView);
  };
  const [left, right] = [plan[Symbol.iterator](), view[Symbol.iterator]()];
  for (let step = 1; ; step++) {
    const [a, b] = [left.next(), right.next()];
    if (a.done && b.done) break;
    if (!a.done) lines++;
    if (a.done || b.done || a.value !== b.value) {
      if (!a.done) meet(a.value, 'plan');
      if (!b.done) meet(b.value, 'view');
    }
    if (step % 4096 === 0) await pause();
  }
  for (const text of waiting.plan.values()) tell(text, undefined);
  for (const text of waiting.view.values()) tell(undefined, text);
  return { lines, total, gaps };
}
