// An event of the ledger in one line.
import { describeBaseline, type Baseline } from "../engine/health/baseline.ts";
import type { ReleaseRow } from "../engine/ledger/ledger.ts";
import type { LedgerEvent } from "../engine/ledger/record.ts";

/** What an event says, without its kind. Older ledgers may hold less than today's types promise. */
export function describeEvent(event: LedgerEvent): string {
  const data: Readonly<Record<string, unknown>> = { ...event.data };
  const text = (key: string) => (isScalar(data[key]) ? String(data[key]) : "");
  switch (event.kind) {
    case "failed":
      return [text("file"), text("message")].filter(Boolean).join(": ");
    case "undo":
      return `${text("file")} given back by ${text("by")}: ${listed(data.objects)}`;
    case "soakEnded":
      return `${text("file")} dropped for good${data.early === true ? ", before its time" : ""}: ${listed(data.objects)}`;
    case "down":
      return `${text("file")} taken back`;
    case "repair":
      return `${text("file") || "the chain of rows"}: ${text("reason")}`;
    case "resolved":
      return `${text("file")}, statement ${String(Number(data.position) + 1)}, ${text("outcome") === "applied" ? "took effect" : "did not take effect"}: ${text("reason")}`;
    case "adopted":
      return data.back === true
        ? `${text("files")} files written into ${text("format")}'s ${text("table")}`
        : `${text("files")} files taken from ${text("format")}'s ${text("table")}`;
    case "drift": {
      const objects = Array.isArray(data.objects) ? data.objects.map(String) : [];
      const what = objects.length > 0 ? objects.slice(0, 3).join("; ") : "nothing";
      const more = objects.length > 3 ? `; and ${String(objects.length - 3)} more` : "";
      return `${data.accepted === true ? "accepted" : "gone on over"}: ${what}${more}${text("reason") && `: ${text("reason")}`}`;
    }
    case "mark":
      return text("name");
    case "baseline":
      return `recorded through ${text("through")}, not run`;
    case "approval":
      return `${text("stage") && "expand files "}accepted through ${text("through")}, given by ${text("by")} ${text("at")}${text("reason") && `: ${text("reason")}`}`;
    case "plan":
      return `${text("digest").slice(0, 12)}, ${String(Array.isArray(data.files) ? data.files.length : 0)} files`;
    case "backup":
      return `${text("id")} (${text("kind")}) ${text("before") === "hand" ? "by hand" : `before ${text("before")}`}, proof: ${text("proof")}`;
    case "drill":
      return `a restored snapshot as of ${text("reached")} was read, ${String(Number(data.tables))} tables with ${String(Number(data.rows))} rows, by ${text("by")}`;
    case "restored": {
      const kept = text("kept") && `; what was there is kept as ${text("kept")}`;
      const tables = Array.isArray(data.tables) ? `${data.tables.map(String).join(", ")} ` : "";
      return `${tables}from ${text("from")}${text("at") && ` of ${text("at")}`} by ${text("by")}${kept}`;
    }
    case "backupWaived":
      return `${text("files")} without a backup of lockstep's: ${text("reason")}`;
    case "gateBaseline":
      return describeBaseline(data as unknown as Baseline);
    case "gate":
    case "gateCheck":
      return [text("verdict"), text("reason")].filter(Boolean).join(": ");
    case "rollback":
      return `to ${text("to") || "nothing"}: ${text("why")}`;
    case "closed":
      return [text("state"), text("why")].filter(Boolean).join(": ");
    case "opened":
      return text("label");
    case "drain":
      return `nothing of an older release for ${String(Number(data.quietMs) / 1000)} s${data.by === "logins" ? ", and their logins closed" : ""}`;
    case "login":
      return data.role === null ? `the app's own, ${text("group")}` : text("role");
    case "fence":
      return Array.isArray(data.closed)
        ? `closed to ${data.closed.map(String).join(", ")}`
        : `open again to ${Array.isArray(data.opened) ? data.opened.map(String).join(", ") : "nobody"}`;
    case "lockWait":
      return `${text("file")} waited ${(Number(data.waitedMs) / 1000).toFixed(1)} s for its locks`;
    case "rollout":
      return text("app");
    case "notice":
      return `${text("kind")} ${data.sent === true ? "sent" : "not delivered"} to ${text("to")}${text("why") && `: ${text("why")}`}`;
    case "maintenance": {
      const by = text("state") === "expired" ? "" : ` by ${text("who")}`;
      const until = text("state") === "on" && text("until") ? ` until ${text("until")}` : "";
      return `${text("state")}${by}${until}${text("reason") && `: ${text("reason")}`}`;
    }
    case "takeover":
      return `from ${text("from")}, ${text("ended")} sessions ended`;
    default:
      return Object.keys(data)
        .map((key) => `${key} ${text(key)}`)
        .join(", ");
  }
}

function listed(objects: unknown): string {
  return Array.isArray(objects) ? objects.map(String).join(", ") : "";
}

/** The label of the release that an event belongs to; `by hand` for none. */
export function releaseLabel(releases: readonly ReleaseRow[], digest: string | null): string {
  if (digest === null) return "by hand";
  const known = releases.find((release) => release.digest === digest);
  return known?.label ?? digest.slice(0, 12);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
