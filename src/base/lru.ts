/** A least-recently-used map bounded by the sum of its entries' costs. */
export class Lru<K, V> {
  readonly #map = new Map<K, { value: V; cost: number }>();
  readonly #budget: number;
  #cost = 0;

  /** @param budget upper bound of the summed costs; one entry dearer than it is still kept alone. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get(key: K): V | undefined {
    const hit = this.#map.get(key);
    if (hit === undefined) return undefined;
    this.#map.delete(key);
    this.#map.set(key, hit);
    return hit.value;
  }

  set(key: K, value: V, cost: number): void {
    this.delete(key);
    this.#map.set(key, { value, cost });
    this.#cost += cost;
    for (const oldest of this.#map.keys()) {
      if (this.#cost <= this.#budget || this.#map.size === 1) break;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    const hit = this.#map.get(key);
    if (hit === undefined) return;
    this.#cost -= hit.cost;
    this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
    this.#cost = 0;
  }

  get cost(): number {
    return this.#cost;
  }
}
