// The example app in maintenance: who is kept away, what they are told, and what is counted.
import assert from "node:assert/strict";
import { ensureLedger } from "../../../engine/ledger/schema.ts";
import { maintenanceGrants } from "../../../engine/maintenance/row.ts";
import { switchOff, switchOn } from "../../../engine/maintenance/switch.ts";
import { createRole, queryAll, withClient, withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { applyMigrations } from "./exampleMigrations.ts";
import { startLoad, withVault } from "./vaultProcess.ts";

const REASON = `<b>"disks"</b>`;

describe("example maintenance", () => {
  const on = (url: string, forMs?: number) =>
    withClient(url, async (client) => {
      await ensureLedger(client);
      const ada = { heldBy: "person", who: "Ada", release: null, reason: REASON } as const;
      await switchOn(client, { ...ada, forMs });
    });
  const off = (url: string) =>
    withClient(url, (client) => switchOff(client, { heldBy: "person", who: "Ada" }));
  const awaitStatus = (base: string, status: number) =>
    eventually(`/customers answers ${String(status)}`, async () => {
      const answer = await fetch(`${base}/customers`);
      await answer.text();
      return answer.status === status;
    });

  it("keeps users away with a page and their requests apart, and stays healthy", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      await withVault({ release: "1.1", env: { DATABASE_URL: url } }, async ({ base }) => {
        const load = startLoad(base, 50);
        await load.succeeded;
        // The ledger is made only now, as by the first release that knows of it.
        await on(url);
        await awaitStatus(base, 503);
        const page = await fetch(`${base}/`, { headers: { accept: "text/html,*/*" } });
        assert.equal(page.status, 503);
        assert.equal(page.headers.get("retry-after"), "5");
        assert.match(await page.text(), /maintained: &#60;b&#62;&#34;disks&#34;&#60;\/b&#62;\./);
        assert.equal((await fetch(`${base}/health`)).status, 200);
        await off(url);
        await awaitStatus(base, 200);
        const metrics = await (await fetch(`${base}/metrics`)).text();
        assert.doesNotMatch(metrics, /status="503"/);
        assert.match(metrics, /^maintenance_answers_total [1-9]/m);
        const { statuses, maintenance, lost, uncertain, mismatches } = await load.stop();
        assert.deepEqual(Object.keys(statuses).toSorted(), ["200", "201"]);
        assert.ok(maintenance.answers > 0);
        assert.ok((maintenance.from ?? "") < (maintenance.until ?? ""));
        assert.deepEqual([lost, uncertain, mismatches], [0, [], []]);
      });
    });
  });

  it("lets users in by itself once the time is over", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      await on(url, 600_000);
      await withVault({ release: "1.1", env: { DATABASE_URL: url } }, async ({ base }) => {
        await awaitStatus(base, 503);
        await queryAll(url, "update lockstep.maintenance set until = clock_timestamp()");
        await awaitStatus(base, 200);
      });
    });
  });

  it("serves, and says so, where its role may not read the switch; sees it once it may", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      await on(url);
      const role = await createRole(url);
      const name = new URL(role).username;
      await queryAll(url, `grant select on customers to ${name}`);
      await withVault({ release: "1.1", env: { DATABASE_URL: role } }, async (vault) => {
        assert.match(String((await vault.logged("error"))["message"]), /lockstep\.maintenance/);
        assert.equal((await fetch(`${vault.base}/customers`)).status, 200);
        await queryAll(url, maintenanceGrants(name).join("\n"));
        await awaitStatus(vault.base, 503);
      });
    });
  });
});
