// A run that must have been rehearsed looks again under its lease, on a real server.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { foreseeRehearsal } from "../../../../engine/rehearse/outlook.ts";
import type { RehearsalProof } from "../../../../engine/rehearse/proof.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";
import { analyzeFiles, applyFiles, approve, ledgerOf, type Files } from "../run/applyFiles.ts";

const BASE: Files = { "01_t_up.sql": "create table t (a int);" };
const FILES: Files = {
  ...BASE,
  "02_b_up.sql": "alter table t add b int;",
  "03_drop_a_up.sql": "alter table t drop a;",
};
const RELEASE = { digest: "ab".repeat(32), label: "1.1" } as const;

describe("a run whose files must have been rehearsed", () => {
  const database = useDatabase();
  useLockstepHome();

  /** As a rehearsal that passed now would leave it. */
  async function prove(files: Files): Promise<RehearsalProof> {
    const { digest } = await foreseeRehearsal({
      migrations: await analyzeFiles(files),
      ...{ through: undefined, server: undefined },
      target: parseUrl(database.url, "test"),
    });
    return { digest, server: "" };
  }

  it("goes on where files, order and schema are those of the rehearsal, also for the first files", async () => {
    await applyFiles(database.url, BASE, { rehearsal: await prove(BASE) });
    const expand = { stage: "expand", release: RELEASE } as const;
    await applyFiles(database.url, FILES, { ...expand, rehearsal: await prove(FILES) });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("is stopped before its first file by a change of the schema or of the files after it", async () => {
    await applyFiles(database.url, BASE);
    const proof = await prove(FILES);
    await queryAll(database.url, "alter table t add by_hand int");
    const options = { stage: "expand", release: RELEASE, rehearsal: proof } as const;
    const drifted = await failureOf(applyFiles(database.url, FILES, options));
    assert.equal(drifted.code, "NOT_REHEARSED");
    await queryAll(database.url, "alter table t drop by_hand");
    const edited = { ...FILES, "03_drop_a_up.sql": "alter table t drop a cascade;" };
    const again = await failureOf(applyFiles(database.url, edited, options));
    assert.equal(again.code, "NOT_REHEARSED");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
  });

  it("contracts with a rehearsal of what expand left", async () => {
    const before = { ...BASE, "02_b_up.sql": "alter table t add b int;" };
    await applyFiles(database.url, before);
    const contract = {
      ...({ stage: "contract", approval: await approve(FILES, "03") } as const),
      rehearsal: await prove(FILES),
    };
    await applyFiles(database.url, FILES, contract);
    assert.equal((await ledgerOf(database.url)).at(-1), "03 applied");
  });
});
