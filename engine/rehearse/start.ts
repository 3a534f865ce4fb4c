// The schema that a rehearsal begins with: empty, from the files that are applied already, or the target's own.
import { escapeIdentifier, type Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { rowId, type AppliedMigration } from "../ledger/ledger.ts";
import { ensureLedger } from "../ledger/schema.ts";
import { describeDiff, diffSchemas } from "../schema/diff.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { copySchema, findDumpPrograms } from "./copySchema.ts";
import { withPass } from "./pass.ts";
import type { RehearsalFinding, StartKind } from "./result.ts";
import type { SeenTarget } from "./seeTarget.ts";
import { asAdmin, type RehearsalServer } from "./server.ts";

/** What to begin with. */
export interface StartRequest {
  /** The database to make it in; it exists and is empty. */
  readonly database: DatabaseTarget;
  readonly migrations: readonly Migration[];
  readonly seen: SeenTarget | undefined;
  /** Files that count as applied where no target was seen, in order. */
  readonly before: readonly Migration[];
  readonly report: Report;
}

/** What was made. */
export interface Start {
  readonly kind: StartKind;
  readonly findings: readonly RehearsalFinding[];
}

/**
 * Makes the start in `request.database`.
 * @throws LockstepError PROCESS_FAILED where pg_restore refuses the dump, MIGRATION_FILES where an applied file is gone,
 * STATEMENT_FAILED where one does not run any more.
 */
export async function makeStart(server: RehearsalServer, request: StartRequest): Promise<Start> {
  const { database, seen, before, report } = request;
  if (seen && server.isOwn) await asAdmin(server, (client) => makeSurroundings(client, seen));
  const dump = seen && (await dumpProgramsFor(seen, server));
  if (seen && dump) {
    report("progress", "rehearsal: copying the target's schema");
    await copySchema({ from: seen.target, to: database, programs: dump, signal: server.signal });
    await withConnection(database, { applicationName: "lockstep:rehearse" }, async (client) => {
      await ensureLedger(client);
      await copyOpenFiles(client, seen);
    });
    return compared(server, request, "dump");
  }
  await withConnection(database, { applicationName: "lockstep:rehearse" }, ensureLedger);
  const files = seen ? appliedFiles(seen.ledger.applied, request.migrations) : before;
  if (files.length === 0) return { kind: "empty", findings: [] };
  await runAgain(server, request, files);
  return compared(server, request, "files");
}

/** An empty database needs no copy, and pg_dump knows no way but an address. */
async function dumpProgramsFor({ ledger, target }: SeenTarget, { major }: RehearsalServer) {
  return ledger.hasRelations && target.dial === undefined ? findDumpPrograms(major) : undefined;
}

/** Roles without a right, and tablespaces within the data folder: they are there to be named. */
async function makeSurroundings(client: Client, { roles, tablespaces }: SeenTarget): Promise<void> {
  for (const role of roles) {
    const found = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
    if (found.rowCount === 0) await client.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
  }
  for (const name of tablespaces)
    await client.query(`CREATE TABLESPACE ${escapeIdentifier(name)} LOCATION ''`);
}

/** Files that a run has begun and not ended go on where their journal says. */
async function copyOpenFiles(client: Client, seen: SeenTarget): Promise<void> {
  const open = seen.ledger.applied.filter(({ state }) => state === "running");
  for (const row of open) {
    await client.query(
      `INSERT INTO lockstep.migration (number, label, name, stage, checksum, state, content, substituted)
       VALUES ($1, $2, $3, $4, $5, 'running', $6, $7)`,
      [
        ...[row.number.toString(), row.label, row.name, row.stage, row.checksum],
        ...[row.content, row.substituted],
      ],
    );
  }
  if (open.length === 0) return;
  await client.query("SELECT lockstep.relink()");
  const journal = await withConnection(
    seen.target,
    { applicationName: "lockstep:rehearse" },
    (source) =>
      source.query<{ rows: string }>(
        `SELECT coalesce(json_agg(s), '[]')::text AS rows FROM lockstep.statement s
         JOIN lockstep.migration m USING (number) WHERE m.state = 'running'`,
      ),
  );
  await client.query(
    "INSERT INTO lockstep.statement SELECT * FROM json_populate_recordset(NULL::lockstep.statement, $1::json)",
    [journal.rows[0]?.rows ?? "[]"],
  );
}

/** The applied files in the order in which the ledger took them. */
function appliedFiles(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): readonly Migration[] {
  const files = new Map(migrations.map((file) => [file.order, file]));
  return applied
    .filter(({ state }) => state === "applied")
    .toSorted((a, b) => (a.seq < b.seq ? -1 : 1))
    .map((row) => {
      const file = files.get(row.number);
      if (file) return file;
      throw new LockstepError("MIGRATION_FILES", "An applied file is not here to be run again", {
        where: rowId(row),
        seen: "the target's schema is to be made from the files, and this one is missing",
        likely: "there is no pg_dump of the target's version here, which would do without",
        next: "check out the commit that has it, or install PostgreSQL's client programs",
      });
    });
}

async function runAgain(
  server: RehearsalServer,
  { database, report }: StartRequest,
  files: readonly Migration[],
): Promise<void> {
  report("progress", `rehearsal: running ${String(files.length)} applied files to get there`);
  await withPass(server, database, async (pass) => {
    for (const file of files) {
      const fault = await pass.up(file);
      if (!fault) continue;
      throw new LockstepError(
        fault.code,
        `${fileId(file)}, applied long ago, does not run any more`,
        {
          ...(fault.where && { where: fault.where }),
          seen: [fault.message, fault.seen ?? ""].filter(Boolean).join("\n"),
          likely: "what it needed (an extension, a role, an older version) is not here",
          next: "install pg_dump of the target's version, so that its schema is copied instead",
          cause: fault,
        },
      );
    }
  });
}

/** The start against the target itself: owners and grants are not copied exactly. */
async function compared(
  server: RehearsalServer,
  { database, seen }: StartRequest,
  kind: StartKind,
): Promise<Start> {
  if (!seen) return { kind, findings: [] };
  const made = await withPass(server, database, (pass) => pass.snapshot());
  const ofDatabase = made.objects.filter((one) => one.kind !== "role" && one.kind !== "tablespace");
  const diff = diffSchemas(
    seen.snapshot,
    { ...made, objects: ofDatabase },
    { withoutOwners: true },
  );
  if (diff.grade !== "different") return { kind, findings: [] };
  const finding: RehearsalFinding = {
    rule: "start-differs",
    severity: "warning",
    where: seen.target.display,
    message:
      kind === "dump"
        ? "the copy of the target's schema is not exactly the target's"
        : "the applied files make another schema than the target has: somebody changed it by hand",
    details: describeDiff(diff),
  };
  return { kind, findings: [finding] };
}
