// Durations as people write them in a stack's config: "30s", "10m", "2h".

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time with its unit: `500ms`, `30s`, `1.5h`. */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

/** The longest time a timer of Node can wait: 2^31 - 1 ms. */
const MAX_MS = 2_147_483_647;

/** How a duration is written, for messages. */
export const DURATION_FORM = 'a duration such as "500ms", "30s", "10m" or "2h", up to 24 days';

/** How a period is written, for messages. */
export const PERIOD_FORM = 'a period such as "12h" or "7d"';

/** `text` in ms, or undefined where it is no duration (or longer than 24 days, Node's timers' limit). */
export function parseDuration(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (digits === undefined || !isUnit(unit)) return undefined;
  const ms = Math.round(Number(digits) * UNIT_MS[unit]);
  return ms <= MAX_MS ? ms : undefined;
}

/** A length of time that may be longer than a timer can wait, such as an age: whole days, or a duration above 0. To ms. */
export function parsePeriod(text: unknown): number | undefined {
  const days = typeof text === "string" ? /^(\d{1,4})d$/.exec(text.trim())?.[1] : undefined;
  const ms = days === undefined ? parseDuration(text) : Number(days) * UNIT_MS.d;
  return ms === 0 ? undefined : ms;
}

/** A constant duration in ms; the compiler checks its form. */
export function toMs(duration: Duration): number {
  const ms = parseDuration(duration);
  if (ms === undefined) throw new RangeError(`${duration} is not ${DURATION_FORM}`);
  return ms;
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && text in UNIT_MS;
}
