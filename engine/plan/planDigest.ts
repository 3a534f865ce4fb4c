// The digest that binds a plan: what is sent, in which order, stage and with which locks; no statistics, no server's settings.
import { sha256 } from "../sha256.ts";
import { withoutSoak } from "../soak/soakPolicy.ts";
import type { Migration } from "../sources/migration.ts";
import { planFile } from "./planFile.ts";
import type { ReleaseFiles } from "./releaseFiles.ts";

/** How a file is applied. */
export type PlannedMode = "transaction" | "statements" | "backfill";

/** Whether it runs in one transaction, statement by statement, or in batches. */
export function modeOf({ backfill, transactional }: Migration): PlannedMode {
  if (backfill) return "backfill";
  return transactional ? "transaction" : "statements";
}

/** What a file will lock as far as its text tells, each once: `ACCESS EXCLUSIVE on customers`. */
export function plannedLocks({ statements }: Migration): readonly string[] {
  const all = statements.flatMap(({ locks }) =>
    locks.map(({ mode, schema, name, reach, detail }) => {
      const path = schema === undefined ? name : `${schema}.${name}`;
      const along = reach === "none" ? "" : ` (${[reach, detail].filter(Boolean).join(" ")})`;
      return `${mode} on ${path}${along}`;
    }),
  );
  return [...new Set(all)];
}

/**
 * sha256, hex, over a file's place, stage, mode, content, locks and messages. The messages are those for a database without
 * event triggers: whether there are some is the server's business, and may change while the release runs.
 * @throws LockstepError as `planFile` does.
 */
export async function planFileDigest(
  file: Migration,
  migrations: readonly Migration[],
): Promise<string> {
  const groups = await planFile(file, { migrations, eventTriggers: false });
  const sent = groups.map(({ times, messages }) => [
    times,
    messages.map(({ sql, perhaps }) => [sql, perhaps !== undefined]),
  ]);
  return sha256(
    JSON.stringify([
      ...["lockstep file 1", file.order.toString(), file.number, file.name, file.stage],
      ...[modeOf(file), file.checksum, file.substituted ?? "", plannedLocks(file), sent],
    ]),
  );
}

/** The digest of a release's plan: what `lockstep:planDigest` names. */
export async function digestRelease(
  { expand, contract, initial }: ReleaseFiles,
  migrations: readonly Migration[],
): Promise<string> {
  const files = [...expand, ...contract].map(async (file) => ({
    digest: await planFileDigest(initial ? withoutSoak(file) : file, migrations),
  }));
  return digestPlan(initial, await Promise.all(files));
}

/** sha256, hex, over the files' digests in their order; `initial` for a database that is empty. */
export function digestPlan(
  initial: boolean,
  files: readonly { readonly digest: string }[],
): string {
  const head = `lockstep plan 1\n${initial ? "initial" : "staged"}\n`;
  return sha256(head + files.map(({ digest }) => `${digest}\n`).join(""));
}
