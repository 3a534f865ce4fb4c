// Initial and staged mode: which files a run takes, in which order, and with whose approval.
import assert from "node:assert/strict";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, approve, ledgerOf, RELEASE, type Files } from "./applyFiles.ts";

const FILES: Files = {
  "01_create_things_up.sql": "create table things (id int primary key, old text, older text);",
  "02_fill_things_up.sql": "insert into things values (1, 'a', 'b');",
  "03_drop_older_up.sql": "alter table things drop column older;",
  "04_add_new_up.sql": "alter table things add column new text;",
  "05_drop_old_up.sql": "alter table things drop column old;",
};
const BASE: Files = {
  "01_create_things_up.sql": FILES["01_create_things_up.sql"] ?? "",
  "02_fill_things_up.sql": FILES["02_fill_things_up.sql"] ?? "",
};

describe("migrate on an empty database", () => {
  const database = useDatabase();

  it("takes all files in file order, contract files too, without an approval", async () => {
    const result = await applyFiles(database.url, FILES);
    assert.equal(result.initial, true);
    assert.deepEqual(result.waiting, []);
    assert.deepEqual(await ledgerOf(database.url), [
      "01 applied",
      "02 applied",
      "03 applied",
      "04 applied",
      "05 applied",
    ]);
    assert.deepEqual(await queryAll(database.url, "select * from things"), [{ id: 1, new: null }]);
  });

  it("goes on in initial mode after a file failed and was mended", async () => {
    const broken = { ...FILES, "03_drop_older_up.sql": "alter table things drop column oldest;" };
    const failure = await failureOf(applyFiles(database.url, broken, { stage: "expand" }));
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.match(failure.where ?? "", /03_drop_older_up\.sql:1/);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);

    const again = await applyFiles(database.url, FILES, { stage: "expand" });
    assert.equal(again.initial, true);
    assert.deepEqual(again.applied, ["03_drop_older", "04_add_new", "05_drop_old"]);
    assert.deepEqual(
      await queryAll(database.url, "select * from lockstep.setting where key = 'initial'"),
      [],
    );
  });

  it("leaves initial mode with its last file: what comes later is staged", async () => {
    await applyFiles(database.url, BASE);
    const next = await applyFiles(database.url, FILES, { stage: "expand" });
    assert.equal(next.initial, false);
    assert.deepEqual(next.applied, ["04_add_new"]);
    assert.deepEqual(next.waiting, ["03_drop_older", "05_drop_old"]);
  });
});

describe("migrate on an existing database", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  it("refuses by hand what no approval covers, before it changes anything", async () => {
    const failure = await failureOf(applyFiles(database.url, FILES));
    assert.equal(failure.code, "NOT_APPROVED");
    assert.match(failure.seen ?? "", /03_drop_older: drops column things\.older/);
    assert.match(failure.next ?? "", /approve --stack test --through 05/);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("takes the approved contract files and leaves the others", async () => {
    const approval = await approve(FILES, "03");
    const failure = await failureOf(applyFiles(database.url, FILES, { approval }));
    assert.equal(failure.code, "NOT_APPROVED");
    assert.match(failure.where ?? "", /^migrations\/05_drop_old_up\.sql$/);
    const result = await applyFiles(database.url, FILES, { approval, through: "04" });
    assert.deepEqual(result.applied, ["03_drop_older", "04_add_new"]);
  });

  it("within a release says what waits, and applies expand", async () => {
    const result = await applyFiles(database.url, FILES, { stage: "expand", release: RELEASE });
    assert.deepEqual(result.applied, ["04_add_new"]);
    assert.deepEqual(result.waiting, ["03_drop_older", "05_drop_old"]);
    assert.deepEqual(await queryAll(database.url, "select label, state from lockstep.release"), [
      { label: "1.1", state: "active" },
    ]);
  });

  it("accepts an approval once: what is left after a crash goes on though it has expired", async () => {
    const broken = {
      ...FILES,
      "05_drop_old_up.sql": "alter table things drop column old; select 1/0;",
    };
    const good = await approve(broken, "05");
    await failureOf(applyFiles(database.url, broken, { approval: good }));
    assert.deepEqual(await ledgerOf(database.url), [
      ...["01 applied", "02 applied", "03 applied", "04 applied"],
    ]);
    const recorded = "select data->>'by' as by from lockstep.event where kind = 'approval'";
    assert.deepEqual(await queryAll(database.url, recorded), [{ by: "ada" }]);

    const expired = { ...good, expires: "2026-01-02T00:00:00Z" };
    const again = await failureOf(applyFiles(database.url, broken, { approval: expired }));
    assert.equal(again.code, "STATEMENT_FAILED");
    assert.deepEqual(await queryAll(database.url, recorded), [{ by: "ada" }]);
  });

  it("refuses an approval that had expired before it was ever accepted", async () => {
    const approval = await approve(FILES, "05", "2026-01-02T00:00:00Z");
    const failure = await failureOf(applyFiles(database.url, FILES, { approval }));
    assert.equal(failure.code, "NOT_APPROVED");
    assert.match(failure.seen ?? "", /good until 2026-01-02/);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("does nothing the second time", async () => {
    const approval = await approve(FILES, "05");
    await applyFiles(database.url, FILES, { approval });
    const again = await applyFiles(database.url, FILES, { approval });
    assert.deepEqual(again.applied, []);
    assert.deepEqual(again.messages, []);
  });
});
