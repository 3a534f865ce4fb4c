// A release's report without a database: rolled back at its gate, after a wait for locks; each free text ends with `mark`.
import { describeEvent } from "../../cli/eventText.ts";
import type { LedgerEvent, EventData, EventKind } from "../../engine/ledger/record.ts";
import type { PageContent } from "../../engine/report/page.ts";

const START_MS = Date.parse("2026-11-21T09:00:00.000Z");
const DIGEST = "3f9c2ab41c07d1".padEnd(64, "5e07c9");
/** The error rates of its checks, 0 to 1. */
export const RATES = [0, 0, 0.012, 0, 0.031, 0.125, 0.131, 0.128] as const;

/** The content; `mark` is put into everything that somebody may write freely. */
export function reportContent(mark = ""): PageContent {
  const at = (seconds: number) => new Date(START_MS + seconds * 1000);
  let seq = 0n;
  const event = <K extends EventKind>(s: number, kind: K, data: EventData[K]): LedgerEvent => ({
    ...{ seq: (seq += 1n), at: at(s), release: DIGEST, kind, data, ageMs: 0 },
  });
  const why = `3 checks in a row failed: 12.5 % errors (5 of 40 requests)${mark}`;
  const checks = RATES.map((errorRate, n) =>
    event(20 + n * 10, "gateCheck", {
      ...{ n: n + 1, of: 8, at: at(20 + n * 10).toISOString(), errorRate },
      verdict: errorRate >= 0.05 ? "fail" : "pass",
      reason: `${(errorRate * 100).toFixed(1)} % errors${mark}`,
    }),
  );
  const behind = [`pid 4711, reports, open for 8 s (customers AccessShareLock)${mark}`];
  const approval = { through: "07", digest: DIGEST, by: `dana${mark}`, at: at(-600).toISOString() };
  const backup = { id: "backup_before_migration_20261121_085900", before: "expand", kind: "dump" };
  const before = { of: "1.1-73d209b3281f", total: 4_000, failed: 12 };
  const events = [
    event(0, "opened", { label: `1.2${mark}` }),
    event(1, "backup", { ...backup, proof: `restore${mark}` }),
    event(4, "approval", { ...approval, reason: `the column is empty${mark}` }),
    event(9, "lockWait", { file: "06_add_updated_at", waitedMs: 4_210, asks: 3, behind }),
    event(12, "rollout", { app: `1.2-abababababab${mark}` }),
    event(12, "gateBaseline", { ...before, p50Ms: 3, p95Ms: 9, p99Ms: 20 }),
    ...checks,
    event(95, "gate", { verdict: "fail", reason: why, errorRate: 0.128 }),
    event(97, "rollback", { to: "1.1-73d209b3281f", why }),
    event(97, "closed", { state: "rolledBack", why }),
  ];
  const release = {
    digest: DIGEST,
    label: `1.2${mark}`,
    state: "rolledBack",
    rollbacks: 1,
  } as const;
  const sql = `-- When a customer was changed last.\nALTER TABLE customers ADD COLUMN updated_at timestamptz;${mark}\n`;
  return {
    report: {
      release: { ...release, openedAt: at(0), changedAt: at(97) },
      database: `db.example:5432/shop${mark}`,
      events,
      applied: [
        {
          ...{ number: 6n, label: "06", name: "add_updated_at", stage: "expand", checksum: "c" },
          ...{ content: "", substituted: null, state: "applied", baseline: false, release: DIGEST },
          ...{ appliedAt: at(10), appliedBy: `shop${mark}`, durationMs: 14, seq: 6n, link: "" },
        },
      ],
      chain: { chained: true, events: 57, head: "cd".repeat(32), faults: [] },
    },
    files: [
      {
        ...{ id: "06_add_updated_at", stage: "expand", sql, isSame: true },
        risk: { level: "low", reasons: [`adds column customers.updated_at${mark}`] },
        locks: [`customers ACCESS EXCLUSIVE${mark}`],
      },
    ],
    describe: describeEvent,
    madeAt: at(3_600).toISOString(),
  };
}
