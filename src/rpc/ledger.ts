/**
 * The promise ledger: every call to another thread that has not been answered. A worker that traps or is terminated
 * answers nothing, and nobody on a MessagePort is told; whoever learns of the death calls `fail`, and each open call
 * rejects instead of hanging for ever.
 */

/** Calls of an API as the other side of a thread offers them: every method answers by a promise. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

export interface Ledger<T> {
  readonly api: Remote<T>;
  /** Rejects all open calls and every later one with `error`. */
  fail(error: Error): void;
  /** Calls not answered yet. */
  readonly open: number;
}

/** @param target object whose methods return promises (a Comlink proxy) */
export function withLedger<T extends object>(target: object): Ledger<T> {
  const open = new Set<(error: Error) => void>();
  let dead: Error | null = null;
  const methods = new Map<PropertyKey, unknown>();
  const call =
    (name: PropertyKey) =>
    (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        if (dead !== null) {
          reject(dead);
          return;
        }
        open.add(reject);
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        // a call that cannot even be sent throws here, and is answered by that
        new Promise((answer) => answer(method(...args))).then(resolve, reject).finally(() => open.delete(reject));
      });
  const api = new Proxy({} as Remote<T>, {
    get(_, name) {
      if (name === 'then') return undefined; // an API is no promise, though `await` asks
      let method = methods.get(name);
      if (method === undefined) {
        method = call(name);
        methods.set(name, method);
      }
      return method;
    },
  });
  return {
    api,
    fail(error) {
      dead ??= error;
      for (const reject of [...open]) reject(error);
      open.clear();
    },
    get open() {
      return open.size;
    },
  };
}
