// A shop database on a server of its own, and writers that never pause.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { type Report, reporter, type StepEvent } from "../../../../engine/events.ts";
import { queryAll, withClient } from "../../../support/database.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

/** The release in the manifests of these tests. */
export const RELEASE = { digest: "ab".repeat(32), label: "1.1" } as const;

/** Customers at the start. */
export const CUSTOMERS = 20_000;

/** Fills the database at `url`: tables in two schemas, a partitioned one, and a ledger's lease. */
export async function fillShop(url: string): Promise<void> {
  await queryAll(
    url,
    `CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
                             email text UNIQUE);
     INSERT INTO customers (name, email)
       SELECT 'Customer ' || i, i || '@example.org' FROM generate_series(1, ${CUSTOMERS}) AS i;
     CREATE SCHEMA "Sales";
     CREATE TABLE "Sales"."Order" (id int, at date) PARTITION BY RANGE (at);
     CREATE TABLE "Sales"."Order 2026" PARTITION OF "Sales"."Order"
       FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
     INSERT INTO "Sales"."Order" SELECT i, '2026-05-05' FROM generate_series(1, 50) AS i;
     CREATE UNLOGGED TABLE session (id int);
     INSERT INTO session VALUES (1);
     CREATE SCHEMA lockstep;
     CREATE TABLE lockstep.lease (name text, token bigint);
     INSERT INTO lockstep.lease VALUES ('runner', 7);`,
  );
}

/** A server that can be copied (it writes a log, unlike the shared one), for a whole `describe`. */
export function useCopyableServer(): { readonly url: string; readonly home: string } {
  let [url, home, dir] = ["", "", ""];
  let previous: string | undefined;
  // Mocha's hooks here are the suite's: a server takes longer to start than most tests to run.
  before(async () => {
    previous = process.env.LOCKSTEP_HOME;
    home = await makeTempDir("home");
    process.env.LOCKSTEP_HOME = home;
    dir = join(home, "server");
    ({ url } = await startEmbedded({ dir, database: "shop" }));
    await fillShop(url);
  });
  after(async () => {
    await stopEmbedded(dir);
    if (previous === undefined) delete process.env.LOCKSTEP_HOME;
    else process.env.LOCKSTEP_HOME = previous;
    await rm(home, { recursive: true, force: true });
  });
  return {
    get url() {
      return url;
    },
    get home() {
      return home;
    },
  };
}

/** A report that keeps what it is told. */
export function recorder(): { readonly report: Report; readonly events: StepEvent[] } {
  const events: StepEvent[] = [];
  return { report: reporter("backup", (event) => events.push(event)), events };
}

/** Runs `body` while `writers` sessions insert and change customers without a pause. */
export async function withWriters<T>(
  url: string,
  writers: number,
  body: () => Promise<T>,
): Promise<T> {
  let isOver = false;
  const write = (mine: number) =>
    withClient(url, async (client) => {
      while (!isOver) {
        await client.query("INSERT INTO customers (name) VALUES ('written meanwhile')");
        await client.query(`UPDATE customers SET name = name || '.' WHERE id % 1000 = ${mine}`);
      }
    });
  const writing = Array.from({ length: writers }, (_, mine) => write(mine));
  try {
    return await body();
  } finally {
    isOver = true;
    await Promise.all(writing);
  }
}
