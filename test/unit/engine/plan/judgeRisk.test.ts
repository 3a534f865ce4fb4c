// What a stack's policy lets pass, by level, mode, approval and backup.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { approvalDigest } from "../../../../engine/plan/approval.ts";
import { readChanges } from "../../../../engine/plan/changes.ts";
import { ensureRiskAllowed, riskNews, type RiskCase } from "../../../../engine/plan/judgeRisk.ts";
import { weighRelease } from "../../../../engine/plan/risk.ts";
import { DEFAULT_RISK_POLICY, type RiskPolicy } from "../../../../engine/plan/riskPolicy.ts";
import { fileOf } from "../lint/analyzeSql.ts";

const LOW = "alter table t add column c text";
const MEDIUM = "create index concurrently on t (a)";
const HIGH = "alter table t add column c float default random()";
const VERY_HIGH = "update t set a = 1";
const CONTRACT = "alter table t drop column a";
const NOW = Date.parse("2026-11-21T12:00:00Z");

async function caseOf(sql: string, given: Partial<RiskCase> = {}): Promise<RiskCase> {
  const migrations = await analyzeMigrations(
    ["create table t (id int, a int)", sql].map((text, at) =>
      fileOf(text, { number: `0${String(at + 1)}`, order: BigInt(at + 1), name: "x" }),
    ),
  );
  const open = migrations.slice(1);
  return {
    risk: weighRelease(await readChanges({ migrations, pending: open })),
    policy: DEFAULT_RISK_POLICY,
    ...{ stack: "dev", migrations, open },
    ...{ approval: undefined, backsUpExpand: true, nowMs: NOW },
    ...given,
  };
}

async function refusal(sql: string, given: Partial<RiskCase> = {}): Promise<string> {
  try {
    ensureRiskAllowed(await caseOf(sql, given));
    return "";
  } catch (error) {
    assert.ok(isLockstepError(error));
    return formatError(error);
  }
}

const policy = (rest: Partial<RiskPolicy>): Partial<RiskCase> => ({
  policy: { ...DEFAULT_RISK_POLICY, ...rest },
});

describe("the policy of risk", () => {
  const cases: readonly (readonly [string, string, Partial<RiskCase>, RegExp])[] = [
    ["low runs", LOW, { backsUpExpand: false }, /^$/],
    ["medium runs", MEDIUM, { backsUpExpand: false }, /^$/],
    ["contract is approved elsewhere", CONTRACT, { backsUpExpand: false }, /^$/],
    [
      "high waits for approval",
      HIGH,
      {},
      /^Expand files wait for approval[^]*02_x, risk high: writes t anew[^]*npx lockstep approve --stack dev --stage expand --through 02$/m,
    ],
    ["so does very high", VERY_HIGH, {}, /very high/],
    ["unless the stack says otherwise", VERY_HIGH, policy({ approve: "none" }), /^$/],
    ["or draws the line higher", HIGH, policy({ approve: "very high" }), /^$/],
    ["manual asks for all", LOW, policy({ mode: "manual" }), /Expand files wait for approval/],
    [
      "a backup is asked for, with the command",
      HIGH,
      { ...policy({ approve: "none" }), backsUpExpand: false },
      /takes no backup[^]*pulumi config set --stack dev --path 'lockstep:backup\.before\[0\]' expand/,
    ],
    [
      "unless the stack says otherwise, too",
      HIGH,
      { ...policy({ approve: "none", backup: "none" }), backsUpExpand: false },
      /^$/,
    ],
    ["skip, where somebody migrates by hand, as auto", HIGH, policy({ mode: "skip" }), /wait for/],
  ];
  for (const [what, sql, given, expected] of cases) {
    it(what, async () => {
      assert.match(await refusal(sql, given), expected);
    });
  }

  it("takes an approval of these very files, on this stack, until it expires", async () => {
    const { migrations } = await caseOf(HIGH);
    const approval = {
      ...{ through: "02", by: "Kim", at: "2026-11-20T12:00:00Z" },
      expires: "2026-11-22T12:00:00Z",
      digest: approvalDigest("dev", migrations),
    };
    assert.equal(await refusal(HIGH, { approval }), "");
    assert.match(await refusal(`${HIGH} `, { approval }), /does not fit[^]*by Kim at 2026-11-20/);
    const late = { ...approval, expires: "2026-11-21T12:00:00Z" };
    assert.match(await refusal(HIGH, { approval: late }), /has expired/);
    const early = { ...approval, through: "01" };
    assert.match(await refusal(HIGH, { approval: early }), /wait for approval/);
  });

  it("says level, reasons and what is advised", async () => {
    const news = async (sql: string, given: Partial<RiskCase> = {}) =>
      riskNews(await caseOf(sql, given));
    assert.deepEqual(await news(LOW), ["risk of the release: low"]);
    assert.match(
      (await news(MEDIUM, { backsUpExpand: false })).join("\n"),
      /^risk of the release: medium \(02_x adds, drops or rebuilds an index[^\n]*\); read the files first: npx lockstep plan --stack dev\na backup before expand is advised/,
    );
    assert.equal((await news(MEDIUM)).length, 1);
    assert.deepEqual(riskNews({ ...(await caseOf(LOW)), risk: weighRelease([]) }), []);
  });
});
