// `lockstep watch` as users run it: once, as lines of JSON, as a log, on a terminal, and how it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { execa } from "execa";
import pg from "pg";
import { useDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { COMMAND, commandEnv, lockstep, lockstepJson, startLockstep } from "./lockstepCommand.ts";

interface WatchDocument {
  readonly state: string;
  readonly sessions: readonly { readonly application: string; readonly query: string | null }[];
  readonly waits: readonly { readonly blocks: readonly { readonly on: string }[] }[];
}

describe("lockstep watch", () => {
  let clients: pg.Client[] = [];
  afterEach(async () => {
    for (const client of clients) await client.end();
    clients = [];
  });
  const database = useDatabase();
  const dir = useTempDir("cli");
  const call = () => ({ cwd: dir.path, url: database.url });

  /** A session with a transaction, and another one that waits for it. */
  async function block(): Promise<void> {
    for (const application_name of ["holder", "waiter"]) {
      const client = new pg.Client({ connectionString: database.url, application_name });
      client.on("error", () => undefined);
      await client.connect();
      clients.push(client);
    }
    await clients[0]!.query("create table things (id int)");
    await clients[0]!.query("begin; lock table things");
    clients[1]!.query("select 's3cr3t' from things").catch(() => undefined);
    await eventually("it waits", async () => {
      const { document } = await lockstepJson(["watch", "--once"], call());
      return (document as unknown as WatchDocument).waits.length > 0;
    });
  }

  it("--once shows who waits for whom, without values, and ends with 0", async () => {
    await block();
    const { exitCode, stdout } = await lockstep(["watch", "--once"], call());
    assert.equal(exitCode, 0);
    assert.match(stdout, /^127\.0\.0\.1:\d+\/db_\w+ as \w+, \d{4}-/);
    assert.match(stdout, /waiting for locks\n {2}pid \d+ \(\w+, holder\), idle in transaction for/);
    assert.match(
      stdout,
      /└─ pid \d+ \(\w+, waiter\), waits \d+ s for AccessShareLock on public\.things: select \? from things/,
    );
    assert.doesNotMatch(stdout, /s3cr3t|\u001b/);
    const shown = await lockstep(["watch", "--once", "--queries"], call());
    assert.match(shown.stdout, /select 's3cr3t' from things/);
  });

  it("--json writes a document a line until it is interrupted, which is its good end", async () => {
    await block();
    const watching = startLockstep(["watch", "--json", "--interval", "100ms"], call());
    const documents: WatchDocument[] = [];
    for await (const line of createInterface({ input: watching.stdout })) {
      documents.push(JSON.parse(line) as WatchDocument);
      if (documents.length === 3) watching.kill("SIGINT");
    }
    assert.equal((await watching).exitCode, 0);
    assert.ok(documents.length >= 3);
    for (const { state, waits, sessions } of documents) {
      assert.equal(state, "up");
      assert.equal(waits[0]?.blocks[0]?.on, "public.things");
      assert.deepEqual(
        sessions.map(({ application }) => application),
        ["holder", "waiter"],
      );
    }
  });

  it("ends when nobody reads its lines any more", async () => {
    const watching = startLockstep(["watch", "--json", "--interval", "100ms"], call());
    await once(watching.stdout, "data");
    watching.stdout.destroy();
    assert.equal((await watching).exitCode, 0);
  });

  it("--json says in one line why it cannot begin", async () => {
    const url = new URL(database.url);
    url.pathname = "/not_there";
    const { exitCode, stdout } = await lockstep(["watch", "--json"], { ...call(), url: url.href });
    assert.equal(exitCode, 1);
    assert.equal(stdout.trim().split("\n").length, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string } };
    assert.equal(error.code, "CONNECTION");
  });

  it("writes without a terminal a line when something changes, and only then", async () => {
    const watching = startLockstep(["watch", "--interval", "100ms"], call());
    const lines: string[] = [];
    createInterface({ input: watching.stdout }).on("line", (line) => lines.push(line));
    const said = (text: RegExp) =>
      eventually(String(text), () => lines.find((line) => text.test(line)));
    await said(/no ledger yet/);
    await block();
    await said(
      /pid \d+ \(\w+, waiter\) waits for AccessShareLock on public\.things, held up by pid \d+ \(\w+, holder\)$/,
    );
    await clients[0]!.query("rollback");
    await said(/over: pid \d+ \(\w+, waiter\) waits/);
    watching.kill("SIGTERM");
    assert.equal((await watching).exitCode, 0);
    assert.ok(lines.every((line) => /^\d{4}-\d\d-\d\dT[\d:]{8}Z \S/.test(line)));
    const texts = lines.map((line) => line.slice(21));
    assert.equal(texts.filter((text) => text.startsWith("no ledger yet")).length, 1);
  });

  for (const [name, key] of [
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ] as const) {
    it(`redraws a terminal in place, and gives it back on ${name}`, async () => {
      await block();
      // util-linux's script gives the command a terminal of its own.
      const command = [process.execPath, COMMAND, "watch", "--interval", "100ms"].join(" ");
      const terminal = execa("script", ["-qefc", `stty cols 60 rows 9; ${command}`, "/dev/null"], {
        env: { ...commandEnv(call()), TERM: "xterm", SHELL: "/bin/sh" },
        extendEnv: false,
        cwd: dir.path,
        reject: false,
        stdin: "pipe",
      });
      let shown = "";
      terminal.stdout.on("data", (data: Buffer) => (shown += data.toString()));
      const frames = () => shown.split("\u001b[H").slice(1);
      await eventually("it is redrawn", () => frames().length >= 3);
      terminal.stdin.write(key);
      assert.equal((await terminal).exitCode, 0);
      assert.ok(
        shown.includes("\u001b[?1049h") && shown.trimEnd().endsWith("\u001b[?25h\u001b[?1049l"),
      );

      const lines = frames()[1]!
        .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
        .split(/[\r\n]+/);
      assert.ok(lines.length <= 8, lines.join("|"));
      assert.ok(
        lines.every((line) => [...line].length < 60),
        lines.join("|"),
      );
      assert.match(lines[0]!, /as \w+, 2/);
      assert.match(lines.join("\n"), /waiting for locks[^]*└─ pid[^]*… \d+ more lines$/);
    });
  }
});
