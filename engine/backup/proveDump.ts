// Proof of a dump: pg_restore takes it into an empty database, which then holds the same tables and rows.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { bareEnvironment } from "./clientEnvironment.ts";
import { findPrograms } from "./clients.ts";
import { compareContents, describeDifferences } from "./compare.ts";
import { countTables, findTables, READER_SETTINGS, tableName } from "./contents.ts";
import { missingData, wantedEntries } from "./listing.ts";
import { type RestoredInto, withEmptyDatabase } from "./restoredInto.ts";
import { chooseForDump } from "./scratchPrograms.ts";
import { failed, type Outcome, passed, type Trial, unproven } from "./trial.ts";
import { isCheckedIn } from "./valueChecks.ts";

const MAX_JOBS = 4;
/** What pg_restore says where a server that is not ours, or a full disk, is what is in its way. */
const NOT_THE_DUMPS_FAULT =
  /permission denied|must be (superuser|owner|member|able)|no space left|could not extend file/i;

/** Restores the dump and compares. Throws PROCESS_FAILED if no scratch server can be made. */
export async function proveDump(trial: Trial): Promise<Outcome> {
  const { manifest } = trial;
  const toolMajor = Number.parseInt(manifest.madeBy.version, 10);
  const restorer = chooseForDump(await findPrograms("pg_restore"), toolMajor);
  if (restorer === undefined) {
    return unproven(`there is no pg_restore of version ${String(toolMajor)} or newer here`);
  }
  const listed = await list(restorer.path, trial);
  if ("complaint" in listed) return failed([`pg_restore: ${listed.complaint}`]);
  const absent = manifest.only ? [] : missingData(listed.listing, manifest.tables);
  if (absent.length > 0) return failed(absent);
  return withEmptyDatabase(trial, async (into) => {
    const missing = await missingExtensions(into, manifest.extensions);
    if (missing.length > 0) {
      return unproven(`the scratch server lacks extensions: ${missing.join(", ")}`);
    }
    const complaint = await restore(into, restorer.path, { trial, listing: listed.listing });
    if (complaint === undefined) return compare(into, trial);
    // Another server, or another major version, may refuse what is good: that says nothing of the dump.
    const isItsFault = into.major === manifest.server.major && !NOT_THE_DUMPS_FAULT.test(complaint);
    if (isItsFault) return failed([`pg_restore: ${complaint}`]);
    return unproven(`pg_restore into PostgreSQL ${into.version}: ${complaint}`);
  });
}

/** The tables whose rows are restored; undefined for all. */
function wantedTables({ manifest, wish }: Trial): ReadonlySet<string> | undefined {
  if (wish?.kind !== "objects" || wish.tables === undefined || manifest.only) return undefined;
  return new Set(wish.tables);
}

async function compare(into: RestoredInto, trial: Trial): Promise<Outcome> {
  const { manifest, signal } = trial;
  const wanted = wantedTables(trial);
  const expected = manifest.tables.map((table) =>
    wanted && !wanted.has(table.name) ? { ...table, rows: null, checksum: undefined } : table,
  );
  return into.withSession(async (client) => {
    await client.query(`${READER_SETTINGS}; BEGIN`);
    const found = await findTables(client);
    const actual = await countTables(
      client,
      found.map((table) =>
        wanted && !wanted.has(tableName(table)) ? { ...table, hasRows: false } : table,
      ),
      { kind: "dump", signal, checked: isCheckedIn(expected) },
    );
    const comparison = compareContents(expected, actual);
    const differences = describeDifferences(comparison);
    if (differences.length > 0) return failed(differences);
    const done = passed(comparison, `restored into PostgreSQL ${into.version}`);
    if (wanted === undefined) return done;
    const left = manifest.tables.filter(({ name, rows }) => rows !== null && !wanted.has(name));
    const rest = `the rows of ${String(left.length)} others by the files' checksums and the list of contents`;
    return { ...done, kind: "objects", why: `${done.why}; ${rest}` };
  });
}

async function missingExtensions(
  into: RestoredInto,
  extensions: readonly string[],
): Promise<readonly string[]> {
  return into.withSession(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT wanted AS name FROM unnest($1::text[]) AS wanted
       WHERE NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = wanted)`,
      [extensions],
    );
    return rows.map((row) => row.name);
  });
}

/** The list of the dump's contents, or what pg_restore says against it. */
async function list(
  program: string,
  trial: Trial,
): Promise<{ readonly listing: string } | { readonly complaint: string }> {
  const ended = await run(program, ["--list", trial.dataDir], { env: bareEnvironment(), trial });
  return ended.complaint === undefined ? { listing: ended.stdout } : { complaint: ended.complaint };
}

interface Restoring {
  readonly trial: Trial;
  readonly listing: string;
}

/** What pg_restore complained of; undefined if it took everything. */
async function restore(
  into: RestoredInto,
  program: string,
  { trial, listing }: Restoring,
): Promise<string | undefined> {
  const { manifest, dataDir } = trial;
  const tables = wantedTables(trial);
  const dir = await mkdtemp(join(tmpdir(), "lockstep-"));
  const entries = join(dir, "entries");
  const isPart = tables !== undefined || manifest.only !== undefined;
  const args = [
    ...["--exit-on-error", "--no-owner", "--no-privileges", "--no-tablespaces"],
    // Tables of which there are no rows would fail the foreign keys of those that have some.
    ...(isPart ? ["--section=pre-data", "--section=data"] : []),
    ...["--no-publications", "--no-subscriptions", "--no-security-labels"],
    `--jobs=${String(Math.min(MAX_JOBS, availableParallelism()))}`,
    ...(tables || !into.isOwn ? [`--use-list=${entries}`] : []),
    ...[`--dbname=${into.env.PGDATABASE ?? ""}`, dataDir],
  ];
  try {
    await writeFile(entries, wantedEntries(listing, { tables, forElsewhere: !into.isOwn }));
    return (await run(program, args, { env: into.env, trial })).complaint;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function run(
  program: string,
  args: readonly string[],
  {
    env,
    trial: { signal },
  }: { readonly env: Readonly<Record<string, string>>; readonly trial: Trial },
): Promise<{ readonly stdout: string; readonly complaint: string | undefined }> {
  const result = await execa(program, args, {
    ...{ env, extendEnv: false, stdin: "ignore", reject: false },
    forceKillAfterDelay: 5_000,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (!result.failed) return { stdout: result.stdout, complaint: undefined };
  const said = result.stderr || (result.originalMessage ?? "");
  return { stdout: "", complaint: said.trim().split("\n").slice(-3).join(" ") };
}
