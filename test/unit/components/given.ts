// Arguments that component tests share.
import type { Application, ApplicationArgs } from "../../../components/application.ts";
import { localPlatform } from "../../../components/platforms/local.ts";
import { secretOf } from "./record.ts";

/** A sha256 in hex made of one digit. */
export const digestOf = (digit: string) => digit.repeat(64);

/** A URL with a password, as a component gets it. */
export const URL_TEXT = "postgres://u:pw@db.example/shop";

export const release = { digest: digestOf("a"), label: "1.1", project: "shop", stack: "dev" };
export const migrations = { dir: "migrations", target: "05", digest: digestOf("b") };
export const wait = { attempts: 30, intervalMs: 2_000 };
const settings = {
  wait,
  leaseWaitMs: 60_000,
  lockBudgetMs: 60_000,
  backupMaxAgeMs: 60_000,
  allowedApplications: ["psql"],
};
export const approval = {
  through: "05",
  digest: digestOf("c"),
  by: "dana",
  at: "2026-11-02T09:00:00Z",
  expires: "2026-11-09T09:00:00Z",
};

/** What every step is told, as arguments. */
export const step = {
  platform: localPlatform,
  release,
  migrations,
  url: URL_TEXT,
  settings,
  digest: digestOf("d"),
};

/** The same as the engine sees it. */
export const stepInputs = {
  executor: { kind: "local" },
  release,
  migrations,
  url: secretOf(URL_TEXT),
  settings,
  digest: digestOf("d"),
};

/** The app of the release. */
export const appArgs: ApplicationArgs = {
  platform: localPlatform,
  release,
  migrations,
  url: URL_TEXT,
  service: "app",
  releaseId: "1.1-aaaaaaaaaaaa",
  artifact: {
    kind: "tree",
    dir: "example",
    digest: digestOf("e"),
    command: ["node", "server.mjs", "1.1"],
  },
  env: { MODE: "x" },
  secretEnv: { TOKEN: "geheim" },
  port: 8080,
  healthPath: "/health",
  startTimeoutMs: 30_000,
};
export const gateSettings = {
  intervalMs: 2_000,
  watchMs: 10_000,
  errorRateLimit: 0.05,
  failures: 3,
  minRequests: 20,
  probesPerSecond: 20,
  probePaths: ["/customers"],
};
/** A gate over `application`. */
export const gateArgs = (application: Application) => ({
  release,
  url: URL_TEXT,
  application,
  healthPath: "/health",
  metricsPath: "/metrics",
  settings: gateSettings,
});
/** A drain of `application`. */
export const drainArgs = (application: Application) => ({
  release,
  url: URL_TEXT,
  application,
  digest: digestOf("d"),
  quietMs: 2_000,
  timeoutMs: 60_000,
  allowed: ["psql"],
});
