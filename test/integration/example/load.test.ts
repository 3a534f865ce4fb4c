// The example's move of a column, by hand and under load: nothing lost, every value where it belongs.

import assert from "node:assert/strict";
import { queryAll, withDatabase } from "../../support/database.ts";
import { applyMigrations } from "./exampleMigrations.ts";
import { findFreePort, runLoad, startLoad, startVault, type LoadReport } from "./vaultProcess.ts";

describe("example load", () => {
  it("finds every acknowledged value after 1.0 gave way to 1.1 and the old column went", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      const port = await findFreePort();
      const env = { DATABASE_URL: url };
      const old = startVault({ release: "1.0", port, env });
      const load = startLoad(old.base, 150);
      await load.succeeded;
      await applyMigrations(url, [3, 4]);
      const successor = startVault({ release: "1.1", port, env });
      try {
        assert.equal(await old.stop(), 0);
        await successor.logged("start");
        const written = await countCustomers(url);
        await waitUntil(async () => (await countCustomers(url)) > written + 20);
        await applyMigrations(url, [5, 5]);
        const kept = await countCustomers(url);
        await waitUntil(async () => (await countCustomers(url)) > kept + 20);
        const report = await load.stop();
        assertNothingFailed(report);
        const rows = await queryAll<{ id: number; email: string; phone: string | null }>(
          url,
          "SELECT id::int AS id, email, contact_phone AS phone FROM customers ORDER BY id",
        );
        assert.deepEqual(
          rows,
          [...report.customers].sort((a, b) => a.id - b.id),
        );
      } finally {
        await old.stop();
        await successor.stop();
      }
    });
  });

  it("lists a write that was answered with a 500 as uncertain, with both values", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 6]);
      const port = await findFreePort();
      const vault = startVault({ release: "1.2", port, env: { DATABASE_URL: url } });
      try {
        await vault.logged("start");
        const { stdout } = await runLoad(["--url", vault.base, "--rate", "100", "--seconds", "1"]);
        const report = JSON.parse(stdout) as LoadReport;
        const answers = Object.values(report.statuses).reduce((sum, n) => sum + n, 0);
        assert.equal(report.statuses["500"], Math.floor(answers / 8));
        assert.ok(report.uncertain.length > 0);
        const uncertain = report.uncertain as { old: object | null; new: object }[];
        for (const write of uncertain) assert.notDeepEqual(write.old, write.new);
      } finally {
        await vault.stop();
      }
    });
  });

  it("waits for a server that refuses connections, and counts nothing as lost", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      const port = await findFreePort();
      const load = startLoad(`http://127.0.0.1:${port}`, 50);
      const vault = startVault({ release: "1.1", port, env: { DATABASE_URL: url } });
      try {
        await load.succeeded;
        assertNothingFailed(await load.stop());
      } finally {
        await vault.stop();
      }
    });
  });

  for (const url of ["http://example.com", "http://10.0.0.1:80", "https://127.0.0.1", "x"]) {
    it(`refuses to load ${url}`, async () => {
      const { exitCode, stderr, stdout } = await runLoad(["--url", url]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /Expected --url http:\/\/127\.0\.0\.1:PORT/);
      assert.equal(stdout, "");
    });
  }
});

function assertNothingFailed(report: LoadReport): void {
  const failures = Object.keys(report.statuses).filter((status) => !status.startsWith("2"));
  assert.deepEqual(failures, []);
  assert.deepEqual(report.mismatches, []);
  assert.deepEqual(report.uncertain, []);
  assert.equal(report.lost, 0);
  const { ECONNREFUSED: _refused, ...errors } = report.connectionErrors;
  assert.deepEqual(errors, {});
}

async function countCustomers(url: string): Promise<number> {
  const [row] = await queryAll<{ n: number }>(url, "SELECT count(*)::int AS n FROM customers");
  return row?.n ?? 0;
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
