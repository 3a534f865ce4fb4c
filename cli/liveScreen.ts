// A screen that is redrawn in place, and its keys: q or Ctrl-C ends it.
import { clipEnd, toCells } from "../engine/sql/cells.ts";
import { paintFor } from "./style.ts";
import type { ViewLine } from "./watchView.ts";

/** The terminal's input, such as process.stdin. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  on(event: "data", listener: (data: Buffer) => void): unknown;
  off(event: "data", listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** The terminal's output, such as process.stdout. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** The other screen, which leaves what stood in the terminal alone, without a cursor. */
const OPEN = "\u001b[?1049h\u001b[?25l";
const CLOSE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const CTRL_C = "\u0003";

/** A terminal taken over for as long as it is open. */
export class LiveScreen {
  readonly #input: KeyInput;
  readonly #output: ScreenOutput;
  readonly #paint;
  readonly #onEnd: () => void;
  #lines: readonly ViewLine[] = [];
  #isOpen = false;

  readonly #onData = (data: Buffer) => {
    // In raw mode Ctrl-C comes as a key, not as a signal.
    if (/^[qQ]/.test(data.toString()) || data.toString().includes(CTRL_C)) this.#onEnd();
  };
  // A second signal ends the process at once, which must not leave the terminal as it is now.
  readonly #onExit = () => {
    this.close();
  };
  readonly #onResize = () => {
    this.draw(this.#lines);
  };

  /** `onEnd` is called when somebody asks for the end by a key. */
  constructor(
    streams: { readonly input: KeyInput; readonly output: ScreenOutput },
    env: Readonly<Record<string, string | undefined>>,
    onEnd: () => void,
  ) {
    this.#input = streams.input;
    this.#output = streams.output;
    this.#paint = paintFor(streams.output, env);
    this.#onEnd = onEnd;
  }

  /** Takes the terminal over. */
  open(): void {
    this.#isOpen = true;
    process.once("exit", this.#onExit);
    this.#output.write(OPEN);
    this.#output.on("resize", this.#onResize);
    if (!this.#input.isTTY) return;
    this.#input.setRawMode?.(true);
    this.#input.on("data", this.#onData);
    this.#input.resume();
  }

  /** Shows `lines`, as many of them as there is room for. */
  draw(lines: readonly ViewLine[]): void {
    this.#lines = lines;
    if (!this.#isOpen) return;
    const { columns = 80, rows = 24 } = this.#output;
    const fitting = fitLines(lines, { columns, rows }).map(({ text, tone }) =>
      tone ? this.#paint(tone, text) : text,
    );
    const drawn = fitting.map((line) => `${line}${CLEAR_TO_LINE_END}`).join("\r\n");
    this.#output.write(`${HOME}${drawn}${CLEAR_BELOW}`);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#onExit);
    this.#output.off("resize", this.#onResize);
    if (this.#input.isTTY) {
      this.#input.off("data", this.#onData);
      this.#input.setRawMode?.(false);
      this.#input.pause();
    }
    this.#output.write(CLOSE);
  }
}

/** `lines` cut to a terminal's size; the last one says how many found no room. No line can wrap or move the cursor. */
export function fitLines(
  lines: readonly ViewLine[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly ViewLine[] {
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : lines.slice(0, room - 1);
  const more = lines.length - shown.length;
  const all =
    more === 0 ? shown : [...shown, { text: `… ${more} more lines`, tone: "quiet" as const }];
  return all.map((line) => ({
    ...line,
    text: clipEnd(toCells(line.text), Math.max(1, columns - 1)).join(""),
  }));
}
