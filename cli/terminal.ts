// What a person sees: lines that stay, one live line on a terminal, and little of it elsewhere.
import type { StepEvent } from "../engine/events.ts";
import { paintFor, type Paint, type Tone } from "./style.ts";

/** A place to write to, such as process.stdout. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Away from a terminal progress comes at most this often, ms. */
const PROGRESS_EVERY_MS = 1_000;
/** Begins the line anew: carriage return, erase to its end. */
const CLEAR_LINE = "\r\u001b[K";

/** Writes messages to one stream; the live line is always its last. */
export class Terminal {
  readonly #output: Output;
  readonly #paint: Paint;
  #live = false;
  #progress = "";
  #shownAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, env: Readonly<Record<string, string | undefined>>) {
    this.#output = output;
    this.#paint = paintFor(output, env);
  }

  /** A line that stays. */
  say(line: string, tone?: Tone): void {
    this.clear();
    this.#output.write(`${tone ? this.#paint(tone, line) : line}\n`);
  }

  /** An event of a run: progress is live, the rest stays. */
  show(event: StepEvent): void {
    const line = formatEvent(event);
    if (event.level === "progress") this.#showProgress(line);
    else this.say(line, TONES[event.level]);
  }

  /** Takes the live line away; progress that was held back is forgotten. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#live) this.#output.write(CLEAR_LINE);
    this.#live = false;
  }

  #showProgress(line: string): void {
    if (this.#output.isTTY) {
      this.#output.write(`${CLEAR_LINE}${cut(line, this.#output.columns || 80)}`);
      this.#live = true;
      return;
    }
    // The time alone is no change.
    const text = line.slice(line.indexOf(" "));
    if (text === this.#progress) return;
    this.#progress = text;
    clearTimeout(this.#timer);
    const waitMs = this.#shownAtMs + PROGRESS_EVERY_MS - performance.now();
    if (waitMs <= 0) this.#writeProgress(line);
    else
      this.#timer = setTimeout(() => {
        this.#writeProgress(line);
      }, waitMs).unref();
  }

  #writeProgress(line: string): void {
    this.#shownAtMs = performance.now();
    this.#output.write(`${line}\n`);
  }
}

const TONES: Readonly<Record<StepEvent["level"], Tone | undefined>> = {
  progress: undefined,
  info: undefined,
  warn: "warn",
  error: "bad",
};

/** `2026-11-21T09:00:00Z warning: ...`: time (UTC), then what happened. */
export function formatEvent({ at, level, message }: StepEvent): string {
  const word = { progress: "", info: "", warn: "warning: ", error: "error: " }[level];
  return `${formatTime(at)} ${word}${message}`;
}

/** An ISO time or a date to the second, UTC. */
export function formatTime(at: string | Date): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A live line must not wrap, else it could not be taken back. */
function cut(line: string, columns: number): string {
  const room = Math.max(1, columns - 1);
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
