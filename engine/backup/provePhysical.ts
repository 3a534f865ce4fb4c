// Proof of a physical copy: a copy of it recovers to its restore point and shows the same tables and rows.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { copyTree, ensureRuntimeFolders } from "./clusterFiles.ts";
import { compareContents, type Comparison, describeDifferences } from "./compare.ts";
import {
  countTables,
  findTables,
  type FoundTable,
  READER_SETTINGS,
  readContents,
  tableName,
} from "./contents.ts";
import type { BackupTable } from "./manifest.ts";
import { TRANSACTIONS_BETWEEN } from "./restorePoint.ts";
import { choosePhysical, findServerPrograms } from "./scratchPrograms.ts";
import { withScratchServer } from "./scratchServer.ts";
import { failed, type Outcome, passed, type Trial, unproven } from "./trial.ts";
import { isCheckedIn } from "./valueChecks.ts";

/** Each heap page is read, and with it its checksum, only without the help of indexes. */
const READ_ALL =
  "SET enable_indexonlyscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off";

/**
 * Recovers a copy of the copy. What `withScratchServer` throws for the copy's sake (PROCESS_FAILED) is
 * the caller's to read as a failed proof.
 */
export async function provePhysical(trial: Trial): Promise<Outcome> {
  const { manifest, dataDir, user, report, signal } = trial;
  const { major } = manifest.server;
  if (manifest.point.kind !== "restorePoint")
    return failed(["the manifest names no restore point"]);
  const { name, snapshot } = manifest.point;
  const programs = choosePhysical(await findServerPrograms(user, report), major);
  if (programs === undefined) {
    return unproven(`there is no PostgreSQL ${String(major)} server program here to try it on`);
  }
  report("progress", `proof: recovering the copy with PostgreSQL ${programs.version}`);
  const spec = {
    programs,
    user,
    role: manifest.role,
    signal,
    prepare: async (scratchDir: string) => {
      await copyTree(dataDir, scratchDir, { signal });
      await ensureRuntimeFolders(scratchDir);
      await writeFile(join(scratchDir, "recovery.signal"), "", { mode: 0o600 });
    },
    settings: recoverySettings(name),
  };
  return withScratchServer(spec, async (server) => {
    const client = await server.connect(manifest.database);
    try {
      await client.query(`${READER_SETTINGS}; ${READ_ALL}; BEGIN`);
      const found = await findTables(client);
      const checked = isCheckedIn(manifest.tables);
      const actual = await countTables(client, found, { kind: "physical", checked, signal });
      const comparison = compareContents(manifest.tables, actual);
      if (comparison.structure.length > 0) return failed(describeDifferences(comparison));
      const copy = { client, found, expected: manifest.tables };
      return await judgeRows(copy, comparison, { snapshot, version: programs.version });
    } finally {
      await client.end();
    }
  });
}

/** What makes a server stop replaying at the backup's own restore point, then become writable. */
function recoverySettings(restorePoint: string): Record<string, string> {
  return {
    recovery_target_name: restorePoint,
    recovery_target_action: "promote",
    recovery_target_timeline: "current",
    // All the log it needs lies in its pg_wal; the server insists on a command all the same.
    restore_command: "false",
    hot_standby: "off",
  };
}

interface Judged {
  readonly snapshot: string;
  readonly version: string;
}

interface RecoveredCopy {
  readonly client: ClientBase;
  readonly found: readonly FoundTable[];
  readonly expected: readonly BackupTable[];
}

async function judgeRows(
  copy: RecoveredCopy,
  comparison: Comparison,
  { snapshot, version }: Judged,
): Promise<Outcome> {
  const where = `recovered on PostgreSQL ${version}`;
  const differing = [...comparison.rows.map(({ name }) => name), ...comparison.values];
  if (differing.length === 0) return passed(comparison, where);
  const { rows } = await copy.client.query<{ xid: string }>(TRANSACTIONS_BETWEEN, [snapshot]);
  const xids = rows.map((row) => row.xid);
  if (xids.length === 0) return failed(describeDifferences(comparison));
  const judged = { unexplained: [] as string[], changed: [] as string[] };
  for (const name of differing) {
    const verdict = await judgeTable(copy, name, xids);
    if (verdict !== "explained") judged[verdict].push(name);
  }
  if (judged.changed.length > 0) {
    return failed(describeDifferences({ ...comparison, rows: [], values: judged.changed }));
  }
  const many = `${String(xids.length)} transactions committed while the rows were counted`;
  if (judged.unexplained.length > 0) {
    return unproven(
      `${many}, and ${judged.unexplained.join(", ")} cannot be compared for it; try again`,
    );
  }
  return passed(comparison, `${where}; ${many}: their rows were told apart`);
}

/** Whether what differs in a table is what the transactions `xids` did. */
async function judgeTable(
  { client, found, expected }: RecoveredCopy,
  name: string,
  xids: readonly string[],
): Promise<"explained" | "unexplained" | "changed"> {
  const table = found.find((one) => tableName(one) === name);
  const wanted = expected.find((one) => one.name === name);
  if (table === undefined || typeof wanted?.rows !== "number") {
    throw new Error(`${name} was compared before`);
  }
  const theirs = `t.xmin::text IN (${xids.map((xid) => `'${xid}'`).join(", ")})`;
  const created = await readContents(client, table, { where: theirs, isChecked: false });
  const isChecked = wanted.checksum !== undefined;
  const old = await readContents(client, table, { where: `NOT (${theirs})`, isChecked });
  const count = { expected: wanted.rows, actual: old.rows + created.rows, created: created.rows };
  if (!isExplained(count)) return "unexplained";
  // Where none of the old rows is gone, all of them can be compared.
  const isWhole = old.rows === wanted.rows && isChecked;
  return isWhole && old.checksum !== wanted.checksum ? "changed" : "explained";
}

/**
 * Whether a count differs only by what the transactions in between did: the rows they did not write
 * were there before (never more than were counted), and those that are gone were rewritten by them.
 * Rows that they deleted leave no trace to count, so such a table is not explained.
 */
export function isExplained(count: {
  readonly expected: number;
  readonly actual: number;
  /** Rows in the copy that the transactions in between wrote. */
  readonly created: number;
}): boolean {
  const old = count.actual - count.created;
  return old <= count.expected && count.expected - old <= count.created;
}
