// How the gate writes numbers in its lines.

/** `1,004`, or with a noun `1 request`, `1,004 requests`. */
export function countText(count: number, noun?: string): string {
  const text = Math.round(count).toLocaleString("en-US");
  if (noun === undefined) return text;
  return `${text} ${noun}${Math.round(count) === 1 ? "" : "s"}`;
}

/** `1.2 %`. A rate below `limit` (0 to 1) is never rounded up to it: 4.99 % under 5 % says so. */
export function percentText(
  counts: { readonly failed: number; readonly total: number },
  limit: number,
): string {
  const percent = (counts.failed * 100) / counts.total;
  const limitPercent = limit * 100;
  const rounded = percent.toFixed(1);
  if (percent >= limitPercent || Number(rounded) < limitPercent) return `${rounded} %`;
  return `${(Math.floor(percent * 100) / 100).toFixed(2)} %`;
}

/** `18 ms`, `1.2 s`; below 10 ms with one decimal. */
export function durationText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
