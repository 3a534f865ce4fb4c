// `lockstep status`: files and ledger side by side. No SQL is parsed for it, so it starts fast.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { findBrokenLink, type BrokenChain } from "../../engine/ledger/chain.ts";
import { type AppliedMigration, type LedgerState, rowId } from "../../engine/ledger/ledger.ts";
import { fileStatuses, readStatus, type FileStatus, type Status } from "../../engine/run/status.ts";
import { soakingFiles } from "../../engine/soak/readSoaking.ts";
import { readFolder } from "../../engine/sources/readFolder.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { readDriftPolicy } from "../driftPolicy.ts";
import { driftLines } from "../driftView.ts";
import { describeFolder, folderOf } from "../files.ts";
import { describeMaintenance, maintenanceDocument } from "../maintenanceView.ts";
import { soakLine } from "../soakView.ts";
import { tableLines } from "../table.ts";
import { formatTime } from "../terminal.ts";

/** What `lockstep status` takes. */
export type StatusOptions = FolderOptions;

/** Reads the state and changes nothing; ends with 0 whatever the state is. */
export const runStatus: CommandRun<StatusOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { files } = await readFolder(folderOf(options));
  const policy = await readDriftPolicy(context.cwd, options.stack);
  const status = await readStatus(target, policy);
  const statuses = fileStatuses(status.ledger, files);
  const broken = findBrokenLink(status.ledger);
  return {
    json: statusDocument(target.display, status, {
      files: statuses,
      isBroken: broken !== undefined,
    }),
    lines: [
      `database  ${target.display}, as ${target.user}`,
      `files     ${describeFolder(options)}: ${countStates(statuses)}`,
      `release   ${describeRelease(status.ledger)}`,
      `lease     ${describeLease(status)}`,
      ...workingLines(status),
      ...status.maintenance.map(
        (row) => `app       maintenance mode is ${describeMaintenance(row)}`,
      ),
      ...initialLines(status.ledger),
      ...soakLines(status.ledger),
      ...chainLines(broken),
      ...eventLines(status),
      ...(status.drift ? driftLines(status.drift) : []),
      ...tableLines(fileRows(status.ledger, statuses)),
    ],
  };
};

function statusDocument(
  database: string,
  status: Status,
  { files, isBroken }: { readonly files: readonly FileStatus[]; readonly isBroken: boolean },
) {
  const { ledger, lease } = status;
  const rows = rowsByNumber(ledger);
  const active = ledger.releases.find((row) => row.state === "active");
  return {
    database,
    ledger: ledger.exists,
    files: files.map(({ order, ...file }) => {
      const row = rows.get(order);
      return {
        ...file,
        stage: row?.stage ?? null,
        appliedAt: row?.appliedAt ?? null,
        appliedBy: row?.appliedBy ?? null,
        durationMs: row?.durationMs ?? null,
        baseline: row?.baseline ?? false,
      };
    }),
    activeRelease: active ?? null,
    releases: ledger.releases,
    lease: lease ?? null,
    initialThrough: ledger.initial?.through ?? null,
    drift: status.drift ?? null,
    maintenance: maintenanceDocument(status.maintenance),
    soaking: soakingFiles(ledger.soaking).map(({ file, since, until, isDue, objects }) => ({
      ...{ file, since, until, isDue },
      objects: objects.map(({ kind, name, kept }) => ({ kind, name, kept })),
    })),
    chain: isBroken ? "broken" : "holds",
    events: status.events ?? null,
  };
}

const STATES: readonly FileStatus["state"][] = [
  "applied",
  "running",
  "pending",
  "edited",
  "missing",
];

function countStates(statuses: readonly FileStatus[]): string {
  const counts = STATES.flatMap((state) => {
    const count = statuses.filter((file) => file.state === state).length;
    return count > 0 ? [`${String(count)} ${state}`] : [];
  });
  return counts.join(", ") || "none";
}

function describeRelease({ releases }: LedgerState): string {
  const active = releases.find((row) => row.state === "active");
  if (active) return `${active.label} is under way since ${formatTime(active.openedAt)}`;
  const last = releases.at(-1);
  const words = { rolledBack: "rolled back", verified: "verified" };
  if (!last) return "none yet";
  const state = { ...words, failed: "failed", abandoned: "abandoned", active: "" }[last.state];
  return `none under way; the last, ${last.label}, was ${state} ${formatTime(last.changedAt)}`;
}

function describeLease({ lease, ledger }: Status): string {
  if (!ledger.exists) return "free (no ledger yet: nothing was applied here by lockstep)";
  if (!lease) return "free";
  return `${lease.holder} since ${formatTime(lease.since)}: ${lease.doing}`;
}

function workingLines({ lease }: Status): readonly string[] {
  if (!lease?.working) return [];
  const { pid, state, forS, query, progress } = lease.working;
  const since = forS === null ? "" : ` for ${String(forS)} s`;
  const idle = state === null || state === "active" ? "" : `, ${state}`;
  const what = [progress, query].filter(Boolean).join("; ");
  return [`working   pid ${String(pid)}${idle}${since}${what === "" ? "" : `: ${what}`}`];
}

function initialLines({ initial }: LedgerState): readonly string[] {
  if (!initial) return [];
  return [`mode      first set-up of an empty database, file order through ${initial.through}`];
}

function soakLines({ soaking }: LedgerState): readonly string[] {
  const files = soakingFiles(soaking);
  return files.map(
    (file) => `soaks     ${soakLine(file)} (${file.isDue ? "lockstep soak end" : "lockstep undo"})`,
  );
}

function chainLines(broken: BrokenChain | undefined): readonly string[] {
  if (!broken) return [];
  const { row } = broken;
  const at = row ? `at ${rowId(row)}` : "at its end: rows are missing";
  return [`history   not as lockstep wrote it: its chain breaks ${at}; every run is refused`];
}

function eventLines({ events }: Status): readonly string[] {
  return (events?.faults ?? []).map((fault) => `events    not as lockstep wrote them: ${fault}`);
}

function fileRows(ledger: LedgerState, statuses: readonly FileStatus[]): string[][] {
  const rows = rowsByNumber(ledger);
  return statuses.map(({ number, order, name, state }) => [
    number,
    name,
    state,
    detail(rows.get(order), state),
  ]);
}

function detail(row: AppliedMigration | undefined, state: FileStatus["state"]): string {
  if (!row) return "";
  const when = `${row.stage}, ${formatTime(row.appliedAt)} by ${row.appliedBy}`;
  if (state === "edited") return `${when}; the file was changed after that`;
  if (state === "missing") return `${when}; not in this folder`;
  if (state === "running") return `${when}; begun and not ended, the next run goes on with it`;
  return row.baseline ? `${when}; recorded as a baseline, not run` : when;
}

function rowsByNumber(ledger: LedgerState): ReadonlyMap<bigint, AppliedMigration> {
  return new Map(ledger.applied.map((row) => [row.number, row]));
}
