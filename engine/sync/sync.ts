// From a wanted schema and a database to a draft: what differs, the files that change it, and the proof that they do.
import { randomBytes } from "node:crypto";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { lintMigrations, type LintFinding, type RuleLevels } from "../lint/lintMigrations.ts";
import { type Pass, withPass } from "../rehearse/pass.ts";
import { planRehearsal } from "../rehearse/planRehearsal.ts";
import { ledgerWith, seeTarget, type SeenTarget } from "../rehearse/seeTarget.ts";
import { type RehearsalServer, withCopy, withRehearsalServer } from "../rehearse/server.ts";
import { withStage } from "../rehearse/stage.ts";
import { makeStart } from "../rehearse/start.ts";
import { describeDiff, diffSchemas, type SchemaDiff } from "../schema/diff.ts";
import type { SchemaSnapshot } from "../schema/snapshot.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import type { ExistingFile } from "../sources/scaffold.ts";
import type { Definitions } from "./definition.ts";
import { applyDesired, type DesiredSchema } from "./desired.ts";
import { numberDraft, type NumberedFile } from "./draftMigrations.ts";
import { ignoredBySync } from "./ignored.ts";
import { planDraft } from "./planDraft.ts";
import { planSteps } from "./planSteps.ts";
import { type DraftProof, proveDraft, snapshotOf } from "./proveDraft.ts";
import { readDefinitions } from "./readDefinitions.ts";
import { findRenames, type Rename, renameStep } from "./renames.ts";
import type { Step } from "./step.ts";

/** What to bring in line with what. */
export interface SyncRequest {
  /** The folder's files; pending ones are applied to the copy first. */
  readonly migrations: readonly Migration[];
  readonly desired: DesiredSchema;
  /** The database; the schema that the files make counts where it is undefined. */
  readonly target: DatabaseTarget | undefined;
  /** Where databases may be made for it; a scratch cluster where it is undefined. */
  readonly server: DatabaseTarget | undefined;
  /** Where the draft will lie, and what lies there. */
  readonly folder: { readonly dir: string; readonly existing: readonly ExistingFile[] };
  /** What the files are called by; told by the objects where it is missing. */
  readonly slug?: string | undefined;
  /** Names that others may change, as drift's policy has them. */
  readonly ignore: readonly string[];
  readonly levels: RuleLevels;
  /** Whether something that goes and something alike that comes are one thing with a new name. */
  readonly isRename: (rename: Rename) => Promise<boolean>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What was found and drafted; nothing is written yet. */
export interface SyncDraft {
  readonly serverVersion: string;
  /** Pending files that the draft comes after. */
  readonly pending: readonly string[];
  /** What differs, a line an object; empty where there is nothing to do. */
  readonly differences: readonly string[];
  /** The start could not be copied exactly: what of it differs. */
  readonly copyDiffers: readonly string[];
  readonly files: readonly NumberedFile[];
  /** Objects that a person has to see to, a line each. */
  readonly byHand: readonly string[];
  /** What may have been a rename and was taken as going and coming. */
  readonly notRenamed: readonly Rename[];
  /** What lint says of the draft. */
  readonly findings: readonly LintFinding[];
  /** Undefined where there was nothing to prove. */
  readonly proof: DraftProof | undefined;
}

/**
 * Drafts and proves; the database is only read.
 * @throws LockstepError CONNECTION; what a run would refuse before its first file; CONFIG, PROCESS_FAILED where no server can be had;
 * SQL_SYNTAX, STATEMENT_FAILED where the wanted schema or a pending file does not run; INTERRUPTED.
 */
export async function draftSync(request: SyncRequest): Promise<SyncDraft> {
  const { target, migrations, server: url, report, signal } = request;
  const seen = target && (await seeTarget(target));
  const ledger = seen?.ledger ?? ledgerWith([]);
  const plan = planRehearsal({ ledger, migrations, through: undefined });
  const wish = { url, major: seen?.snapshot.serverMajor, report, signal };
  return withRehearsalServer(wish, (server) =>
    withStage(server, { plan, name: seen?.target.database }, async (stage) => {
      const database = server.target(stage.start);
      const start = await makeStart(server, { database, migrations, seen, before: [], report });
      const copyDiffers = start.findings.flatMap(({ details }) => details);
      report("progress", "sync: making the wanted schema");
      return withWanted(server, request.desired, (wanted) =>
        stage.inCopy((copy) =>
          withPass(server, copy, async (pass) => {
            await applyPending(pass, stage.staged);
            const pending = stage.staged.map(fileId);
            const known = { serverVersion: server.version, pending, copyDiffers };
            return { ...known, ...(await draftFrom(pass, { request, wanted, seen })) };
          }),
        ),
      );
    }),
  );
}

/** The database of the wanted schema, read. */
interface Wanted {
  readonly definitions: Definitions;
  readonly snapshot: SchemaSnapshot;
}

/** Made beside the others, with a name that a later rehearsal sweeps up where this process is killed. */
async function withWanted<T>(
  server: RehearsalServer,
  desired: DesiredSchema,
  use: (wanted: Wanted) => Promise<T>,
): Promise<T> {
  const time = String(Math.floor(Date.now() / 1_000));
  const name = `lockstep_rehearsal_${time}_${randomBytes(4).toString("hex")}_wanted`;
  const wanted = await withCopy(server, { name, template: "template0" }, async (target) => {
    await withConnection(target, { applicationName: "lockstep:sync" }, (client) =>
      applyDesired({ client, target, isOwn: server.isOwn, signal: server.signal }, desired),
    );
    return { definitions: await definitionsOf(target), snapshot: await snapshotOf(target) };
  });
  return use(wanted);
}

async function definitionsOf(target: DatabaseTarget): Promise<Definitions> {
  return withConnection(target, { applicationName: "lockstep:sync" }, readDefinitions);
}

async function applyPending(pass: Pass, files: readonly Migration[]): Promise<void> {
  for (const file of files) {
    const fault = await pass.up(file);
    if (!fault) continue;
    throw new LockstepError(fault.code, `${fileId(file)} is pending and does not run`, {
      ...(fault.where && { where: fault.where }),
      seen: [fault.message, fault.seen ?? ""].filter(Boolean).join("\n"),
      likely: "the draft comes after it, so it has to run first",
      next: fault.next ?? "mend it, then run the same command again",
      ...(fault.sqlstate && { sqlstate: fault.sqlstate }),
      cause: fault,
    });
  }
}

interface Drafting {
  readonly request: SyncRequest;
  readonly wanted: Wanted;
  readonly seen: SeenTarget | undefined;
}

type Drafted = Omit<SyncDraft, "serverVersion" | "pending" | "copyDiffers">;

async function draftFrom(pass: Pass, { request, wanted }: Drafting): Promise<Drafted> {
  const { report, isRename, slug, folder, levels, migrations } = request;
  const ignore = ignoredBySync(request.ignore);
  const before = await snapshotOf(pass.target);
  const compare = (from: SchemaSnapshot) =>
    diffSchemas(from, wanted.snapshot, { withoutOwners: true, ignore });
  const diff = compare(before);
  const nothing = { files: [], byHand: [], notRenamed: [], findings: [], proof: undefined };
  if (diff.grade !== "different") return { differences: [], ...nothing };
  const renames = await chooseRenames(pass, { wanted, diff, isRename });
  const from = await definitionsOf(pass.target);
  const rest = renames.yes.length === 0 ? diff : compare(await snapshotOf(pass.target));
  await undo(pass, renames.yes);
  const plan = planSteps({ from, to: wanted.definitions, diff: rest });
  const steps = [...renames.yes.map(renameStep), ...plan.steps];
  const byHand = handLines(rest, plan.byHand);
  const drafts = planDraft({ steps, from, to: wanted.definitions, slug, byHand });
  const files = await numberDraft(drafts, folder);
  const written = files.map(({ migration }) => migration);
  const findings = await lintMigrations({
    ...{ migrations: [...migrations, ...written], pending: written, together: true, levels },
  });
  report("progress", `sync: proving the draft, ${String(files.length)} files`);
  const proof = await proveDraft(pass, written, { before, wanted: wanted.snapshot, ignore });
  return {
    differences: describeDiff(diff),
    files,
    byHand,
    notRenamed: renames.no,
    findings,
    proof,
  };
}

function handLines(diff: SchemaDiff, keys: readonly string[]): readonly string[] {
  const changes = diff.changes.filter(({ object }) =>
    keys.includes(`${object.kind} ${object.name}`),
  );
  return describeDiff({ ...diff, changes, reordered: [] });
}

interface Choice {
  readonly yes: readonly Rename[];
  readonly no: readonly Rename[];
}

/** Asks for each, and gives the copy the new names, so that the rest is compared under them. */
async function chooseRenames(
  pass: Pass,
  options: {
    readonly wanted: Wanted;
    readonly diff: SchemaDiff;
    readonly isRename: SyncRequest["isRename"];
  },
): Promise<Choice> {
  const { wanted, diff, isRename } = options;
  const from = await definitionsOf(pass.target);
  const yes: Rename[] = [];
  const no: Rename[] = [];
  for (const rename of findRenames({ from, to: wanted.definitions, diff })) {
    const { before, after } = rename;
    if (yes.some((one) => one.before === before || one.after === after)) continue;
    ((await isRename(rename)) ? yes : no).push(rename);
  }
  await run(
    pass,
    yes.flatMap((rename) => renameStep(rename).up),
  );
  return { yes, no };
}

/** The proof begins where the database is. */
async function undo(pass: Pass, renames: readonly Rename[]): Promise<void> {
  const downs: readonly Step[] = renames.toReversed().map(renameStep);
  await run(
    pass,
    downs.flatMap(({ down = [] }) => down),
  );
}

async function run(pass: Pass, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  await withConnection(pass.target, { applicationName: "lockstep:sync" }, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
