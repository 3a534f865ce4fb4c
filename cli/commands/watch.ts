// `lockstep watch`: what happens in the database at this moment, again and again.
import { parseTarget, type DatabaseTarget } from "../../engine/drivers/postgres/target.ts";
import { toCells } from "../../engine/sql/cells.ts";
import { postgresSource } from "../../engine/watch/postgresSource.ts";
import { watch, type Tick } from "../../engine/watch/watch.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import { shortTime } from "../duration.ts";
import { lineDocument } from "../jsonDocument.ts";
import { LiveScreen } from "../liveScreen.ts";
import { formatTime } from "../terminal.ts";
import { tickDocument } from "../watchDocument.ts";
import { WatchLog } from "../watchLog.ts";
import { viewLines, type ViewLine } from "../watchView.ts";

/** What `lockstep watch` takes. */
export interface WatchCommandOptions {
  /** ms */
  readonly interval: number;
  /** Transactions count as long from then on, ms. */
  readonly longAfter: number;
  readonly once?: boolean;
  /** Shows queries with their values. */
  readonly queries?: boolean;
  readonly json?: boolean;
}

/** A look that takes longer is given up, ms: more than its queries' own limits add up to. */
const LOOK_LIMIT_MS = 15_000;

/** Watches until Ctrl-C or q, which is its good end; changes nothing. */
export const runWatch: CommandRun<WatchCommandOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const source = postgresSource(target, { whole: options.queries === true });
  const ending = new AbortController();
  const { stdout } = context.host;
  const end = () => {
    ending.abort();
  };
  // Nobody reads any more.
  stdout.once("error", end);
  const signal = AbortSignal.any([ending.signal, context.signal]);
  const show = showerFor(target, options, { context, end });
  try {
    const ticks = watch(source, { intervalMs: options.interval, limitMs: LOOK_LIMIT_MS, signal });
    for await (const tick of ticks) {
      await show.tick(tick);
      if (options.once) break;
    }
  } finally {
    show.close();
    stdout.off("error", end);
  }
  return { json: null, lines: [] };
};

/** One way to show ticks. */
interface Shower {
  tick(tick: Tick): Promise<void> | void;
  close(): void;
}

interface Place {
  readonly context: CommandContext;
  readonly end: () => void;
}

function showerFor(
  target: DatabaseTarget,
  options: WatchCommandOptions,
  { context, end }: Place,
): Shower {
  const { stdin, stdout } = context.host;
  const longS = options.longAfter / 1_000;
  const nothing = () => undefined;
  if (options.json) {
    return {
      tick: (tick) =>
        writeAll(stdout, lineDocument("watch", tickDocument(target.display, tick, longS))),
      close: nothing,
    };
  }
  const head = (tick: Tick) => `${target.display} as ${target.user}, ${formatTime(tick.at)}`;
  if (options.once) {
    return {
      tick: (tick) => {
        for (const { text, tone } of [
          { text: head(tick) },
          ...tickLines(tick, longS),
        ] as ViewLine[])
          context.say(safe(text), tone);
      },
      close: nothing,
    };
  }
  if (!stdout.isTTY || context.env.TERM === "dumb") {
    const log = new WatchLog(longS);
    return {
      tick: (tick) => {
        for (const line of log.next(tick)) context.say(`${formatTime(tick.at)} ${safe(line)}`);
      },
      close: nothing,
    };
  }
  const screen = new LiveScreen({ input: stdin, output: stdout }, context.env, end);
  let isOpen = false;
  return {
    tick: (tick) => {
      // Not before the first look: an error would be lost with the screen.
      if (!isOpen) screen.open();
      isOpen = true;
      const every = `every ${shortTime(options.interval / 1_000)}; q ends`;
      screen.draw([{ text: `${head(tick)}, ${every}`, tone: "quiet" }, ...tickLines(tick, longS)]);
    },
    close: () => {
      screen.close();
    },
  };
}

function tickLines(tick: Tick, longS: number): readonly ViewLine[] {
  if (tick.state === "up") return viewLines(tick.look, longS);
  const text = tick.state === "away" ? `server away: ${tick.why}` : `no look: ${tick.why}`;
  return [{ text, tone: "bad" }];
}

/** Names come from the database: none of them may steer the terminal. */
function safe(text: string): string {
  return toCells(text).join("");
}

/** Waits for a reader that is slower than we are. */
async function writeAll(stdout: NodeJS.WriteStream, text: string): Promise<void> {
  if (stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    stdout.once("drain", resolve).once("error", resolve).once("close", resolve);
  });
}
