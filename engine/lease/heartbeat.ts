// A regular beat that never overtakes itself.

/** Calls a function again and again, never twice at a time. */
export class Heartbeat {
  readonly #beat: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  /** `beat` must not throw. */
  constructor(beat: () => Promise<void>) {
    this.#beat = beat;
  }

  /** Beats each `everyMs` ms from now on. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => {
      // Beats that queue up behind a slow one say nothing more, and hold up the release.
      this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
    }, everyMs);
  }

  /** Waits for the beat that is under way. */
  async settled(): Promise<void> {
    await this.#beating;
  }

  /** No beat comes after it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
  }
}
