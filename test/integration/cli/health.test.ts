// `lockstep health` against a small app that answers as well, or as badly, as it is told to.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { queryAll, useDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, startLockstep, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep health", () => {
  const dir = useTempDir("cli");
  let server: Server;
  let url = "";
  let broken = false;
  const answers = { good: 0, bad: 0 };

  beforeEach(async () => {
    Object.assign(answers, { good: 0, bad: 0 });
    broken = false;
    server = createServer((request, response) => {
      if (request.url === "/health") return response.end('{"release":"1.0-abc"}');
      if (request.url === "/metrics") {
        const { good, bad } = answers;
        return response.end(
          `process_resident_memory_bytes 50000000\nhttp_requests_total{status="200"} ${String(good)}\nhttp_requests_total{status="500"} ${String(bad)}\n`,
        );
      }
      answers[broken ? "bad" : "good"] += 1;
      response.statusCode = broken ? 500 : 200;
      return response.end();
    });
    server.listen(0, "127.0.0.1");
    await eventually("the app listens", () => server.listening);
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const look = (...args: string[]) =>
    lockstepJson(["health", ...args, "--url", url, "--probes", "50", "--min-requests", "3"], {
      cwd: dir.path,
    });

  it("check: 0 for a healthy app, 1 for errors, for another release and for one that is away", async () => {
    const short = ["check", "--window", "500ms"];
    assert.equal((await look(...short)).exitCode, 0);
    const other = await look(...short, "--release", "1.1-def");
    assert.equal(other.exitCode, 1);
    broken = true;
    const bad = await look(...short);
    assert.equal(bad.exitCode, 1);
    assert.equal((bad.document.check as { code: string }).code, "error-rate");
    server.close();
    server.closeAllConnections();
    const away = await lockstep(["health", ...short, "--url", url], { cwd: dir.path });
    assert.equal(away.exitCode, 1);
    assert.match(away.stdout, /does not answer/);
  });

  it("check: counts where it is told to, and holds the app to what is named", async () => {
    const short = ["check", "--window", "500ms"];
    const own = await look(...short, "--only-probes", "--p95", "20s");
    assert.equal(own.exitCode, 0, own.stderr);
    assert.equal((own.document.check as { source: string }).source, "probes");
    const large = await look(...short, "--memory", "40M");
    assert.deepEqual(
      [large.exitCode, (large.document.check as { reason: string }).reason],
      [1, "the app takes 48 MiB, the limit is 38 MiB"],
    );
    const [idle, unseen] = [
      await look(...short, "--memory", "60M"),
      await look(...short, "--cpu", "1"),
    ];
    assert.deepEqual([idle.exitCode, unseen.exitCode], [0, 1], "the app's metrics name no CPU");
    const slow = await look(...short, "--only-probes", "--p50", "fast");
    assert.equal(slow.exitCode, 2, "no duration");
    const json = await look(...short, "--counters", "/health", "--field", "total=a");
    assert.deepEqual(
      [json.exitCode, /--field failed=PATH/.test(json.stdout + json.stderr)],
      [2, true],
    );
    const promql = ["--promql", url, "--selector", 'job="shop"', "--probes", "0"];
    const args = ["health", ...short, "--url", url, ...promql];
    const served = await lockstepJson(args, { cwd: dir.path });
    const { verdict, reason } = served.document.check as { verdict: string; reason: string };
    assert.deepEqual([served.exitCode, verdict], [1, "no-data"]);
    assert.match(reason, /the PromQL server answers 200, and no JSON/);
  });

  it("start --watch: the gate's verdict, early where checks fail in a row", async () => {
    const watch = ["start", "--interval", "400ms", "--watch", "800ms"];
    const good = await look(...watch);
    assert.equal(good.exitCode, 0, good.stderr);
    assert.equal(good.document.verdict, "pass");
    broken = true;
    const bad = await look(...watch, "--failures", "1");
    assert.equal(bad.exitCode, 1);
    assert.equal(bad.document.verdict, "fail");
    assert.equal((bad.document.checks as unknown[]).length, 1);
  });

  it("start: until Ctrl-C, with an account of what was seen", async () => {
    const watching = startLockstep(
      [
        "health",
        "start",
        "--url",
        url,
        "--interval",
        "200ms",
        "--probes",
        "50",
        "--min-requests",
        "1",
      ],
      { cwd: dir.path },
    );
    let seen = "";
    watching.stdout.on("data", (part: Buffer) => (seen += part.toString()));
    await eventually("two checks", () => seen.includes("check 2:"));
    watching.kill("SIGINT");
    const { exitCode, stdout } = await watching;
    assert.equal(exitCode, 130);
    assert.match(stdout, /interrupted: ended by hand \(\d+ checks: \d+ passed/);
  });

  describe("status", () => {
    const database = useDatabase();

    it("shows the ledger's gate events, the newest first", async () => {
      const options = { cwd: dir.path, url: database.url };
      await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
      assert.match((await lockstep(["health", "status"], options)).stdout, /no gate has run/);
      await lockstep(["migrate"], options);
      await queryAll(
        database.url,
        `insert into lockstep.event (release, kind, data) values
           (null, 'backup', '{}'),
           ('abc', 'gateCheck', '{"verdict": "fail", "reason": "7 % errors"}'),
           ('abc', 'gate', '{"verdict": "fail", "reason": "3 checks in a row failed"}')`,
      );
      const { stdout } = await lockstep(["health", "status"], options);
      assert.match(stdout, /^\S+ +gate +abc +fail: 3 checks.*\n\S+ +check +abc +fail: 7 % errors$/);
    });
  });
});
