/** Many stacks at once against a reference model: how they are made and compared, whatever their nodes are. */
import { expect } from 'vitest';

/** Stacks that are merged as one: making a merge costs more than a small tree in it. */
const BATCH = 2000;

export interface ModelTrial<Stack, View> {
  /** What our merge gives for each stack, all of them in one merge. */
  readonly views: (stacks: readonly Stack[]) => (View | null)[];
  /** A view as text, names in one order, so that equal views are equal texts. */
  readonly told: (view: View | null) => string;
}

/** Compares in batches. @param where begins the message of a mismatch. @returns how many there were */
export function compareStacks<Stack, View>(
  { views, told }: ModelTrial<Stack, View>,
  stacks: Iterable<Stack>,
  expected: (stack: Stack) => View | null,
  where: string,
): number {
  let count = 0;
  let batch: Stack[] = [];
  const flush = () => {
    const ours = views(batch);
    expect(ours).toHaveLength(batch.length);
    batch.forEach((stack, n) => {
      const [one, other] = [told(ours[n]!), told(expected(stack))];
      // asking `expect` each time, a million times, takes longer than the merge
      if (one !== other) expect(one, `${where}, stack ${count + n}: ${JSON.stringify(stack)}`).toBe(other);
    });
    count += batch.length;
    batch = [];
  };
  for (const stack of stacks) {
    batch.push(stack);
    if (batch.length === BATCH) flush();
  }
  if (batch.length > 0) flush();
  return count;
}

/** Every `step`-th stack with one of each list, in their order. */
export function* everyStack<Node>(
  [a, b, c]: readonly [readonly Node[], readonly Node[], readonly Node[]],
  step: number,
): Generator<[Node, Node, Node]> {
  const total = a.length * b.length * c.length;
  for (let n = 0; n < total; n += step)
    yield [a[Math.floor(n / (b.length * c.length))]!, b[Math.floor(n / c.length) % b.length]!, c[n % c.length]!];
}
