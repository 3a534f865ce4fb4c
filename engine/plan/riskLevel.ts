// The four levels of risk, from the requirements' table.

/** From the lowest to the highest. */
export const RISK_LEVELS = ["low", "medium", "high", "very high"] as const;

/** A level of risk. */
export type RiskLevel = (typeof RISK_LEVELS)[number];

/** The highest of `levels`; `low` where there are none. */
export function highest(levels: readonly RiskLevel[]): RiskLevel {
  return RISK_LEVELS[Math.max(0, ...levels.map((level) => RISK_LEVELS.indexOf(level)))] ?? "low";
}

/** One level up, but never above `high`: very high means that data goes, which no size and no traffic does. */
export function raised(level: RiskLevel): RiskLevel {
  return level === "low" ? "medium" : level === "medium" ? "high" : level;
}

/** For sorting: the higher level first. */
export function heavierFirst(
  a: { readonly level: RiskLevel },
  b: { readonly level: RiskLevel },
): number {
  return RISK_LEVELS.indexOf(b.level) - RISK_LEVELS.indexOf(a.level);
}
