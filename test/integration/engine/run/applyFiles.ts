// Runs `migrate` on a test's database with files given as text, and keeps what it reported.
import { createHash } from "node:crypto";
import type { Dial } from "../../../../engine/drivers/postgres/dial.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { approvalDigest } from "../../../../engine/plan/approval.ts";
import type { Approval } from "../../../../engine/run/approval.ts";
import {
  migrate,
  type MigrateOptions,
  type MigrateResult,
} from "../../../../engine/run/migrate.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";
import { queryAll } from "../../../support/database.ts";

/** File name to text; `_verify.sql` goes to its up file. */
export type Files = Readonly<Record<string, string>>;

/** The stack of all these runs. */
export const STACK = "test";

/** Of a release that these tests carry. */
export const RELEASE = { digest: "ab".repeat(32), label: "1.1" } as const;

/** What a test may set of a run. */
export interface ApplyOptions extends Partial<
  Pick<
    MigrateOptions,
    | "stage"
    | "through"
    | "approval"
    | "release"
    | "planDigest"
    | "rehearsal"
    | "risk"
    | "backup"
    | "signal"
  >
> {
  readonly limits?: Partial<MigrateOptions["limits"]>;
  /** The way to the server, where it is not by the URL alone. */
  readonly dial?: Dial;
  /** Called with each message, and its data, when it is said. */
  readonly onMessage?: (message: string, data?: Readonly<Record<string, unknown>>) => void;
}

/** Reads `files` as a folder of migrations is read. */
export async function analyzeFiles(files: Files): Promise<readonly Migration[]> {
  const ups = Object.entries(files).filter(([name]) => name.endsWith("_up.sql"));
  return analyzeMigrations(
    ups.map(([file, sql]) => {
      const [, number = "", name = ""] = /^(\d+)_(.*)_up\.sql$/.exec(file) ?? [];
      const verify = file.replace(/_up\.sql$/, "_verify.sql");
      const script = files[verify];
      return {
        number,
        order: BigInt(number),
        name,
        path: `migrations/${file}`,
        sql,
        checksum: createHash("sha256").update(sql).digest("hex"),
        down: undefined,
        verify: script === undefined ? undefined : { path: `migrations/${verify}`, sql: script },
      };
    }),
  );
}

/** Applies `files`; a run by hand with all stages unless told otherwise. */
export async function applyFiles(
  url: string,
  files: Files,
  options: ApplyOptions = {},
): Promise<MigrateResult & { readonly messages: readonly string[] }> {
  return applyMigrations(url, await analyzeFiles(files), options);
}

/** The same with migrations that were read already. */
export async function applyMigrations(
  url: string,
  migrations: readonly Migration[],
  options: ApplyOptions = {},
): Promise<MigrateResult & { readonly messages: readonly string[] }> {
  const { onMessage, limits, dial, ...given } = options;
  const messages: string[] = [];
  const result = await migrate({
    target: { ...parseUrl(url, "DATABASE_URL"), ...(dial && { dial }) },
    migrations,
    stage: "all",
    through: undefined,
    stack: STACK,
    approval: undefined,
    release: undefined,
    report: (_level, message, data) => {
      messages.push(message);
      onMessage?.(message, data);
    },
    signal: new AbortController().signal,
    ...given,
    limits: {
      wait: { attempts: 1, intervalMs: 1 },
      leaseWaitMs: 20_000,
      lockBudgetMs: 20_000,
      backupMaxAgeMs: 86_400_000,
      allowedApplications: [],
      ...limits,
    },
  });
  return { ...result, messages };
}

/** An approval of the contract files of `files` up to number `through`, good until `expires`. */
export async function approve(
  files: Files,
  through: string,
  expires = "2999-01-01T00:00:00Z",
): Promise<Approval> {
  const contract = (await analyzeFiles(files)).filter(
    ({ stage, number }) => stage === "contract" && BigInt(number) <= BigInt(through),
  );
  const digest = approvalDigest(STACK, contract);
  return { through, digest, by: "ada", at: "2026-01-01T00:00:00Z", expires };
}

/** The ledger's migrations in the order in which they were applied: `01 applied`. */
export async function ledgerOf(url: string): Promise<readonly string[]> {
  const rows = await queryAll<{ line: string }>(
    url,
    "select label || ' ' || state as line from lockstep.migration order by seq",
  );
  return rows.map(({ line }) => line);
}
