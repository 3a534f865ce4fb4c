// The forms in which lint reports: for people, GitHub, pull requests and code scanning.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import Ajv from "ajv";
import { faultFinding } from "../../../../cli/reports/fault.ts";
import { githubReport } from "../../../../cli/reports/github.ts";
import { markdownReport } from "../../../../cli/reports/markdown.ts";
import { sarifLog } from "../../../../cli/reports/sarif.ts";
import { textReport } from "../../../../cli/reports/text.ts";
import { paintFor } from "../../../../cli/style.ts";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import { LINT_RULES } from "../../../../engine/lint/rules/index.ts";
import { readChanges } from "../../../../engine/plan/changes.ts";
import { weighRelease } from "../../../../engine/plan/risk.ts";
import { reportOf, SQL } from "./reported.ts";

const plain = paintFor({}, {});
const scope = { rules: LINT_RULES, cwd: "/project" };

describe("reports of lint", () => {
  it("shows people the line with a caret, the lock, and what to write in its place", async () => {
    const text = textReport(await reportOf(), plain).join("\n");
    assert.match(text, /^03 +change_things +/);
    assert.match(
      text,
      /^warning: CREATE INDEX on things [^\n]+ \(index-not-concurrent\)\n {2}where {2}\S+:2:1\n +2 \| create index "i"[^\n]*\n +\| \^\n {2}lock {3}SHARE on things: blocks writes\n {2}next {3}build it CONCURRENTLY[^\n]*\n +create INDEX CONCURRENTLY "i" on things \(a\)$/m,
    );
    assert.match(text, /^1 file: \d errors?, \d warnings?, \d info$/m);
  });

  it("paints severities on a terminal only", async () => {
    const report = await reportOf();
    assert.doesNotMatch(textReport(report, plain).join(""), /\u001b/);
    const paint = paintFor({ isTTY: true }, {});
    assert.match(textReport(report, paint).join("\n"), /\u001b\[33mwarning:\u001b/);
  });

  it("gives GitHub one escaped command for each finding", async () => {
    const lines = githubReport(await reportOf());
    assert.ok(
      lines.some((line) =>
        /^::warning file=\S+\.sql,line=2,endLine=2,col=1,endColumn=30,title=lockstep index-not-concurrent::/.test(
          line,
        ),
      ),
    );
    const drop = lines.find((line) => line.includes("title=lockstep drops-data"));
    assert.match(drop ?? "", /^::warning file=[^:]+,line=3,endLine=3,col=3,/);
    assert.match(drop ?? "", /:,%25: irreversible[^\n]*%0ANext: /);
    assert.ok(lines.slice(0, -1).every((line) => /^::(error|warning|notice) /.test(line)));
  });

  it("writes Markdown that no name can break out of", async () => {
    const text = markdownReport(await reportOf()).join("\n");
    assert.match(text, /^### lockstep lint$/m);
    assert.ok(text.includes("a\\|b\\*\\<@\u200bc\\>:,%"), text);
    assert.match(
      text,
      /\n {2}```sql\n {2}create INDEX CONCURRENTLY "i" on things \(a\)\n {2}```\n/,
    );
  });

  it("begins Markdown with the files' risk", async () => {
    const report = await reportOf();
    const { migrations, findings } = report;
    const changes = await readChanges({ migrations, pending: migrations, together: false });
    const text = markdownReport({ ...report, risk: weighRelease(changes, { findings }) }).join(
      "\n",
    );
    assert.match(text, /^- risk \*\*very high\*\*: `[^`]+`: drops what holds data/m);
  });

  it("fences SQL that holds fences", async () => {
    const text = markdownReport(await reportOf("create index on t ((a || '```'));")).join("\n");
    assert.match(text, /\n {2}````sql\n/);
  });

  it("writes SARIF 2.1.0 that its schema takes", async () => {
    const load = createRequire(import.meta.url);
    const schema = load("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json") as object;
    // The schema is of JSON Schema's draft 4, which ajv 6 is the last to take.
    const ajv = new Ajv({ schemaId: "id", meta: false, unknownFormats: "ignore" });
    ajv.addMetaSchema(load("ajv/lib/refs/json-schema-draft-04.json") as object);
    const check = ajv.compile(schema);
    const log = sarifLog(await reportOf(), scope);
    assert.ok(check(JSON.parse(JSON.stringify(log))), JSON.stringify(check.errors));
    assert.equal(check({ ...log, version: "1.0" }), false);
  });

  it("places SARIF's results by line, by column and by byte", async () => {
    const log = JSON.stringify(sarifLog(await reportOf(), scope));
    const byteOffset = Buffer.byteLength(SQL.slice(0, SQL.indexOf("create")));
    assert.ok(
      log.includes(
        `"startLine":2,"startColumn":1,"endLine":2,"endColumn":31,"byteOffset":${String(byteOffset)},"byteLength":30`,
      ),
    );
    assert.ok(log.includes('"uri":"migrations/03_change_things_up.sql"'), log);
  });

  it("makes paths relative to the folder, and URIs of them", async () => {
    const report = await reportOf();
    const findings = report.findings.map((one) => ({ ...one, path: "/project/my files/1.sql" }));
    assert.match(
      JSON.stringify(sarifLog({ ...report, findings }, scope)),
      /"uri":"my%20files\/1\.sql"/,
    );
  });

  it("shows an error of a file at its place", () => {
    const error = new LockstepError("SQL_SYNTAX", "syntax error", { where: "m/1.sql:3:7" });
    const finding = faultFinding(error);
    assert.deepEqual(
      [finding?.rule, finding?.path, finding?.start],
      ["sql-syntax", "m/1.sql", { line: 3, column: 7 }],
    );
    assert.equal(faultFinding(new LockstepError("SQL_SYNTAX", "x")), undefined);
  });
});
