// How much longer something will take, from how far it came.

/** Before so much of it is done a guess is worth nothing, share. */
const LEAST_SHARE = 0.02;
/** Nor before this time, ms. */
const LEAST_MS = 2_000;

/** How far something is, in any unit. */
export interface Course {
  readonly done: number;
  /** Undefined where it is not known. */
  readonly total: number | undefined;
  /** By performance.now(), ms. */
  readonly startedMs: number;
}

/** `, about 40 s left`; empty where nothing can be told yet, or no more. */
export function remainingText(course: Course, nowMs: number = performance.now()): string {
  const { done, total, startedMs } = course;
  const tookMs = nowMs - startedMs;
  if (total === undefined || total <= 0 || done >= total) return "";
  if (done / total < LEAST_SHARE || tookMs < LEAST_MS) return "";
  return `, about ${formatLength((tookMs * (total - done)) / done)} left`;
}

/** A length of time for people: `40 s`, `3 min`, `2.5 h`. */
function formatLength(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${String(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}
