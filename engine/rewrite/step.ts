// A generated migration before it has a number.
import type { Stage } from "../sources/migration.ts";

/** A migration to be written. */
export interface Step {
  readonly stage: Stage;
  /** Without number and ending. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** Why a finding of lint is answered here, by its rule; `answerFindings` puts those into the file that lint really has. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** What a recipe gives: migrations in their order, and what the user has to know, a sentence each. */
export interface Recipe {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Lines of a comment, no longer than people read. */
export function comment(...paragraphs: readonly string[]): string {
  return paragraphs
    .map((text) =>
      wrap(text)
        .map((line) => `-- ${line}`)
        .join("\n"),
    )
    .join("\n--\n");
}

/** Characters of a comment's line. */
const WIDTH = 116;

function wrap(text: string): readonly string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

/** The head of a file whose SQL alone looks like another stage, or like both. */
export function stageHead(stage: Stage, reason: string): string {
  return `-- lockstep: stage=${stage} reason="${reason.replaceAll('"', "'")}"`;
}

/** Parts of a file, a blank line between them; empty ones are left out. */
export function paragraphs(...parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}
