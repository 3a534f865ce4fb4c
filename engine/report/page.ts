// The report as one page of HTML that fetches nothing: what happened, how the app did, what ran, who consented.
import { rowId } from "../ledger/ledger.ts";
import type { LedgerEvent } from "../ledger/record.ts";
import { chart, percent, type ChartPoint } from "./chart.ts";
import { Html, html, type HtmlPart } from "./html.ts";
import type { ReleaseReport } from "./releaseReport.ts";
import { STYLE } from "./style.ts";

/** A file that the release ran, as the folder has it. */
export interface ReportFile {
  /** `05_remove_phone`. */
  readonly id: string;
  readonly stage: string;
  readonly sql: string;
  /** Weighed from its text alone. */
  readonly risk?: { readonly level: string; readonly reasons: readonly string[] };
  /** Predicted: `customers: ACCESS EXCLUSIVE`. */
  readonly locks: readonly string[];
  /** Whether the folder's file is the one that was applied. */
  readonly isSame: boolean;
}

/** What the page is made of. */
export interface PageContent {
  readonly report: ReleaseReport;
  /** Those of `report.applied` that the folder has. */
  readonly files: readonly ReportFile[];
  /** An event in one line. */
  readonly describe: (event: LedgerEvent) => string;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** The whole page. */
export function reportPage(content: PageContent): string {
  const { release, database } = content.report;
  const title = `Release ${release.label} at ${database}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <h1>Release ${release.label}</h1>
          ${summary(content)} ${health(content)} ${filesSection(content)} ${proofs(content)}
          ${timeline(content)} ${footer(content)}
        </main>
      </body>
    </html> `.text;
}

// The style is ours and holds signs that a template would escape.
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

const STATES: Readonly<Record<string, readonly [string, string]>> = {
  verified: ["good", "verified"],
  rolledBack: ["bad", "rolled back"],
  failed: ["bad", "failed"],
  active: ["warn", "under way"],
  abandoned: ["warn", "abandoned"],
};

function summary({ report, describe }: PageContent): Html {
  const { release, events, database } = report;
  const [tone, word] = STATES[release.state] ?? ["warn", release.state];
  const first = events[0]?.at ?? release.openedAt;
  const closed = events.findLast(({ kind }) => kind === "closed");
  const back = events.findLast(({ kind }) => kind === "rollback");
  return html`<p class="state ${tone}">${word}</p>
    <dl>
      ${row("database", database)} ${row("identity", html`<code>${release.digest}</code>`)}
      ${row("began", time(first))}
      ${row("ended", closed ? `${time(closed.at)} (${span(closed.at.getTime() - first.getTime())})` : "not yet")}
      ${row("how it ended", closed ? describe(closed) : null)}
      ${row("rolled back", back ? describe(back) : "no")}
    </dl>`;
}

function health({ report }: PageContent): Html {
  const points = report.events
    .filter(({ kind }) => kind === "gateCheck")
    .map(({ data }) => data as unknown as ChartPoint);
  if (points.length === 0)
    return html`<h2>Error rate</h2>
      <p class="soft">No check of its gate is recorded.</p>`;
  const before = report.events.findLast(({ kind }) => kind === "gateBaseline")?.data as
    { readonly of: string; readonly total: number; readonly failed: number } | undefined;
  const baseline = before && before.total > 0 ? before.failed / before.total : null;
  const rows = points.map(
    ({ at, verdict, errorRate, reason }) =>
      html`<tr>
        <td class="time">${time(at)}</td>
        <td>${errorRate === null ? "no requests" : percent(errorRate)}</td>
        <td>${verdict}</td>
        <td>${reason}</td>
      </tr>`,
  );
  return html`<h2>Error rate</h2>
    <figure style="margin:0">
      ${chart(points, baseline)}
      <figcaption class="soft">
        Dots passed, crosses failed, rings had nothing to
        judge.${baseline === null ? null : ` Dashed: ${before?.of ?? ""}, ${percent(baseline)}.`}
      </figcaption>
    </figure>
    <details>
      <summary>${points.length} checks as a table</summary>
      <table>
        <thead>
          <tr>
            <th>at</th>
            <th>errors</th>
            <th>verdict</th>
            <th>because</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>`;
}

function filesSection({ report, files }: PageContent): Html {
  const { applied, events } = report;
  const articles = applied.map((entry) => {
    const id = rowId(entry);
    const file = files.find((one) => one.id === id);
    const waits = events.filter(
      ({ kind, data }) => kind === "lockWait" && "file" in data && data.file === id,
    );
    return html`<article>
      <h3>${id}</h3>
      <p class="soft">
        ${entry.stage}, ${span(entry.durationMs)}, ${time(entry.appliedAt)} by ${entry.appliedBy}
      </p>
      ${file?.risk && html`<p>Risk: <strong>${file.risk.level}</strong>${file.risk.reasons.length > 0 ? `: ${file.risk.reasons.join("; ")}` : null}</p>`}
      ${file && file.locks.length > 0 ? html`<p>Locks, as predicted: ${file.locks.join(", ")}</p>` : null}
      ${waits.map(({ data }) => waitOf(data as unknown as Wait))}
      ${file ? sqlOf(file) : html`<p class="warn">The folder has no such file.</p>`}
    </article>`;
  });
  const none = html`<p class="soft">None is applied now.</p>`;
  return html`<h2>SQL that it ran</h2>
    ${articles.length > 0 ? articles : none}`;
}

interface Wait {
  readonly waitedMs: number;
  readonly behind: readonly string[];
}

function waitOf({ waitedMs, behind }: Wait): Html {
  return html`<p>Waited ${span(waitedMs)} for its locks, behind:</p>
    <ul>
      ${behind.map((one) => html`<li>${one}</li>`)}
    </ul>`;
}

function sqlOf({ sql, isSame }: ReportFile): Html {
  const edited = html`<p class="warn">The file was edited since: this is not what ran.</p>`;
  return html`${isSame ? null : edited}
    <pre>${sql.trimEnd()}</pre>`;
}

function proofs({ report, describe }: PageContent): Html {
  const of = (...kinds: readonly string[]) =>
    report.events.filter(({ kind }) => kinds.includes(kind));
  const lines = (events: readonly LedgerEvent[], none: string): HtmlPart =>
    events.length === 0
      ? none
      : html`<ul>
          ${events.map((event) => html`<li>${time(event.at)}: ${describe(event)}</li>`)}
        </ul>`;
  return html`<h2>Consent and proof</h2>
    <dl>
      ${row("approved", lines(of("approval"), "nothing that needed it ran"))}
      ${row("backup", lines(of("backup", "backupWaived"), "none was taken"))}
      ${row("gate", lines(of("gate"), "no verdict"))}
      ${row("drain", lines(of("drain"), "not needed or not done"))}
      ${row("verified", lines(of("verification"), "no"))}
    </dl>`;
}

function timeline({ report, describe }: PageContent): Html {
  const files = report.applied.map((entry) => ({
    at: entry.appliedAt,
    kind: "applied",
    text: `${rowId(entry)} (${entry.stage}, ${span(entry.durationMs)})`,
  }));
  const events = report.events
    .filter(({ kind }) => kind !== "gateCheck")
    .map((event) => ({ at: event.at, kind: event.kind, text: describe(event) }));
  const rows = [...events, ...files]
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(
      ({ at, kind, text }) =>
        html`<tr>
          <td class="time">${time(at)}</td>
          <td class="kind">${kind}</td>
          <td class="text">${text}</td>
        </tr>`,
    );
  return html`<h2>Timeline</h2>
    <table class="timeline">
      <thead>
        <tr>
          <th>at (UTC)</th>
          <th>what</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

function footer({ report, madeAt }: PageContent): Html {
  const { chained, head, faults, events } = report.chain;
  const whole = html`<p>
    The ledger's history is as lockstep wrote it. Its head: <code>${head}</code> (${events} events)
  </p>`;
  const broken = html`<p class="bad">
    The ledger's history is not as lockstep wrote it: ${faults.join("; ")}
  </p>`;
  return html`<footer>
    ${!chained ? null : faults.length > 0 ? broken : whole}
    <p>Made by lockstep from the ledger, ${time(madeAt)}.</p>
  </footer>`;
}

function row(name: string, value: HtmlPart): Html | null {
  return value === null
    ? null
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
}

function time(at: Date | string): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** `14 ms`, `2.5 s`, `3 min 20 s`. */
function span(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${String(Math.floor(ms / 60_000))} min ${String(Math.round((ms % 60_000) / 1_000))} s`;
}
