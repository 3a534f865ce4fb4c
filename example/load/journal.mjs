// Remembers what the server has acknowledged, and what it left open.

/** @typedef {{ id: number, email: string, phone: string | null }} Value */

/** A write that may have happened: `old` is what was there before, null for a create. */
/** @typedef {{ operation: "create" | "update", old: Value | null, new: Omit<Value, "id"> & { id: number | null } }} Uncertain */

/** An answer that shows something else than what was acknowledged last. */
/** @typedef {{ operation: string, expected: Value, seen: unknown }} Mismatch */

/**
 * One operation at a time on each customer, so that "the last acknowledged value" is one value.
 */
export class Journal {
  /** @type {Map<number, Value>} */
  #values = new Map();
  /** @type {number[]} customers that no operation is under way on */
  #free = [];
  /** @type {Uncertain[]} */
  uncertain = [];
  /** @type {Mismatch[]} */
  mismatches = [];

  /** Takes a customer that nothing is being done to, or undefined if there is none. */
  take() {
    const at = Math.floor(Math.random() * this.#free.length);
    const id = this.#free[at];
    const last = this.#free.pop();
    if (id === undefined || last === undefined) return undefined;
    if (at < this.#free.length) this.#free[at] = last;
    return this.#values.get(id);
  }

  /** @param {Value} value as taken */
  giveBack(value) {
    this.#free.push(value.id);
  }

  /**
   * Notes an acknowledged write.
   *
   * @param {string} operation
   * @param {Value} expected what was asked for
   * @param {unknown} seen what the answer shows
   */
  acknowledge(operation, expected, seen) {
    this.#values.set(expected.id, expected);
    this.compare(operation, expected, seen);
    this.#free.push(expected.id);
  }

  /**
   * Notes a write that may have happened or may yet happen. Its customer is left alone from now on: a later
   * answer would not prove what the row holds in the end.
   *
   * @param {Uncertain} write
   */
  doubt(write) {
    this.uncertain.push(write);
    if (write.old !== null) this.#values.delete(write.old.id);
  }

  /**
   * @param {string} operation
   * @param {Value} expected
   * @param {any} seen
   */
  compare(operation, expected, seen) {
    const isSame =
      seen?.id === expected.id && seen?.email === expected.email && seen?.phone === expected.phone;
    if (!isSame) this.mismatches.push({ operation, expected, seen: seen ?? null });
  }

  /** The last acknowledged value of each customer, without those in `uncertain`. */
  values() {
    return [...this.#values.values()];
  }
}
