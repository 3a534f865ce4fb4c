// Runs contenders in turn (A B A B ...), so that whatever else the machine does meets all alike.
import { costOf, type Cost } from "./measure.ts";
import { ratiosOf, spreadOf, type Spread } from "./statistics.ts";

/** Something to measure: run once, it ends when all is done and throws where it went wrong. */
export interface Contender {
  readonly title: string;
  /** Before each run, not measured. */
  readonly prepare?: () => Promise<void>;
  /** The peak of memory in bytes, where it is followed. */
  readonly run: () => Promise<{ readonly peakBytes?: number | undefined } | undefined>;
}

/** One contender's runs. */
export interface Measured {
  readonly title: string;
  /** ms. */
  readonly wall: Spread;
  /** ms; undefined where the system doesn't tell. */
  readonly cpu: Spread | undefined;
  /** Bytes. */
  readonly peak: Spread | undefined;
  /** How many times the base's cost, pair by pair; undefined for the base itself. */
  readonly ratio: { readonly wall: Spread; readonly cpu: Spread | undefined } | undefined;
}

interface Run extends Cost {
  readonly peakBytes: number | undefined;
}

/**
 * Runs all contenders `runs` times in turn, after one turn that doesn't count.
 * @param contenders the last one is the base that the others are compared with
 */
export async function compare(
  contenders: readonly Contender[],
  runs: number,
): Promise<readonly Measured[]> {
  const taken = contenders.map((): Run[] => []);
  for (let turn = 0; turn <= runs; turn += 1) {
    for (const [index, contender] of contenders.entries()) {
      const run = await runOnce(contender);
      if (turn > 0) taken[index]?.push(run);
    }
  }
  const base = taken.at(-1) ?? [];
  return contenders.map(({ title }, index) => summarize(title, taken[index] ?? [], base));
}

async function runOnce({ prepare, run }: Contender): Promise<Run> {
  await prepare?.();
  let peakBytes: number | undefined;
  const cost = await costOf(async () => {
    peakBytes = (await run())?.peakBytes;
  });
  return { ...cost, peakBytes };
}

function summarize(title: string, runs: readonly Run[], base: readonly Run[]): Measured {
  const wall = (of: readonly Run[]) => of.map((run) => run.wallMs);
  const cpu = (of: readonly Run[]) => all(of.map((run) => run.cpuMs));
  const ourCpu = cpu(runs);
  const baseCpu = cpu(base);
  const peaks = all(runs.map((run) => run.peakBytes));
  return {
    title,
    wall: spreadOf(wall(runs)),
    cpu: ourCpu && spreadOf(ourCpu),
    peak: peaks && spreadOf(peaks),
    ratio:
      runs === base
        ? undefined
        : {
            wall: spreadOf(ratiosOf(wall(runs), wall(base))),
            // Of what ends within a tick the kernel's count says 0.
            cpu:
              ourCpu && baseCpu?.every((ms) => ms > 0)
                ? spreadOf(ratiosOf(ourCpu, baseCpu))
                : undefined,
          },
  };
}

/** The values, if none is missing. */
function all(values: readonly (number | undefined)[]): readonly number[] | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}
