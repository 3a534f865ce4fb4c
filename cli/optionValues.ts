// How the values of options are written, and what is said where they are not.
import { InvalidArgumentError } from "commander";
import { DURATION_FORM, parseDuration } from "../config/duration.ts";
import type { StageChoice } from "../engine/plan/planRun.ts";

/** A length of time with its unit, to ms. */
export function parseDurationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(`Expected ${DURATION_FORM}.`);
  return ms;
}

/** A whole number from 1. */
export function parseCountOption(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError("Expected a whole number from 1.");
  return count;
}

/** A migration's number as its file has it. */
export function parseNumberOption(text: string): string {
  if (!/^\d{1,18}$/.test(text)) {
    throw new InvalidArgumentError("Expected a migration's number, such as 05.");
  }
  return text;
}

/** A stack's name: it becomes part of a file's name, so no slash. */
export function parseStackOption(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) {
    throw new InvalidArgumentError("Expected a stack's name, such as dev.");
  }
  return text;
}

/** Which files a run takes. */
export const STAGE_CHOICES: readonly StageChoice[] = ["expand", "contract", "all"];
