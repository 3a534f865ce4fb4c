// Which PostgreSQL a backup can be tried on: the one lockstep brings, or one that the system has.
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensurePostgres } from "../embedded/programs.ts";
import type { ServerUser } from "../embedded/serverUser.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { type Report, silent } from "../events.ts";
import { findPrograms } from "./clients.ts";

/** Programs of one version that can make and run a server. */
export interface ServerPrograms {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  readonly major: number;
}

/** The server programs on this machine, lockstep's own first. */
export async function findServerPrograms(
  user: ServerUser | undefined,
  report: Report = silent,
): Promise<ServerPrograms[]> {
  const found: ServerPrograms[] = [];
  try {
    found.push(await ensurePostgres(user, report));
  } catch (error) {
    // No package for this machine: then the system's own servers have to do.
    if (!isLockstepError(error)) throw error;
  }
  for (const { path, version, major } of await findPrograms("postgres")) {
    const initdb = join(dirname(path), "initdb");
    const isWhole = await access(initdb).then(
      () => true,
      () => false,
    );
    if (isWhole) found.push({ postgres: path, initdb, version, major });
  }
  return found;
}

/** The programs of exactly `major`: a data folder runs under no other. */
export function choosePhysical<T extends { readonly major: number }>(
  programs: readonly T[],
  major: number,
): T | undefined {
  return programs.find((program) => program.major === major);
}

/** The programs of `major`, else of the next later one: a dump restores into that too. */
export function chooseForDump<T extends { readonly major: number }>(
  programs: readonly T[],
  major: number,
): T | undefined {
  const later = programs.filter((program) => program.major >= major);
  const nearest = Math.min(...later.map((program) => program.major));
  return later.find((program) => program.major === nearest);
}
