// Provokes an error in a migration of a real server, and lets its own remedy prove itself.
import assert from "node:assert/strict";
import type { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import { queryAll } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles } from "../run/applyFiles.ts";

/** A migration that fails. */
export interface Failing {
  /** What a first file makes. */
  readonly setup?: string;
  /** The file that fails. */
  readonly sql: string;
}

/** Both files, applied to an empty database: there all kinds of statements are taken in one go. */
function filesOf({ setup = "SELECT 1;", sql }: Failing): Record<string, string> {
  return { "01_create_things_up.sql": setup, "02_change_things_up.sql": sql };
}

/** The error that applying ends with; the second file must not be in the ledger. */
export async function provoke(url: string, failing: Failing): Promise<LockstepError> {
  const error = await failureOf(applyFiles(url, filesOf(failing)));
  assert.ok(error.likely && error.next, `no cause or no remedy: ${error.message}`);
  return error;
}

/**
 * Begins a history whose second file is still to come, so that an administrator may make things of his own on what is no
 * longer an empty database.
 */
export async function begin(url: string, { setup }: Failing): Promise<void> {
  await provoke(url, { ...(setup === undefined ? {} : { setup }), sql: "SELECT 1 / 0;" });
}

/** Applies the files anew: what is missing yet is the second one. */
export async function applyAgain(url: string, failing: Failing): Promise<void> {
  const { applied } = await applyFiles(url, filesOf(failing));
  assert.ok(applied.includes("02_change_things"), "the remedy does not let it through");
}

/** The lines of `next` that are SQL commands, without their semicolons. */
export function commandsIn(next: string | undefined): string[] {
  const commands = (next ?? "").split("\n").filter((line) => /^[A-Z].*;$/.test(line));
  return commands.map((command) => command.slice(0, -1));
}

/** Runs the remedy's commands one by one, as `admin`. */
export async function cure(admin: string, error: LockstepError): Promise<string[]> {
  const commands = commandsIn(error.next);
  assert.ok(commands.length > 0, `no command in: ${error.next ?? ""}`);
  for (const command of commands) await queryAll(admin, command);
  return commands;
}
