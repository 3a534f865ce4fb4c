// Other tools' orders as numbers, which is what the ledger's keys are.

/** Bytes of a text that count: names that differ only behind them cannot be told apart. */
const TEXT_BYTES = 64;

/** A number for each text, in the bytewise order of the texts. */
export function textOrder(text: string): bigint {
  const bytes = Buffer.alloc(TEXT_BYTES);
  bytes.write(text, "utf8");
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** Parts of a version that count, and digits of each. */
const VERSION_PARTS = 8;
const PART_DIGITS = 20;

/**
 * A number for each version (`1.10`), in the order of its parts as numbers; trailing zeros do not
 * count. Undefined for one of too many or too long parts.
 */
export function versionOrder(version: string): bigint | undefined {
  const parts = version.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length > 1 && parts.at(-1) === "0") parts.pop();
  if (parts.length > VERSION_PARTS || parts.some((part) => part.length > PART_DIGITS)) {
    return undefined;
  }
  const padded = Array.from({ length: VERSION_PARTS }, (_, at) =>
    (parts[at] ?? "0").padStart(PART_DIGITS, "0"),
  );
  return BigInt(padded.join(""));
}

/** Repeatable files come after all numbers and versions. */
const REPEATABLE = 10n ** 200n;

/** A number for each repeatable file, in the bytewise order of their names. */
export function repeatableOrder(name: string): bigint {
  return REPEATABLE + textOrder(name);
}

/** Whether an order is a repeatable file's. */
export function isRepeatableOrder(order: bigint): boolean {
  return order >= REPEATABLE;
}
