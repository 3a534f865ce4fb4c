// Colour, where it is wanted: on a terminal, and without NO_COLOR.
import { styleText } from "node:util";

/** What a text is, not how it looks. */
export type Tone = "good" | "warn" | "bad" | "quiet";

/** Gives `text` the look of its tone. */
export type Paint = (tone: Tone, text: string) => string;

const FORMATS = { good: "green", warn: "yellow", bad: "red", quiet: "dim" } as const;

/** Leaves every text as it is. */
const plain: Paint = (_tone, text) => text;

/**
 * Paints for `stream`: colour only on a terminal, and not where NO_COLOR holds anything
 * (no-color.org).
 */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === "dumb") return plain;
  return (tone, text) => styleText(FORMATS[tone], text, { validateStream: false });
}
