// Alembic's revisions and their chain, as `alembic history --verbose` tells them.
import path from "node:path";
import { LockstepError } from "../../errors/lockstepError.ts";
import type { Fault } from "../folderFaults.ts";

/** A revision. */
export interface Revision {
  readonly id: string;
  /** From the file's name, without the id. */
  readonly name: string;
  readonly path: string;
}

interface Block extends Revision {
  readonly parent: string;
  readonly isMerge: boolean;
}

/** Ten times what a history of 1,000 revisions takes, ms. */
const TIME_LIMIT_MS = 120_000;

/**
 * Runs Alembic: `LOCKSTEP_ALEMBIC`, else the one in PATH, in the folder of its config file.
 * @returns what it printed, also where it failed.
 * @throws LockstepError MIGRATION_FILES where it cannot be started.
 */
export async function runAlembic(
  ini: string,
  args: readonly string[],
): Promise<{ readonly failed: boolean; readonly stdout: string; readonly stderr: string }> {
  // Only here: no other format starts a program.
  const { execa } = await import("execa");
  const command = process.env.LOCKSTEP_ALEMBIC ?? "alembic";
  const result = await execa(command, ["-c", ini, ...args], {
    cwd: path.dirname(ini),
    reject: false,
    stdin: "ignore",
    timeout: TIME_LIMIT_MS,
  });
  if (result.exitCode === undefined) {
    throw new LockstepError("MIGRATION_FILES", "Alembic cannot be started", {
      where: ini,
      seen: result.timedOut
        ? `no answer within ${String(TIME_LIMIT_MS / 1000)} s`
        : (result.shortMessage ?? "it did not start"),
      likely: "the project's Python environment is not active",
      next: "activate it, or name the program: export LOCKSTEP_ALEMBIC=.venv/bin/alembic",
      cause: result,
    });
  }
  return { failed: result.failed, stdout: result.stdout, stderr: result.stderr };
}

/**
 * The revisions from the first to the head.
 * @throws LockstepError MIGRATION_FILES where Alembic cannot be started, or fails.
 */
export async function readRevisions(
  ini: string,
): Promise<{ readonly chain: readonly Revision[] } | { readonly fault: Fault }> {
  const { failed, stdout, stderr } = await runAlembic(ini, ["history", "--verbose"]);
  if (failed) {
    throw new LockstepError("MIGRATION_FILES", "Alembic cannot read its history", {
      where: ini,
      seen: stderr.trim().split("\n").slice(-4).join("\n"),
      next: `alembic -c ${ini} history`,
    });
  }
  const blocks = stdout.split(/^(?=Rev: )/m).flatMap(parseBlock);
  const doubled = findBranch(blocks);
  if (doubled) {
    const text = `shares its place in the chain with another revision; lockstep takes one line of revisions: rebase it (its down_revision) onto the head`;
    return { fault: { kind: "unsupported", file: path.basename(doubled.path), text } };
  }
  // Alembic prints the head first.
  return { chain: blocks.toReversed() };
}

function parseBlock(text: string): Block[] {
  const [, id] = /^Rev: (\S+)/.exec(text) ?? [];
  const [, file] = /^Path: (.*)$/m.exec(text) ?? [];
  if (id === undefined || file === undefined) return [];
  const [, parent = ""] = /^Parent: (\S+)/m.exec(text) ?? [];
  const base = path.basename(file.trim(), ".py");
  const name = base.replace(id, "").replace(/^[_-]+|[_-]+$/g, "");
  return [{ id, name, path: file.trim(), parent, isMerge: /^Merges: /m.test(text) }];
}

function findBranch(blocks: readonly Block[]): Block | undefined {
  const parents = new Set<string>();
  return blocks.find(({ parent, isMerge }) => {
    if (isMerge || parents.has(parent)) return true;
    parents.add(parent);
    return false;
  });
}
