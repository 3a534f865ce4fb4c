// The error rate over a gate's time, as inline SVG: a line through the checks, a mark for each, the release before as a dashed line.
import { html, type Html } from "./html.ts";

/** One check of a gate, as far as the chart shows it. */
export interface ChartPoint {
  /** ISO 8601. */
  readonly at: string;
  /** 0 to 1; null where nothing was counted. */
  readonly errorRate: number | null;
  readonly verdict: string;
  readonly reason: string;
}

const [WIDTH, HEIGHT] = [720, 240];
const [LEFT, RIGHT, TOP, BOTTOM] = [74, 14, 18, 32];
/** The scale goes to at least so much, so that a healthy release is a flat line at its foot. */
const LEAST_TOP = 0.1;

/** The chart of `points`; `baseline` is the error rate of the release before, 0 to 1. */
export function chart(points: readonly ChartPoint[], baseline: number | null): Html {
  const rates = points.flatMap(({ errorRate }) => errorRate ?? []);
  const top = niceTop(Math.max(LEAST_TOP, baseline ?? 0, ...rates));
  const times = points.map(({ at }) => Date.parse(at));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const x = (time: number) =>
    LEFT + ((WIDTH - LEFT - RIGHT) * (last > first ? time - first : 0)) / Math.max(1, last - first);
  const y = (rate: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - rate / top);
  const placed = points.map((point, at) => ({
    ...point,
    cx: x(times[at] ?? first).toFixed(1),
    cy: y(point.errorRate ?? 0).toFixed(1),
  }));
  const line = placed
    .filter(({ errorRate }) => errorRate !== null)
    .map(({ cx, cy }) => `${cx},${cy}`)
    .join(" ");
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="chart-title">
    <title id="chart-title">Error rate at each of ${points.length} gate checks</title>
    ${[0, 0.5, 1].map((part) => gridLine(y(top * part), percent(top * part)))}
    <text x="${LEFT}" y="${HEIGHT - 8}" class="axis">${clock(first)}</text>
    <text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" class="axis end">${clock(last)} UTC</text>
    ${
      baseline === null
        ? null
        : html`<line
            class="baseline"
            x1="${LEFT}"
            x2="${WIDTH - RIGHT}"
            y1="${y(baseline).toFixed(1)}"
            y2="${y(baseline).toFixed(1)}"
            ><title>release before: ${percent(baseline)}</title></line
          >`
    }
    <polyline class="rate" points="${line}" />
    ${placed.map(mark)}
  </svg>`;
}

/** A cross for a failed check and a ring for one without data: told apart without colour, too. */
function mark({ cx, cy, verdict, at, errorRate, reason }: ChartPoint & { cx: string; cy: string }) {
  const rate = errorRate === null ? "no requests" : percent(errorRate);
  const title = html`<title>${clock(Date.parse(at))}: ${rate}, ${verdict}: ${reason}</title>`;
  if (verdict !== "fail")
    return html`<circle class="point ${verdict}" cx="${cx}" cy="${cy}" r="4">${title}</circle>`;
  return html`<path class="point fail" d="M${cx} ${cy}m-5-5l10 10m0-10l-10 10">${title}</path>`;
}

function gridLine(y: number, label: string): Html {
  const at = y.toFixed(1);
  return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" />
    <text x="${LEFT - 8}" y="${(y + 4).toFixed(1)}" class="axis end">${label}</text>`;
}

/** The next of 10, 20, 50 and 100 %. */
function niceTop(rate: number): number {
  return [0.1, 0.2, 0.5].find((top) => rate <= top) ?? 1;
}

/** `12.5 %` */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
