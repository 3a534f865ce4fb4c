// Tests of the reading of a stack's config: defaults, refusals, and that all faults come at once.
import assert from "node:assert/strict";
import { completeSoak } from "../../../config/completeSoak.ts";
import type { Config } from "../../../config/config.ts";
import { parseConfig } from "../../../config/parseConfig.ts";
import { formatError } from "../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";

type Blocks = Readonly<Record<string, unknown>>;

const app = { dir: "example", command: ["node", "server.mjs", "${release}"], port: 8080 };
const minimal: Blocks = { release: "1.1", app };
const prod: Blocks = { ...minimal, promoteFrom: "none" };
const SAFE_URL = "postgres://u:geheim@db.example/shop?sslmode=verify-full";

/** Parses `blocks` as the config of `stack`; keys in `secret` are encrypted. */
function parse(blocks: Blocks, stack = "dev", secret: readonly string[] = []): Config {
  const values = Object.entries(blocks).map(([key, value]) => [
    `lockstep:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const secretKeys = secret.map((key) => `lockstep:${key}`);
  return parseConfig({
    stack,
    values: Object.fromEntries(values) as Record<string, string>,
    secretKeys,
  });
}

/** What a user reads when `run` refuses. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(isLockstepError(error), String(error));
    assert.equal(error.code, "CONFIG");
    return formatError(error);
  }
  return assert.fail("nothing was refused");
}

describe("parseConfig", () => {
  it("completes a minimal dev config: fast gate with its own probes, embedded database", () => {
    assert.deepEqual(parse(minimal), {
      environment: "dev",
      promoteFrom: undefined,
      release: "1.1",
      target: undefined,
      platform: { kind: "local" },
      database: { kind: "embedded", port: undefined },
      migrations: { dir: "migrations" },
      app: {
        artifact: {
          kind: "tree",
          dir: "example",
          files: undefined,
          command: ["node", "server.mjs", "1.1"],
        },
        port: 8080,
        healthPath: "/health",
        metricsPath: "/metrics",
        env: {},
        secretEnv: {},
        startTimeoutMs: 30_000,
      },
      gate: {
        intervalMs: 2_000,
        watchMs: 10_000,
        errorRateLimit: 0.05,
        failures: 3,
        minRequests: 20,
        probesPerSecond: 20,
        probePaths: ["/health"],
      },
      wait: { attempts: 30, intervalMs: 2_000 },
      lockBudgetMs: 600_000,
      leaseWaitMs: 600_000,
      backfill: {},
      lintRules: {},
      drift: { refuse: false, ignore: [] },
      rehearsalRequired: false,
      risk: {
        ...{ mode: "auto", review: "medium", approve: "high" },
        ...{ adviseBackup: "medium", backup: "high" },
      },
      drain: { quietMs: 2_000, timeoutMs: 600_000, allowed: [] },
      backup: { maxAgeMs: 3_600_000, before: ["contract"] },
      notices: [],
      consent: {},
    } satisfies Config);
  });

  it("reads from which level on a release is applied in maintenance, and refuses what users cannot be kept away for", () => {
    const of = (maintenance: object) => parse({ ...minimal, maintenance }).maintenance;
    assert.equal(of({ during: "none", keepOnFailure: true }), undefined);
    assert.deepEqual(of({ during: "high" }), {
      ...{ during: "high", keepOnFailure: false, waitMs: 5_000 },
    });
    const wait = { keepOnFailure: "true", wait: "12s" };
    assert.deepEqual(of({ during: "very high", ...wait }), {
      ...{ during: "very high", keepOnFailure: true, waitMs: 12_000 },
    });
    assert.match(
      refusal(() => of({ during: "medium" })),
      /maintenance\.during[^]*one of high, very high, none/,
    );
  });

  it("reads what levels of risk ask for, and refuses what is no level", () => {
    const risk = { mode: "manual", approve: "very high", backup: "none" };
    assert.deepEqual(parse({ ...minimal, risk }).risk, {
      ...{ review: "medium", adviseBackup: "medium" },
      ...risk,
    });
    assert.match(
      refusal(() => parse({ ...minimal, risk: { mode: "fast", approve: "veryHigh" } })),
      /risk\.approve[^]*one of low, medium, high, very high, none\n[^]*risk\.mode[^]*one of auto, manual, skip/,
    );
  });

  it("lets contract soak on prod, and elsewhere where a stack says so", () => {
    const soakOf = (config: object) => parse({ ...minimal, ...config }).migrations.soak;
    const week = 7 * 86_400_000;
    assert.equal(soakOf({}), undefined);
    assert.deepEqual(soakOf({ soak: { from: "medium", time: "2h" } }), {
      from: "medium",
      timeMs: 7_200_000,
    });
    assert.deepEqual(completeSoak(undefined, "prod"), { from: "very high", timeMs: week });
    assert.equal(completeSoak({ from: "none" }, "prod"), undefined);
  });

  it("reads levels of lint's rules, and refuses what is none", () => {
    const lint = { rules: { "json-column": "error", "wide-index": "off", "drop-cascade": false } };
    assert.deepEqual(parse({ ...minimal, lint }).lintRules, {
      "json-column": "error",
      "wide-index": "off",
      // What YAML 1.1 makes of a bare off.
      "drop-cascade": "off",
    });
    const wrong = { rules: { "json-column": "loud" } };
    assert.match(
      refusal(() => parse({ ...minimal, lint: wrong })),
      /one of off, info, warning/,
    );
  });

  it("gives prod a gate of 30 s, 3 failures and 10 minutes, on real traffic only", () => {
    const { gate } = parse({ ...prod, database: { url: SAFE_URL } }, "prod", ["database"]);
    const { intervalMs, watchMs, errorRateLimit, failures, probesPerSecond } = gate;
    assert.deepEqual(
      { intervalMs, watchMs, errorRateLimit, failures, probesPerSecond },
      {
        intervalMs: 30_000,
        watchMs: 600_000,
        errorRateLimit: 0.05,
        failures: 3,
        probesPerSecond: 0,
      },
    );
  });

  it("takes everything that is written", () => {
    const approval = {
      through: "05",
      digest: "c".repeat(64),
      by: "dana",
      at: "2026-11-02T09:00:00Z",
      expires: "2026-11-09T09:00:00+01:00",
      reason: "phone moved",
    };
    const config = parse({
      ...minimal,
      environment: "staging",
      platform: "local",
      target: "05",
      migrations: "db/migrations",
      database: { embedded: { port: 5544 } },
      app: {
        ...app,
        files: ["a.mjs"],
        env: { A: "${release}" },
        secretEnv: { B: "b" },
        startTimeout: "5s",
      },
      gate: {
        interval: "1s",
        watch: "9s",
        errorRate: "2.5%",
        failures: 2,
        minRequests: 7,
        probesPerSecond: 0,
        probePaths: ["/x"],
      },
      wait: { attempts: 3, interval: "100ms" },
      lock: { budget: "1m", cancelIdle: "5m" },
      lease: { wait: "2m", leftovers: "adopt" },
      backfill: { target: "50ms", maxReplicaLag: "1s", maxActive: 12 },
      drain: { quiet: "3s", timeout: "4m", allowed: ["psql"] },
      backup: { maxAge: "1d", before: ["expand", "contract"] },
      approval,
      allowRetry: "1.1#1",
    });
    assert.equal(config.environment, "staging");
    assert.equal(config.target, "05");
    assert.deepEqual(config.migrations, { dir: "db/migrations" });
    assert.deepEqual(config.database, { kind: "embedded", port: 5544 });
    assert.ok(config.app.artifact.kind === "tree");
    assert.deepEqual(config.app.artifact.files, ["a.mjs"]);
    assert.deepEqual([config.app.env, config.app.secretEnv], [{ A: "1.1" }, { B: "b" }]);
    assert.equal(config.app.startTimeoutMs, 5_000);
    assert.deepEqual(config.gate, {
      intervalMs: 1_000,
      watchMs: 9_000,
      errorRateLimit: 0.025,
      failures: 2,
      minRequests: 7,
      probesPerSecond: 0,
      probePaths: ["/x"],
    });
    assert.deepEqual(config.wait, { attempts: 3, intervalMs: 100 });
    assert.deepEqual([config.lockBudgetMs, config.leaseWaitMs], [60_000, 120_000]);
    assert.equal(config.lockCancelIdleMs, 300_000);
    assert.equal(config.leaseLeftovers, "adopt");
    assert.deepEqual(config.backfill, { targetMs: 50, maxReplicaLagMs: 1_000, maxActive: 12 });
    assert.deepEqual(config.drain, { quietMs: 3_000, timeoutMs: 240_000, allowed: ["psql"] });
    assert.deepEqual(config.backup, { maxAgeMs: 86_400_000, before: ["expand", "contract"] });
    const times = { at: "2026-11-02T09:00:00.000Z", expires: "2026-11-09T08:00:00.000Z" };
    assert.deepEqual(config.consent, { approval: { ...approval, ...times }, allowRetry: "1.1#1" });
  });

  it("takes numbers and texts as `pulumi config set --path` writes them", () => {
    const config = parse({
      ...minimal,
      app: { ...app, port: "8080" },
      target: 5,
      gate: { errorRate: 0.1 },
    });
    assert.equal(config.app.port, 8080);
    assert.equal(config.target, "5");
    assert.equal(config.gate.errorRateLimit, 0.1);
  });

  it("takes times that YAML took for timestamps, in the notation Pulumi gives them", () => {
    const approval = { through: 5, digest: "c".repeat(64), by: "dana" };
    const times = {
      at: "2026-11-02 09:00:00 +0000 UTC",
      expires: "2026-11-09 09:00:00.5 +0100 +0100",
    };
    const { consent } = parse({ ...minimal, approval: { ...approval, ...times } });
    assert.equal(consent.approval?.at, "2026-11-02T09:00:00.000Z");
    assert.equal(consent.approval.expires, "2026-11-09T08:00:00.500Z");
    const wrong = { at: "yesterday", expires: "2026-13-40T09:00:00Z" };
    const text = refusal(() => parse({ ...minimal, approval: { ...approval, ...wrong } }));
    assert.match(text, /lockstep:approval\.at is "yesterday"\n.*expected a time/);
    assert.match(text, /lockstep:approval\.expires is "2026-13-40T09:00:00Z"/);
  });

  it("finds the release's own target where there is one for each", () => {
    const target = { "1.0": "02", "1.1": "05" };
    assert.equal(parse({ ...minimal, target }).target, "05");
    const text = refusal(() => parse({ ...minimal, release: "1.2", target }));
    assert.match(
      text,
      /lockstep:target is only for 1\.0, 1\.1\n.*expected an entry for release 1\.2/,
    );
  });

  it("leaves the keys of other namespaces alone", () => {
    const values = {
      "lockstep:release": "1",
      "lockstep:app": JSON.stringify(app),
      "aws:region": "x",
    };
    assert.equal(parseConfig({ stack: "dev", values, secretKeys: [] }).release, "1");
  });
});

describe("a faulty config", () => {
  it("is refused with every fault, its key, the value seen and what was expected", () => {
    const text = refusal(() =>
      parse(
        {
          relase: "1.1",
          gate: { watch: "10 minutes", failres: 3, errorRate: "7" },
          app: { dir: "/opt/app", command: [], port: "http" },
          target: "x",
        },
        "dev",
      ),
    );
    const expected = [
      /^The config of stack dev has 9 faults$/m,
      /Pulumi\.dev\.yaml/,
      /lockstep:app\.command is \[\]: expected a list/,
      /lockstep:app\.dir is "\/opt\/app": expected the app's folder, relative to the project/,
      /lockstep:app\.port is "http": expected a whole number from 1 to 65535/,
      /lockstep:gate\.errorRate is "7": expected a share above 0 and up to 100%/,
      /lockstep:gate\.failres .*did you mean lockstep:gate\.failures\?/,
      /lockstep:gate\.watch is "10 minutes": expected a duration such as/,
      /lockstep:relase .*did you mean lockstep:release\?/,
      /lockstep:release is \(nothing\): expected the release's label/,
      /lockstep:target is "x": expected a migration's number/,
      /pulumi config set --stack dev/,
    ];
    for (const pattern of expected) assert.match(text, pattern);
    assert.ok(text.split("\n").length <= 24, text);
  });

  it("names the known keys where none is near", () => {
    const text = refusal(() => parse({ ...minimal, lock: { retries: 3 } }));
    assert.match(
      text,
      /lockstep:lock\.retries is no key of lockstep's\n.*known in lockstep:lock: budget, cancelIdle/,
    );
  });

  it("says what a whole block that is missing or no block needs", () => {
    const text = refusal(() => parse({ release: "1", gate: "fast" }));
    assert.match(
      text,
      /lockstep:app is \(nothing\)\n.*expected a block with dir, files, image, command/,
    );
    assert.match(text, /lockstep:gate is "fast"\n.*expected a block with interval/);
  });

  it("says of docker that it is not there yet", () => {
    const text = refusal(() => parse({ ...minimal, platform: "docker" }));
    assert.match(text, /lockstep:platform is "docker"\n.*not yet there/);
  });

  it("asks for the environment where the stack's name does not tell it", () => {
    const text = refusal(() => parse(minimal, "alice"));
    assert.match(text, /lockstep:environment is \(nothing\).*\n.*dev, staging, prod/);
    assert.equal(parse({ ...minimal, environment: "dev" }, "alice").environment, "dev");
    const wrong = refusal(() => parse({ ...minimal, environment: "qa" }, "alice"));
    assert.match(wrong, /has a fault\n/);
    assert.match(wrong, /lockstep:environment is "qa"/);
  });

  it("names what is wrong within a value that may have two forms", () => {
    const faults = {
      "migrations\\.format.*\\n.*one of lockstep, golang-migrate": { format: "fluway" },
      "migrations\\.folder is no key.*\\n.*docs/config\\.md has": { folder: "x" },
      "migrations.*\\n.*the folder of the migrations": "/absolute",
    };
    for (const [fault, migrations] of Object.entries(faults))
      assert.match(
        refusal(() => parse({ ...minimal, migrations })),
        new RegExp(`lockstep:${fault}`),
      );
  });

  it("shows no value of a block that holds a secret", () => {
    const secretApp = { ...app, port: "geheim", secretEnv: { TOKEN: "geheim" } };
    const text = refusal(() => parse({ ...minimal, app: secretApp }, "dev", ["app"]));
    assert.match(text, /lockstep:app\.port is \(not shown\)/);
    assert.doesNotMatch(text, /geheim/);
  });

  it("shows no value where secrets belong, even if it is not encrypted", () => {
    const forgotten = { ...minimal, app: { ...app, secretEnv: { TOKEN: ["geheim"] } } };
    const text = refusal(() => parse({ ...forgotten, database: { url: { geheim: 1 } } }));
    assert.match(text, /lockstep:app\.secretEnv\.TOKEN is \(not shown\)/);
    assert.doesNotMatch(text, /geheim/);
  });
});

describe("the stack before this one", () => {
  for (const name of ["staging", "eu.staging-2", "organization/shop/staging"]) {
    it(`may be ${name}`, () => {
      assert.equal(parse({ ...minimal, promoteFrom: name }).promoteFrom, name);
    });
  }

  for (const name of ["shop/staging", "a b", "a/b/c/d", "/staging"]) {
    it(`is refused as ${name}`, () => {
      const text = refusal(() => parse({ ...minimal, promoteFrom: name }));
      assert.match(text, /lockstep:promoteFrom is .*\n.*expected STACK or ORG\/PROJECT\/STACK/);
    });
  }

  it("may be none, and is none on dev and staging where nothing is said", () => {
    assert.equal(parse({ ...minimal, promoteFrom: "none" }).promoteFrom, undefined);
    assert.equal(parse(minimal, "staging").promoteFrom, undefined);
  });

  it("is to be named on prod, if only as none", () => {
    const blocks = { ...minimal, database: { url: SAFE_URL } };
    const text = refusal(() => parse(blocks, "prod", ["database"]));
    assert.match(text, /lockstep:promoteFrom is \(nothing\)\n.*or "none" where none comes before/);
    assert.equal(parse({ ...blocks, promoteFrom: "none" }, "prod", ["database"]).release, "1.1");
  });

  it("is another one", () => {
    const text = refusal(() => parse({ ...minimal, promoteFrom: "dev" }));
    assert.match(text, /lockstep:promoteFrom is this stack itself/);
  });
});

describe("the database of a stack", () => {
  it("is refused on prod unless it is external", () => {
    for (const database of [undefined, { embedded: {} }]) {
      const text = refusal(() => parse({ ...prod, ...(database && { database }) }, "prod"));
      assert.match(
        text,
        /lockstep:database\.url is \(nothing\)\n.*prod needs a database of its own/,
      );
    }
  });

  it("is external where there is a URL", () => {
    const config = parse({ ...prod, database: { url: SAFE_URL } }, "prod", ["database"]);
    assert.deepEqual(config.database, { kind: "external", url: SAFE_URL });
  });

  for (const mode of ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=allow"]) {
    it(`is refused on prod without TLS (${mode || "no sslmode"}), taken on staging`, () => {
      const blocks = {
        ...minimal,
        database: { url: `postgres://u:geheim@db.example/shop${mode}` },
      };
      const text = refusal(() => parse(blocks, "prod", ["database"]));
      assert.match(text, /db\.example\/shop, .*sslmode.*\n.*prod requires TLS/);
      assert.doesNotMatch(text, /geheim/);
      assert.equal(parse(blocks, "staging", ["database"]).database.kind, "external");
    });
  }

  for (const mode of ["require", "verify-ca", "verify-full"]) {
    it(`is taken on prod with sslmode=${mode}`, () => {
      const url = `postgres://u:geheim@db.example/shop?sslmode=${mode}`;
      assert.equal(parse({ ...prod, database: { url } }, "prod", ["database"]).environment, "prod");
    });
  }

  it("is held to the same where rehearsals run", () => {
    const rehearsal = { required: true, url: SAFE_URL };
    assert.match(
      refusal(() => parse({ ...minimal, rehearsal })),
      /plain text: pulumi config set --secret --path lockstep:rehearsal\.url/,
    );
    const { rehearsalUrl, rehearsalRequired } = parse({ ...minimal, rehearsal }, "dev", [
      "rehearsal",
    ]);
    assert.deepEqual([rehearsalUrl, rehearsalRequired], [SAFE_URL, true]);
    const wrong = { ...minimal, rehearsal: { url: "http://geheim" } };
    const text = refusal(() => parse(wrong, "dev", ["rehearsal"]));
    assert.match(text, /rehearsal\.url is \(not shown\) not a PostgreSQL URL/);
    assert.doesNotMatch(text, /geheim/);
  });

  it("is refused with a password in plain text", () => {
    const text = refusal(() => parse({ ...minimal, database: { url: SAFE_URL } }));
    assert.match(
      text,
      /a password in plain text: pulumi config set --secret --path lockstep:database\.url/,
    );
    assert.doesNotMatch(text, /geheim/);
    const direct = { url: "postgres://app@db.example/shop", directUrl: SAFE_URL };
    assert.match(
      refusal(() => parse({ ...minimal, database: direct })),
      /plain text: pulumi config set --secret --path lockstep:database\.directUrl/,
    );
    const without = { url: "postgres://app@db.example/shop" };
    assert.equal(parse({ ...minimal, database: without }).database.kind, "external");
  });

  it("may have a pooler before it, with the same rules for the way past that", () => {
    const url = "postgres://u:geheim@pooler.example/shop?sslmode=require";
    const parsed = (directUrl: string, rest = { url }) =>
      parse({ ...prod, database: { ...rest, directUrl } }, "prod", ["database"]).database;
    assert.deepEqual(parsed(SAFE_URL), { kind: "external", url, directUrl: SAFE_URL });
    const faults = {
      "postgres://u:geheim@db.example/shop": /directUrl is db\.example.*\n.*prod requires TLS/,
      "mysql://u:geheim@h/d": /directUrl is \(not shown\) not a PostgreSQL URL/,
      "postgres://u:geheim@h/other?sslmode=require":
        /directUrl is h\/other.*\n.*expected the database of lockstep:database\.url, which is \/shop/,
    };
    for (const [directUrl, fault] of Object.entries(faults)) {
      const text = refusal(() => parsed(directUrl));
      assert.match(text, fault);
      assert.doesNotMatch(text, /geheim/);
    }
    const alone = refusal(() => parse({ ...minimal, database: { directUrl: SAFE_URL } }));
    assert.match(alone, /directUrl is \(not shown\)\n.*only beside lockstep:database\.url/);
  });

  it("is refused where the URL is none, and the URL is not shown", () => {
    for (const url of [
      "mysql://u:geheim@h/d",
      "db.example geheim",
      "postgres://u:ge#heim@h:99999/d",
    ]) {
      const text = refusal(() => parse({ ...minimal, database: { url } }, "dev", ["database"]));
      assert.match(
        text,
        /lockstep:database\.url is \(not shown\).*\n.*postgres:\/\/USER:PASSWORD@HOST/,
      );
      assert.doesNotMatch(text, /ge#?heim/);
    }
  });

  it("is refused without a host or a database's name, both said", () => {
    const text = refusal(() => parse({ ...minimal, database: { url: "postgres:///" } }));
    assert.match(text, /expected a host/);
    assert.match(text, /expected a database's name/);
  });

  it("is refused as both external and embedded", () => {
    const database = { url: "postgres://app@db.example/shop", embedded: {} };
    const text = refusal(() => parse({ ...minimal, database }));
    assert.match(text, /lockstep:database is both url and embedded/);
  });
});
