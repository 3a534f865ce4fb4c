// The figures as lines for people: medians, and ratios with their range.
import type { Measured } from "./compare.ts";
import type { Spread } from "./statistics.ts";

/** A bench's result as lines: the title, then one line a contender. */
export function reportLines(title: string, measured: readonly Measured[]): readonly string[] {
  const width = Math.max(...measured.map((one) => one.title.length));
  return [title, ...measured.map((one) => `  ${one.title.padEnd(width)}  ${figures(one)}`)];
}

function figures({ wall, cpu, peak, ratio }: Measured): string {
  return [
    `${ms(wall.median)} wall`,
    cpu && `${ms(cpu.median)} cpu`,
    peak && `${(peak.median / 2 ** 20).toFixed(0).padStart(4)} MiB`,
    ratio && `x ${range(ratio.wall)} wall`,
    ratio?.cpu && `x ${range(ratio.cpu)} cpu`,
  ]
    .filter((part) => part !== undefined)
    .join("   ");
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(6)} ms`;
}

function range({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}
