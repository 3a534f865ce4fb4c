// The commands that look, and the small ones that change: status, history, plan, lint, new, baseline, abandon, approve.
import assert from "node:assert/strict";
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

const ROOT = join(import.meta.dirname, "../../..");

interface FileRow {
  readonly number: string;
  readonly state: string;
}

describe("lockstep", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(args, options());
  const json = (...args: string[]) => lockstepJson(args, options());
  const copyExample = async () => {
    await cp(join(ROOT, "migrations"), join(dir.path, "migrations"), { recursive: true });
    await cp(join(ROOT, "Pulumi.dev.yaml"), join(dir.path, "Pulumi.dev.yaml"));
  };

  describe("status", () => {
    it("works without a ledger and makes none", async () => {
      await copyExample();
      const { stdout, exitCode } = await run("status");
      assert.equal(exitCode, 0);
      assert.match(stdout, /7 pending[^]*none yet[^]*free \(no ledger yet/);
      assert.deepEqual(
        await queryAll(database.url, "select from pg_namespace where nspname = 'lockstep'"),
        [],
      );
    });

    it("shows applied, pending, edited, missing and running files, release, lease and mode", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      await writeFile(join(dir.path, "migrations/02_add_created_at_index_up.sql"), "select 1;");
      await queryAll(
        database.url,
        `insert into lockstep.migration (number, label, name, stage, checksum, state) values (3, '03', 'x', 'expand', '', 'running'), (99, '99', 'gone', 'expand', '', 'applied');
         update lockstep.migration set checksum = $$${await checksumOf("03_add_contact_phone_up.sql")}$$ where number = 3;
         insert into lockstep.release (digest, label, state) values ('abc', '1.1', 'active');
         update lockstep.lease set held = true, holder = 'ada@host', doing = 'migrate';
         insert into lockstep.setting values ('initial', '{"through": "07"}')`,
      );
      const { document, exitCode } = await json("status");
      assert.equal(exitCode, 0);
      const states = (document.files as FileRow[]).map((file) => `${file.number} ${file.state}`);
      assert.deepEqual(states, [
        ...["01 applied", "02 edited", "03 running", "04 pending", "05 pending", "06 pending"],
        ...["07 pending", "99 missing"],
      ]);
      const { stdout } = await run("status");
      assert.match(stdout, /release +1\.1 is under way since/);
      assert.match(stdout, /lease +ada@host since .*: migrate/);
      assert.match(stdout, /file order through 07/);
    });
  });

  describe("history", () => {
    it("shows events and applied files, the newest first, as many as asked for", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      await run("down");
      const { stdout } = await run("history");
      const kinds = stdout.split("\n").map((line) => line.split(/ {2,}/)[1]);
      assert.deepEqual(kinds, ["down", "applied"]);
      assert.match(stdout, /01_create_customers \(expand, \d+ ms\) by /);
      const { document } = await json("history", "--limit", "1");
      assert.equal((document.entries as unknown[]).length, 1);
    });
  });

  describe("history --verify", () => {
    it("prints the head of a whole history, and refuses one that was changed, as status says, too", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      await run("mark", "here");
      const whole = await run("history", "--verify");
      assert.equal(whole.exitCode, 0, whole.stderr);
      const head = /^head {2}([0-9a-f]{64})$/m.exec(whole.stdout)?.[1] ?? "";
      assert.equal((await run("history", "--head", head)).exitCode, 0);
      assert.equal((await run("history", "--head", "0".repeat(64))).exitCode, 3);
      assert.equal((await run("history", "--head", "short")).exitCode, 2);
      await queryAll(
        database.url,
        `alter table lockstep.event disable trigger append_only;
         update lockstep.event set data = '{"name": "there", "seq": "2"}' where kind = 'mark'`,
      );
      const changed = await run("history", "--verify");
      assert.equal(changed.exitCode, 3);
      assert.match(changed.stderr, /event \d+ \(mark, .*was changed/);
      assert.match((await run("status")).stdout, /events +not as lockstep wrote them: event/);
    });
  });

  describe("report", () => {
    it("writes a release's page for its owner alone, and says which releases there are", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      const digest = "ab".repeat(32);
      await queryAll(
        database.url,
        `insert into lockstep.release (digest, label, state) values ('${digest}', '1.2', 'verified');
         update lockstep.migration set release = '${digest}';
         insert into lockstep.event (release, kind, data) values
           ('${digest}', 'gateCheck', '{"at": "2026-11-21T09:00:00Z", "verdict": "pass", "errorRate": 0.01, "reason": "1.0 % errors"}'),
           ('${digest}', 'closed', '{"state": "verified", "why": "postgres://shop:hunter2@db/shop <b>"}')`,
      );
      const { document, exitCode } = await json("report", "1.2", "--output", "page.html");
      assert.equal(exitCode, 0);
      const path = join(dir.path, "page.html");
      assert.equal(document.path, path);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      const page = await readFile(path, "utf8");
      assert.match(
        page,
        /01_create_customers[^]*Risk: <strong>\w+<\/strong>[^]*CREATE TABLE customers/,
      );
      assert.match(page, /class="point pass"/);
      assert.match(page, /history is as lockstep wrote it/);
      assert.doesNotMatch(page, /hunter2|<b>/);
      assert.equal((await run("report", "abababab")).exitCode, 0);
      const unknown = await run("report", "9.9");
      assert.equal(unknown.exitCode, 2);
      assert.match(unknown.stderr, /knows no release 9\.9[^]*releases: 1\.2/);
    });
  });

  describe("plan", () => {
    it("shows an empty database's plan in file order, and changes nothing", async () => {
      await copyExample();
      const { document, exitCode } = await json("plan");
      assert.equal(exitCode, 0);
      assert.equal(document.initial, true);
      assert.equal((document.pending as unknown[]).length, 7);
      assert.deepEqual(
        await queryAll(database.url, "select from pg_namespace where nspname = 'lockstep'"),
        [],
      );
    });

    it("shows what waits for approval and that migrate would refuse it, with the SQL", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      const all = await run("plan", "--sql");
      assert.equal(all.exitCode, 3);
      assert.match(all.stdout, /1 +expand +03_add_contact_phone/);
      assert.match(
        all.stdout,
        /waiting for approval \(npx lockstep approve --stack dev --through 07\)/,
      );
      assert.match(all.stdout, /\| ALTER TABLE customers DROP COLUMN phone;/);
      assert.match(all.stdout, /migrate would refuse this:/);
      const expand = await json("plan", "--stage", "expand");
      assert.equal(expand.exitCode, 0);
      assert.equal((expand.document.waiting as unknown[]).length, 2);
    });

    it("writes all that will be sent, and has it and the release's digest in its document", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      const { stdout } = await run(
        "plan",
        "--stage",
        "expand",
        "--target",
        "05",
        "--sql",
        "plan.sql",
      );
      const digest = /digest of the release's plan: ([0-9a-f]{64})/.exec(stdout)?.[1] ?? "";
      const text = await readFile(join(dir.path, "plan.sql"), "utf8");
      assert.match(text, new RegExp(`^-- lockstep plan\n-- database: .*\n-- digest: ${digest}\n`));
      assert.match(text, /\n-- file 03_add_contact_phone: expand, transaction; /);
      assert.match(text, /assert_lease\(<lease token>\);<table locks>\n/);
      assert.match(text, /-- each further batch \(any number of times\):/);
      const { document } = await json("plan", "--target", "05");
      assert.equal(document.planDigest, digest);
      const { parts } = document.plan as {
        parts: { files: { file: string; locks: string[] }[] }[];
      };
      assert.deepEqual(
        parts.map(({ files }) => files[0]?.file),
        ["03_add_contact_phone", "04_backfill_contact_phone"],
      );
      assert.match(parts[0]?.files[0]?.locks.join() ?? "", /ACCESS EXCLUSIVE on customers/);
    });

    it("foresees that contract is not ready, once there are releases", async () => {
      await copyExample();
      await run("migrate", "--target", "04");
      await run("approve", "--stack", "dev", "--through", "05", "--yes");
      await queryAll(
        database.url,
        "insert into lockstep.release (digest, label, state) values ('abc', '1.1', 'failed')",
      );
      const { document, exitCode } = await json("plan", "--target", "05");
      assert.equal(exitCode, 3);
      assert.equal((document.error as { code: string }).code, "NOT_READY_FOR_CONTRACT");
      assert.equal((await run("migrate", "--target", "05")).exitCode, 3);
    });

    it("plans from the files where the database is away or not named, and says what it did not see", async () => {
      await copyExample();
      const away = { cwd: dir.path, url: "postgres://app@127.0.0.1:1/app" };
      for (const where of [away, { cwd: dir.path }]) {
        const { stdout, exitCode } = await lockstep(["plan", "--target", "04"], where);
        assert.equal(exitCode, 0);
        assert.match(stdout, /database not seen: [^]*could not be seen[^]*4 +expand +04_backfill/);
      }
    });

    it("refuses with 3 what the ledger or the files forbid", async () => {
      await writeMigrations(dir.path, {
        "01_create_things_up.sql": "create table things (a int);",
      });
      await run("migrate");
      await writeMigrations(dir.path, {
        "02_change_all_up.sql":
          "alter table things add column b int; alter table things drop column a;",
      });
      assert.equal((await run("plan")).exitCode, 3);
      const blind = await lockstep(["plan"], { cwd: dir.path });
      assert.equal(blind.exitCode, 3);
      assert.match(blind.stdout, /migrate would refuse this/);
      await writeMigrations(dir.path, {
        "01_create_things_up.sql": "create table things (z int);",
      });
      const { document, exitCode } = await json("plan");
      assert.equal(exitCode, 3);
      assert.equal((document.error as { code: string }).code, "CHECKSUM_MISMATCH");
    });
  });

  describe("lint", () => {
    it("tells stages and warns of drops; warnings end with 0, errors with 1", async () => {
      await copyExample();
      const fine = await run("lint");
      assert.equal(fine.exitCode, 0);
      assert.match(fine.stdout, /^05 +remove_phone +contract/m);
      assert.match(fine.stdout, /warning: drops column customers\.phone/);
      await writeMigrations(dir.path, {
        "08_change_all_up.sql":
          "alter table customers add column b int; alter table customers drop column name;",
      });
      const { document, exitCode } = await json("lint");
      assert.equal(exitCode, 1);
      assert.equal(document.ok, false);
    });
  });

  describe("new", () => {
    it("writes the next number's files and overwrites none", async () => {
      assert.match(
        (await run("new", "create_customers")).stdout,
        /wrote migrations\/01_create_customers_up\.sql/,
      );
      await run("new", "add_contact_phone");
      assert.deepEqual(await readdir(join(dir.path, "migrations")), [
        "01_create_customers_down.sql",
        "01_create_customers_up.sql",
        "02_add_contact_phone_down.sql",
        "02_add_contact_phone_up.sql",
      ]);
      assert.equal((await run("new", "add_contact_phone")).exitCode, 2);
    });
  });

  describe("baseline", () => {
    it("records what an older database holds, so that migrate takes only the rest", async () => {
      await copyExample();
      await queryAll(
        database.url,
        await readFile(join(ROOT, "migrations/01_create_customers_up.sql"), "utf8"),
      );
      const refused = await run("migrate");
      assert.equal(refused.exitCode, 3);
      assert.match(refused.stderr, /lockstep baseline --through/);
      const { document, exitCode } = await json("baseline", "--through", "01");
      assert.equal(exitCode, 0);
      assert.deepEqual(document.recorded, ["01_create_customers"]);
      const rest = await json("migrate", "--target", "02");
      assert.deepEqual(rest.document.applied, ["02_add_created_at_index"]);
      assert.equal((await run("baseline", "--through", "02")).exitCode, 3);
    });
  });

  describe("abandon", () => {
    it("explains, needs a yes, and closes the active release with its reason", async () => {
      await copyExample();
      await run("migrate", "--target", "02");
      assert.match((await run("abandon")).stdout, /no release is under way/);
      await queryAll(
        database.url,
        "insert into lockstep.release (digest, label, state) values ('abc', '1.1', 'active')",
      );
      const unasked = await run("abandon");
      assert.equal(unasked.exitCode, 2);
      assert.match(unasked.stdout, /Release 1\.1 \(abc\) is under way/);
      const state = () => queryAll(database.url, "select state from lockstep.release");
      assert.deepEqual(await state(), [{ state: "active" }]);
      const { exitCode } = await run("abandon", "--yes", "--reason", "its project is gone");
      assert.equal(exitCode, 0);
      assert.deepEqual(await state(), [{ state: "abandoned" }]);
      assert.match((await run("history")).stdout, /closed +1\.1 +abandoned: its project is gone/);
    });
  });

  describe("approve", () => {
    it("approves up to the stack's target, says what it replaces, and needs no database", async () => {
      await copyExample();
      const path = join(dir.path, "Pulumi.dev.yaml");
      const before = (await readFile(path, "utf8")).replace('release: "1.0"', 'release: "1.1"');
      await writeFile(path, before);
      const blind = { cwd: dir.path };
      const first = await lockstepJson(["approve", "--stack", "dev", "--yes"], blind);
      assert.equal(first.exitCode, 0, first.stderr);
      assert.deepEqual(first.document.files, ["05_remove_phone"]);
      const written = await readFile(path, "utf8");
      assert.ok(written.startsWith(before));
      const { config } = parse(written) as { config: Record<string, unknown> };
      assert.deepEqual(config["lockstep:approval"], first.document.approval);
      const wider = await lockstep(
        ["approve", "--stack", "dev", "--through", "07", "--yes"],
        blind,
      );
      assert.match(wider.stdout, /replaces the approval through 05/);
    });

    it("refuses a stack that is not there, broken YAML, and a range without contract files", async () => {
      await copyExample();
      assert.equal((await run("approve", "--stack", "prod", "--yes")).exitCode, 2);
      const none = await run("approve", "--stack", "dev", "--through", "04", "--yes");
      assert.equal(none.exitCode, 2);
      assert.match(none.stderr, /no contract file to approve[^]*05_remove_phone/);
      const path = join(dir.path, "Pulumi.dev.yaml");
      await writeFile(path, "config:\n  a: [1\n");
      const broken = await run("approve", "--stack", "dev", "--yes");
      assert.equal(broken.exitCode, 2);
      assert.match(broken.stderr, /Pulumi\.dev\.yaml is no stack's config/);
      assert.equal(await readFile(path, "utf8"), "config:\n  a: [1\n");
    });
  });

  async function checksumOf(name: string): Promise<string> {
    const { createHash } = await import("node:crypto");
    const bytes = await readFile(join(ROOT, "migrations", name));
    return createHash("sha256").update(bytes).digest("hex");
  }
});
