// The report's page: everything that a release has is on it, and nothing that is written into it is HTML.
import assert from "node:assert/strict";
import { html } from "../../../../engine/report/html.ts";
import { reportPage } from "../../../../engine/report/page.ts";
import { RATES, reportContent } from "../../../support/reportContent.ts";

const MARK = `"'&<script>alert(1)</script><img src=x onerror=alert(1)>`;

describe("html", () => {
  it("escapes what is put in, but for HTML of its own, and joins lists", () => {
    const inner = html`<b>${"<&>"}</b>`;
    assert.equal(
      html`<p title="${`"'`}">${inner}${[1, inner, null]}${undefined}</p>`.text,
      `<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b>1<b>&lt;&amp;&gt;</b></p>`,
    );
  });
});

describe("reportPage", () => {
  it("holds what happened: state, rollback, checks, SQL with risk and locks, waits, consent, proof, head", () => {
    const text = reportPage(reportContent())
      .replace(/<style>[^]*<\/style>|<[^>]*>/g, " ")
      .replace(/\s+/g, " ");
    for (const part of [
      /Release 1\.2 .*rolled back/,
      /12\.5 % errors \(5 of 40 requests\)/,
      /SQL that it ran 06_add_updated_at expand, 14 ms, .* by shop Risk: low : adds column/,
      /Locks, as predicted: customers ACCESS EXCLUSIVE/,
      /Waited 4\.2 s for its locks, behind: pid 4711, reports/,
      /ADD COLUMN updated_at timestamptz;/,
      /approved .*dana.*the column is empty/,
      /backup .*backup_before_migration_20261121_085900.*restore/,
      /Dashed: 1\.1-73d209b3281f, 0\.3 %/,
      /Timeline .*opened .*lockWait .*applied .*rollout .*rollback .*closed/,
      new RegExp(`Its head: ${"cd".repeat(32)}`),
    ])
      assert.match(text, part);
  });

  it("marks each check in the chart, and has them as a table", () => {
    const page = reportPage(reportContent());
    assert.equal([...page.matchAll(/class="point (pass|fail|no-data)"/g)].length, RATES.length);
    assert.equal([...page.matchAll(/class="point fail"/g)].length, 3);
    assert.match(page, /8 checks as a table/);
  });

  it("escapes whatever a label, a reason, a name, a blocker or SQL may hold", () => {
    const page = reportPage(reportContent(MARK));
    assert.doesNotMatch(page, /<script|<img|onerror=alert\(1\)>/);
    const plain = [...reportPage(reportContent("MARK")).matchAll(/MARK/g)].length;
    assert.equal([...page.matchAll(/&lt;script&gt;alert\(1\)/g)].length, plain);
    assert.ok(plain > 20);
  });

  it("names nothing outside of itself", () => {
    const page = reportPage(reportContent());
    assert.deepEqual([...page.matchAll(/(?:src|href)="(?!data:)[^"]*"|url\(|@import/g)], []);
  });

  it("says what is missing: a gate without checks, an edited file, a history that was changed", () => {
    const { report, files, ...rest } = reportContent();
    const events = report.events.filter(({ kind }) => kind !== "gateCheck");
    const chain = { ...report.chain, faults: ["event 7 was changed"] };
    const edited = files.map((file) => ({ ...file, isSame: false }));
    const page = reportPage({ ...rest, files: edited, report: { ...report, events, chain } });
    assert.match(page, /No check of its gate is recorded/);
    assert.match(page, /The file was edited since/);
    assert.match(page, /not as lockstep wrote it: event 7 was changed/);
  });
});
